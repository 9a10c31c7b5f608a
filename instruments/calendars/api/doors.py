"""The blueprint that the doors of calendars for programs share."""

from __future__ import annotations

from apiflask import APIBlueprint

api = APIBlueprint("calendars_api", __name__, url_prefix="/api/v1", tag="Calendars")
