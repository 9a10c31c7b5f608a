"""Closing over reservations, for programs: closures with what becomes of the reservations in their way."""
