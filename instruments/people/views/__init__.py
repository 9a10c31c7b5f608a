"""Doors of people as pages."""

from instruments.people.views import (
    entrance,
    forgotten,
    groups,
    institutions,
    invitations,
    labs,
    leaving,
    newcomers,
    persons,
    profile,
    roles,
    tokens,
)
from instruments.people.views.answering import pages

__all__ = [
    "entrance", "forgotten", "groups", "institutions", "invitations", "labs", "leaving", "newcomers", "pages",
    "persons", "profile", "roles", "tokens",
]  # fmt: skip
