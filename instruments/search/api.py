"""Doors of the search for programs."""

from apiflask import APIBlueprint

api = APIBlueprint("search_api", __name__, url_prefix="/api/v1", tag="Search")
