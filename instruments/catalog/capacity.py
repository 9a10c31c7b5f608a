"""Lower how many may use an instrument at once, where the reservations that stand and the places that are closed allow it:
the database decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, update
from sqlalchemy.exc import DBAPIError

from instruments.catalog.checking import Checked
from instruments.catalog.columns import BY_KEY
from instruments.catalog.known import Known
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import is_outage
from instruments.errors import N_


class _Refusal(NamedTuple):
    """What the database says, the code and sentence for it, and what to do."""

    said: str
    code: str
    message: str
    remedy: str


# The longer words first: each of them begins with what the last one says.
REFUSALS = (
    _Refusal(
        "reservation_overlap: closed places",
        "capacity_closed",
        N_("More than %(capacity)s of its places are closed at some time to come."),
        N_("Open places again first, or close the instrument whole for that time."),
    ),
    _Refusal(
        "reservation_overlap: closed and reserved",
        "capacity_closed",
        N_(
            "Its closed places and the reservations beside them are more than %(capacity)s at some time to come."
        ),
        N_("Open places again, or move or cancel reservations, first."),
    ),
    _Refusal(
        "reservation_overlap",
        "capacity",
        N_("More coming reservations overlap than %(capacity)s."),
        N_("Move or cancel some of them first."),
    ),
)


def lower_capacities(rows: Sequence[Checked], known: Known) -> None:
    """Write the capacities that get smaller; a row is refused whose reservations and closed places would not fit."""
    lowered = [
        row
        for row in rows
        if row.kind == "changed"
        and row.values.get("capacity", 1000) < known.instruments[row.target or 0]["capacity"]
    ]
    if not lowered or not try_capacities({row.target or 0: row.values["capacity"] for row in lowered}):
        return
    for row in lowered:
        capacity = row.values["capacity"]
        refusal = try_capacities({row.target or 0: capacity})
        if refusal:
            row.kind = "refused"
            row.refuse(
                BY_KEY["capacity"],
                str(capacity),
                refusal.code,
                refusal.message,
                refusal.remedy,
                capacity=capacity,
            )


def foresee_capacities(rows: Sequence[Checked], known: Known) -> None:
    """Refuse the rows whose capacity the database would not lower; tried and taken back at once, inside a deed."""
    with db.session.begin_nested() as attempt:
        lower_capacities(rows, known)
        attempt.rollback()


def try_capacities(capacities: dict[int, int]) -> _Refusal | None:
    """Set {instrument: capacity}, all or none; why the database refuses, if it does."""
    table = Instrument.__table__
    statement = (
        update(table).where(table.c.id == bindparam("this_id")).values(capacity=bindparam("new_capacity"))
    )
    rows = [{"this_id": number, "new_capacity": capacity} for number, capacity in sorted(capacities.items())]
    try:
        with db.session.begin_nested():
            db.session.connection().execute(statement, rows)
    except DBAPIError as error:
        said = str(error.orig)
        refusal = next((each for each in REFUSALS if each.said in said), None)
        if refusal is None or is_outage(error):
            raise
        return refusal
    return None
