"""Doors of availability as pages."""

from flask import Blueprint

pages = Blueprint("availability", __name__)
