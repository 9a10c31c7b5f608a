"""Doors of availability as pages: days of institutions, faults. Hours and closures show reservations: theirs are a floor up."""

from instruments.availability.views import faults, holidays, make_up, seasons
from instruments.availability.views.doors import pages

__all__ = ["faults", "holidays", "make_up", "pages", "seasons"]
