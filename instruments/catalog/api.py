"""Doors of the catalogue for programs."""

from apiflask import APIBlueprint

api = APIBlueprint("catalog_api", __name__, url_prefix="/api/v1", tag="Catalogue")
