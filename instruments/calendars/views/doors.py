"""What the doors of calendars share: the blueprint, and where this installation is reached."""

from __future__ import annotations

from flask import Blueprint, current_app

pages = Blueprint("calendars", __name__)


def base() -> str:
    """The address of this installation, as links and UIDs name it."""
    return str(current_app.config["BASE_URL"])
