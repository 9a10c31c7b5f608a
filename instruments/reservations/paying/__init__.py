"""What a reservation costs and who pays: quoted and held when it is booked, let go when it falls away."""
