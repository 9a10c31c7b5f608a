"""Doors of reservations as pages."""

from flask import Blueprint

pages = Blueprint("reservations", __name__)
