"""Doors of prices for programs."""

from instruments.rates.api import customers, many, proposals, public, sheets, steps, versions
from instruments.rates.api.doors import api

__all__ = ["api", "customers", "many", "proposals", "public", "sheets", "steps", "versions"]
