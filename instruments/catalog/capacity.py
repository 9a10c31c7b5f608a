"""Lower how many may use an instrument at once, where the reservations that stand allow it: the database decides."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, update
from sqlalchemy.exc import DBAPIError

from instruments.catalog.checking import Checked
from instruments.catalog.columns import BY_KEY
from instruments.catalog.known import Known
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import is_outage
from instruments.errors import N_

MESSAGE = N_("More coming reservations overlap than %(capacity)s.")
REMEDY = N_("Move or cancel some of them first.")


def lower_capacities(rows: Sequence[Checked], known: Known) -> None:
    """Write the capacities that get smaller; a row whose reservations would not fit is refused."""
    lowered = [
        row
        for row in rows
        if row.kind == "changed"
        and row.values.get("capacity", 1000) < known.instruments[row.target or 0]["capacity"]
    ]
    if not lowered or try_capacities({row.target or 0: row.values["capacity"] for row in lowered}):
        return
    for row in lowered:
        capacity = row.values["capacity"]
        if not try_capacities({row.target or 0: capacity}):
            row.kind = "refused"
            row.refuse(BY_KEY["capacity"], str(capacity), "capacity", MESSAGE, REMEDY, capacity=capacity)


def try_capacities(capacities: dict[int, int]) -> bool:
    """Set {instrument: capacity}, all or none; False when the database refuses because reservations overlap."""
    table = Instrument.__table__
    statement = (
        update(table).where(table.c.id == bindparam("this_id")).values(capacity=bindparam("new_capacity"))
    )
    rows = [{"this_id": number, "new_capacity": capacity} for number, capacity in sorted(capacities.items())]
    try:
        with db.session.begin_nested():
            db.session.connection().execute(statement, rows)
    except DBAPIError as error:
        if is_outage(error) or "reservation_overlap" not in str(error.orig):
            raise
        return False
    return True
