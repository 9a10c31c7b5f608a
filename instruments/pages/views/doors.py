"""The doors of the pages that show several rooms at once, on one blueprint."""

from flask import Blueprint

pages = Blueprint("pages", __name__)
