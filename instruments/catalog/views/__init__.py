"""Doors of the catalogue for people."""

from instruments.catalog.views import exports, imports, instruments, listing, photos
from instruments.catalog.views.doors import pages

__all__ = ["exports", "imports", "instruments", "listing", "pages", "photos"]
