"""Doors of prices as pages."""

from instruments.rates.views import customers, editor, many, of_lab, offered, proposals, sheets, version
from instruments.rates.views.doors import pages

__all__ = ["customers", "editor", "many", "of_lab", "offered", "pages", "proposals", "sheets", "version"]
