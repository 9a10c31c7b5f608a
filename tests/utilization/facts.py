"""Uses and runs in the database, as the deeds of usage leave them, for tests of what is read of them."""

from __future__ import annotations

from typing import Any

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Person
from instruments.reservations.models import Reservation
from instruments.timespan import Pair, instant
from instruments.usage.models import InstrumentUse, RunCustomer, UseSpan


def use(
    thing: Instrument, user: Person, when: Pair, reservation: Reservation | None = None, **values: Any
) -> InstrumentUse:
    """A confirmed use from a second to a second, seen by a person who typed it in."""
    start, end = instant(when[0]), instant(when[1])
    grade, layer = values.pop("grade", "typed"), values.pop("layer", "attended")
    kind = "walk_up" if reservation is None else "reservation"
    told: dict[str, Any] = {
        "kind": kind, "state": "confirmed", "confirmed_at": end, "confirmed_by_id": user.id, "ended_by": "person",
        "institution_id": user.institution_id,
    }  # fmt: skip
    if reservation is not None:
        held = {"reserved_from": reservation.starts_at, "reserved_until": reservation.ends_at}
        told |= {"reservation_id": reservation.id, **held}
    row = InstrumentUse(
        instrument_id=thing.id, user_id=user.id, started_at=start, ended_at=end, created_at=start, changed_at=end,
        **(told | values),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    span(row, when, layer=layer, grade=grade)
    db.session.commit()
    return row


def use_of(number: int) -> InstrumentUse:
    """A use by its number."""
    return db.session.get_one(InstrumentUse, number)


def span(
    of: InstrumentUse, when: Pair, *, layer: str = "attended", grade: str = "typed", **values: Any
) -> None:
    """Some time of a use in one layer."""
    told: dict[str, Any] = {"recorded_at": of.ended_at, "reporter": f"{layer} {when[0]}", **values}
    start, end = instant(when[0]), instant(when[1])
    db.session.add(UseSpan(use_id=of.id, layer=layer, started_at=start, ended_at=end, grade=grade, **told))
    db.session.commit()


def customer(of: InstrumentUse, institution_id: int, position: int, samples: int) -> None:
    """One for whom a run was made."""
    db.session.add(
        RunCustomer(use_id=of.id, institution_id=institution_id, position=position, samples=samples)
    )
    db.session.commit()
