"""Notices about prices: to who approves them for the institution, and back to who proposed them and to the lab. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.notices.kinds.labs import STAFF, TOPIC
from instruments.people.rights import Role

APPROVING = frozenset({Role.INSTITUTION_MANAGER})


def to_approve(what: Happening) -> Iterator[Told]:
    """The managers of the institution, apart from whoever proposed."""
    for person_id in sorted(what.managers - {what.actor_id}):
        yield Told(person_id, "proposed", what.thing, _values(what))


def decided(what: Happening) -> Iterator[Told]:
    """Whoever works at the lab, apart from whoever decided."""
    said = what.deed.partition(".")[2]
    for person_id in sorted(what.staff - {what.actor_id}):
        yield Told(person_id, said, what.thing, {**_values(what), "actor_id": what.actor_id})


def _values(what: Happening) -> dict[str, object]:
    found: dict[str, object] = {"scope": "lab", "scope_id": what.lab_id, "last_day": what.detail["since"]}
    return found | ({"reason": what.detail["reason"]} if "reason" in what.detail else {})


KINDS = (
    Kind(
        "prices.proposed", TOPIC, N_("A lab of my institution proposes prices"),
        {
            "proposed": Words(
                N_("To approve: prices of %(place)s"), N_("%(place)s proposes prices from %(last_day)s on.")
            ),
        },
        ("prices.proposed",), to_approve, roles=APPROVING, picture="coins",
    ),
    Kind(
        "prices.decided", TOPIC, N_("Prices of my lab are approved, sent back or ended"),
        {
            "published": Words(
                N_("Published: prices of %(place)s"), N_("%(who)s approved the prices from %(last_day)s on.")
            ),
            "declined": Words(
                N_("Sent back: prices of %(place)s"), N_("%(who)s sent the prices from %(last_day)s on back.")
            ),
            "ended": Words(
                N_("Ended: prices of %(place)s"), N_("%(who)s set the last day of the prices from %(last_day)s on.")
            ),
            "withdrawn": Words(
                N_("Withdrawn: prices of %(place)s"), N_("%(who)s withdrew the prices from %(last_day)s on.")
            ),
        },
        tuple(f"prices.{each}" for each in ("published", "declined", "ended", "withdrawn")),
        decided, roles=STAFF, picture="coins",
    ),
)  # fmt: skip
