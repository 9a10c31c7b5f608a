"""Notices about formal quotes: accepted, to the staff of the lab; withdrawn, or soon to run out, to who asked. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.notices.kinds.funds import TOPIC
from instruments.notices.kinds.labs import STAFF


def values_of(what: Happening) -> dict[str, Any]:
    """Which instrument, who did it, and why."""
    found: dict[str, Any] = {
        "instrument_id": what.detail["instrument_id"], "actor_id": what.actor_id, "user_id": what.detail["asked_by_id"],
    }  # fmt: skip
    return found | ({"reason": what.detail["reason"]} if what.detail.get("reason") else {})


def to_staff(what: Happening) -> Iterator[Told]:
    """The staff of the lab that wrote it, unless they accepted it themselves."""
    said = "accepted_own" if what.detail["asked_by_id"] == what.actor_id else "accepted"
    for person_id in sorted(what.staff - {what.actor_id}):
        yield Told(person_id, said, what.thing, values_of(what))


def to_asker(what: Happening) -> Iterator[Told]:
    """Who asked for it, unless they did it themselves."""
    if what.detail["asked_by_id"] != what.actor_id:
        yield Told(what.detail["asked_by_id"], "withdrawn", what.thing, values_of(what))


KINDS = (
    Kind(
        "formal_quote.accepted", TOPIC, N_("A formal quote of my lab is accepted"),
        {
            "accepted": Words(
                N_("Quote accepted: %(instrument)s"),
                N_("%(who)s accepted the quote for %(instrument)s that %(user)s had asked for, at its price."),
            ),
            "accepted_own": Words(
                N_("Quote accepted: %(instrument)s"),
                N_("%(who)s accepted the quote for %(instrument)s, at its price."),
            ),
        },
        ("formal_quote.accepted",), to_staff, roles=STAFF, picture="file-text",
    ),
    Kind(
        "formal_quote.withdrawn", TOPIC, N_("A lab withdraws a formal quote that I asked for"),
        {
            "withdrawn": Words(
                N_("Quote withdrawn: %(instrument)s"),
                N_("%(who)s withdrew the quote for %(instrument)s; it can no longer be accepted."),
            ),
        },
        ("formal_quote.withdrawn",), to_asker, picture="file-text",
    ),
    Kind(
        "formal_quote.ending", TOPIC, N_("A formal quote that I asked for is about to run out"),
        {
            "ending": Words(
                N_("Quote valid until %(until)s: %(instrument)s"),
                N_("The quote for %(instrument)s, %(when)s, runs out: %(until)s. Accept it before, or ask for another."),
            ),
        },
        picture="file-text",
    ),
)  # fmt: skip
