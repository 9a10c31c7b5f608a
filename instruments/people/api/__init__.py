"""Doors of people for programs: institutions, labs, groups, people and invitations, and who holds which role."""

from instruments.people.api import groups, institutions, invitations, labs, own, persons, roles
from instruments.people.api.telling import api

__all__ = ["api", "groups", "institutions", "invitations", "labs", "own", "persons", "roles"]
