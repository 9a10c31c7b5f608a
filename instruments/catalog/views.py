"""Doors of the catalogue as pages."""

from flask import Blueprint

pages = Blueprint("catalog", __name__)
