"""Doors of the catalogue for programs: instruments as everybody reads them, one changed, photos, files that are imported."""

from instruments.catalog.api import editing, exports, imports, photos, published
from instruments.catalog.api.telling import api

__all__ = ["api", "editing", "exports", "imports", "photos", "published"]
