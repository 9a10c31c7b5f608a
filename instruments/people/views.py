"""Doors of people as pages."""

from flask import Blueprint

pages = Blueprint("people", __name__)
