"""Doors of charges as pages."""

from instruments.charges.views import lists, missing, one, panel, setting
from instruments.charges.views.doors import pages

__all__ = ["lists", "missing", "one", "pages", "panel", "setting"]
