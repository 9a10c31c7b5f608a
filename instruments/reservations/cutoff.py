"""The cut-off: shortly before it starts, a reservation is the lab's to move or cancel, no longer its user's."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from instruments.errors import N_, Reason
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.bookable import bookable
from instruments.timespan import instant

_SENTENCES = {
    "moved": N_("It could be moved until %(until)s, %(cutoff)s before it starts."),
    "cancelled": N_("It could be cancelled until %(until)s, %(cutoff)s before it starts."),
}


def changeable_until(actor: Actor, row: Any, number: int | None = None) -> datetime | None:
    """Until when this person may move or cancel a reservation; None where no cut-off holds for them.

    number: the revision of the catalogue, where it is known already. Lab staff are not held to it, except with what
    they use themselves; nobody is with what the lab has not answered.
    """
    if row.state == "requested":
        return None
    thing, start = bookable(row.instrument_id, number), int(row.starts_at.timestamp())
    cutoff = thing.rules_at(start).cutoff
    staff = may(actor, Action.RESERVATION_CHANGE, Scope(thing.institution_id, thing.lab_id))
    if not cutoff or (staff and actor.person_id != row.user_id):
        return None
    return instant(start - cutoff)


def is_too_late(actor: Actor, row: Any, now: datetime, number: int | None = None) -> bool:
    """Whether it has become the lab's to move or cancel it."""
    until = changeable_until(actor, row, number)
    return until is not None and until < now


def cutoff_reasons(actor: Actor, row: Any, now: datetime, deed: str) -> list[Reason]:
    """Why this person may no longer do it. deed: moved or cancelled."""
    until = changeable_until(actor, row)
    if until is None or now <= until:
        return []
    values = {
        "until": until,
        "cutoff": timedelta(seconds=int((row.starts_at - until).total_seconds())),
        "zone": bookable(row.instrument_id).calendar.zone.key,
    }
    return [Reason("cutoff", None, _SENTENCES[deed], values, N_("Ask the lab; its staff still can."))]
