"""Doors of calendars for programs: outside calendars that close time here, and secret addresses of feeds."""

from instruments.calendars.api import feeds, subscriptions
from instruments.calendars.api.doors import api

__all__ = ["api", "feeds", "subscriptions"]
