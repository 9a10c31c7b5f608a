"""The doors of usage for programs, by what they are about."""

from instruments.usage.api import confirming, files, outputs, reading, reports, runs, setting, using
from instruments.usage.api.telling import api

__all__ = ["api", "confirming", "files", "outputs", "reading", "reports", "runs", "setting", "using"]
