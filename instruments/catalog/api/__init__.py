"""Doors of the catalogue for programs: instruments as everybody reads them, their photos, and files that are imported."""

from instruments.catalog.api import imports, photos, published
from instruments.catalog.api.telling import api

__all__ = ["api", "imports", "photos", "published"]
