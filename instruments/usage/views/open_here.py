"""Whether an instrument is open to whoever stands before it, and what they are told where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from instruments.errors import Reason
from instruments.people.rights import Actor
from instruments.reservations.bookable import bookable
from instruments.reservations.walking_in import against_walking_in, lasting_against
from instruments.reservations.ways_in import ASKED_FOR, WaysIn, way_in
from instruments.web import reasons

# A reservation made ahead may still be had, by asking the lab or by naming who else is present.
BY_BOOKING = frozenset({"ask_first", "second_missing"})


def against_here(
    actor: Actor, instrument_id: int, lengths: Sequence[int], now: datetime
) -> tuple[list[Reason], list[int]]:
    """What stands against the actor's using it now, and for how many minutes they can where nothing does.

    Of these lengths, those that reach into what they may not have, as into the night, fall out.
    """
    thing = bookable(instrument_id)
    if not lengths:
        return lasting_against(actor, thing, now), []
    judged = [
        (each, against_walking_in(actor, thing, now + timedelta(minutes=each), now)) for each in lengths
    ]
    open_to = [each for each, against in judged if not against]
    return ([] if open_to else judged[0][1]), open_to


def told_here(actor: Actor, instrument_id: int, against: Sequence[Reason]) -> dict[str, Any] | None:
    """Against what somebody reads instead of buttons: `sentences`, each with a link or none; `ways` that ask for what is
    missing; `books` whether a reservation made ahead could be had. None where nothing stands against it."""
    if not against:
        return None
    return {
        "sentences": [
            (reasons.in_full(each), way_in(each) if each.fix.get("ask") == "appeal" else None)
            for each in against
            if each.fix.get("ask") not in ASKED_FOR
        ],
        "ways": WaysIn(actor).of(against, bookable(instrument_id)),
        "books": all(each.code in BY_BOOKING for each in against),
    }
