"""Doors of conduct as pages."""

from instruments.reservations.conduct.views import kinds, violations
from instruments.reservations.conduct.views.doors import pages

__all__ = ["kinds", "pages", "violations"]
