"""Doors of an institution's calendar for programs: its days, the calendar it follows, its seasons, and make-up hours."""

from instruments.availability.institution.api import days, following, make_up_hours, seasons
from instruments.availability.institution.api.telling import api

__all__ = ["api", "days", "following", "make_up_hours", "seasons"]
