"""Opening hours for programs: beside reservations, because a change says whom it leaves outside."""
