"""What becomes of the coming reservations of somebody who leaves, for programs."""
