"""What the doors of conduct share: the blueprint, and finding the lab."""

from __future__ import annotations

from flask import Blueprint

from instruments.availability.views.doors import the_owner
from instruments.people.models import Lab

pages = Blueprint("conduct", __name__)
LAB = "/labs/<int:lab_id>/violations"


def the_lab(lab_id: int) -> Lab:
    """The lab of an address; raises NotFound."""
    lab = the_owner("labs", lab_id)
    assert isinstance(lab, Lab)  # noqa: S101 - by the kind that was asked for
    return lab
