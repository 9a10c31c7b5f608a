"""Doors of rules for programs that set them: limits, quotas, and which bookings a lab approves."""

from instruments.reservations.setting.api import approval, limits, quotas
from instruments.reservations.setting.api.telling import api

__all__ = ["api", "approval", "limits", "quotas"]
