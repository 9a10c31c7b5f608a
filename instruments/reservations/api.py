"""Doors of reservations for programs."""

from apiflask import APIBlueprint

api = APIBlueprint("reservations_api", __name__, url_prefix="/api/v1", tag="Reservations")
