"""Doors of opening hours for programs: weeks, days that differ, and the reservations that lie outside."""

from instruments.reservations.hours.api import days, outside, weeks
from instruments.reservations.hours.api.doing import api

__all__ = ["api", "days", "outside", "weeks"]
