"""Doors of prices for programs."""

from instruments.rates.api import customers, many, public, sheets, versions
from instruments.rates.api.doors import api

__all__ = ["api", "customers", "many", "public", "sheets", "versions"]
