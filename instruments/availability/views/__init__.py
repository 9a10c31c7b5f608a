"""Doors of availability as pages: weekly hours and holidays. Closures show reservations, so theirs is a floor up."""

from instruments.availability.views import holidays, hours
from instruments.availability.views.doors import pages

__all__ = ["holidays", "hours", "pages"]
