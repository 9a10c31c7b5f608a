"""Doors of people for programs: labs, and who holds which role."""

from instruments.people.api import labs, roles
from instruments.people.api.telling import api

__all__ = ["api", "labs", "roles"]
