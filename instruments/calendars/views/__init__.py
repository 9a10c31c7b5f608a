"""Doors of calendars: the feeds, the addresses of one's own and of a lab, and subscriptions to outside calendars."""

from instruments.calendars.views import addresses, feeds, subscriptions
from instruments.calendars.views.doors import pages

__all__ = ["addresses", "feeds", "pages", "subscriptions"]
