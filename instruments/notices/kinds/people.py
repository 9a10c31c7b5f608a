"""Notices about who one is here: roles given, deputies named, memberships to confirm. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.people.rights import Role

TOPIC = N_("My account")
CONFIRMING = frozenset({Role.INSTITUTION_MANAGER, Role.COMPANY_MANAGER})


def role_given(what: Happening) -> Iterator[Told]:
    """Whoever holds the role now, or stands in for its holder; nobody is told what they did themselves."""
    named = what.deed == "deputy.named"
    person_id = what.detail["deputy_id"] if named else what.thing[1]
    if person_id == what.actor_id:
        return
    values: dict[str, Any] = {
        "actor_id": what.actor_id,
        "role": what.detail["role"],
        "scope": what.detail.get("scope", ""),
        "scope_id": what.detail.get("scope_id"),
    }
    if named:
        values["user_id"] = what.thing[1]
    yield Told(person_id, "deputy" if named else "given", ("person", person_id), values)


KINDS = (
    Kind(
        "role.given", TOPIC, N_("I am given a role, or named a deputy"),
        {
            "given": Words(
                N_("You have a new role: %(role)s"), N_("%(who)s gave you a role: %(role)s, %(place)s.")
            ),
            "deputy": Words(
                N_("You stand in for %(user)s"), N_("You stand in for %(user)s as %(role)s, %(place)s.")
            ),
        },
        ("role.granted", "deputy.named"), role_given, picture="shield-check",
    ),
    Kind(
        "membership.due", TOPIC, N_("Memberships of my institution are to be confirmed"),
        {
            "due": Words(
                N_("Memberships to confirm: %(count)s"),
                N_("Memberships to confirm at %(place)s: %(count)s. Each is confirmed once a year."),
            ),
        },
        roles=CONFIRMING, picture="users",
    ),
)  # fmt: skip
