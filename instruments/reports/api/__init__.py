"""The doors of statutory forms for programs, by what they are about."""

from instruments.reports.api import calendar, reports
from instruments.reports.api.telling import api

__all__ = ["api", "calendar", "reports"]
