"""Doors of the pages that show several rooms."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
