"""Doors of availability as pages: weekly hours, holidays, faults. Closures show reservations, so theirs is a floor up."""

from instruments.availability.views import faults, holidays, hours, make_up
from instruments.availability.views.doors import pages

__all__ = ["faults", "holidays", "hours", "make_up", "pages"]
