"""Doors of utilization for programs: the figures of what one answers for, and what a dashboard shows beside them."""

from instruments.utilization.api import dashboard, figures, hours, reserved, served, used_by, user_week, users
from instruments.utilization.api.telling import api

__all__ = ["api", "dashboard", "figures", "hours", "reserved", "served", "used_by", "user_week", "users"]
