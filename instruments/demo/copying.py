"""Write many reservations and their history fast.

Every row passes the constraints and triggers of its table, as any other writer's does. Only what the acts noted meanwhile is
taken out of the journal, to be written again in its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, text

from instruments.availability.opening import midnight
from instruments.database import db
from instruments.database.bulk import insert_rows
from instruments.demo.generator.approvals import MadeApproval
from instruments.demo.generator.places import ZONE
from instruments.demo.generator.reservations import MadeReservation
from instruments.demo.generator.world import InventedWorld
from instruments.demo.guards import aside
from instruments.demo.uses import as_ended

CHUNK = 10_000
RESERVATION_COLUMNS = MadeReservation._fields
APPROVAL_COLUMNS = MadeApproval._fields
JOURNAL_COLUMNS = ("at", "actor_id", "deed", "thing_kind", "thing_id", "institution_id", "lab_id", "detail")
History = tuple[Any, ...]
"""An entry of the journal, in the order of its columns."""
Progress = Callable[[str, int, int], None]
Item = TypeVar("Item")


def copy_reservations(world: InventedWorld, progress: Progress) -> tuple[int, list[History]]:
    """Write the reservations of the world; returns how many there are, and what the journal is to say of them."""
    instruments = {row["id"]: row for row in world.instruments.rows}
    history: list[History] = []
    wanted = world.size.reservations
    done, today = 0, midnight(world.anchor, ZONE)
    for chunk in chunks(_flattened(world.reservations()), CHUNK):
        insert_rows("reservation", RESERVATION_COLUMNS, [as_ended(each, today) for each in chunk])
        asked = []
        for reservation in chunk:
            thing = instruments[reservation.instrument_id]
            approval = world.approvals.of(reservation._asdict(), thing)
            asked += [approval] if approval else []
            history += _history(reservation, approval, thing["institution_id"], thing["lab_id"])
        insert_rows("approval", APPROVAL_COLUMNS, asked)
        done += len(chunk)
        progress("reservations", done, wanted)
    return done, history


def copy_journal(history: list[History], progress: Progress) -> None:
    """Write the journal in the order of its moments: what happened to reservations between what acts have noted so far."""
    connection = db.session.connection()
    noted = connection.exec_driver_sql(f"SELECT {', '.join(JOURNAL_COLUMNS)} FROM journal_entry ORDER BY id")  # noqa: S608 - names of our own
    history += [(*row[:-1], _as_json(row[-1])) for row in noted]
    with aside(["journal_entry"]):
        connection.execute(text("DELETE FROM journal_entry"))
    history.sort(key=itemgetter(0))
    for number, entries in enumerate(chunks(history, CHUNK)):
        insert_rows("journal_entry", JOURNAL_COLUMNS, entries)
        progress("journal", min((number + 1) * CHUNK, len(history)), len(history))


def _as_json(detail: Any) -> str:
    """SQLite hands JSON out as it is kept, PostgreSQL read."""
    return detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False)


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of `size`; the last may be shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _flattened(lists: Iterable[Sequence[MadeReservation]]) -> Iterator[MadeReservation]:
    return (reservation for rows in lists for reservation in rows)


def _history(
    made: MadeReservation, approval: MadeApproval | None, institution_id: int, lab_id: int
) -> Iterator[tuple[Any, ...]]:
    """The entries of a reservation, as the acts of reservations write them."""
    detail: dict[str, Any] = {
        "instrument_id": made.instrument_id,
        "user_id": made.user_id,
        "start": made.starts_at,
        "end": made.ends_at,
    }
    thing = ("reservation", made.id, institution_id, lab_id)
    if approval is None:
        yield (made.created_at, made.booker_id, "reservation.created", *thing, json.dumps(detail))
    else:
        yield from _answers(made, approval, thing, detail)
    if made.state == "cancelled":
        del detail["user_id"]
        detail["reason"] = made.reason
        yield (
            made.changed_at,
            made.user_id,
            "reservation.cancelled",
            *thing,
            json.dumps(detail, ensure_ascii=False),
        )


def _answers(
    made: MadeReservation, approval: MadeApproval, thing: tuple[Any, ...], detail: dict[str, Any]
) -> Iterator[tuple[Any, ...]]:
    asked = detail | {"due_at": approval.due_at}
    yield (approval.asked_at, made.booker_id, "reservation.requested", *thing, json.dumps(asked))
    if approval.decision:
        told = detail | {"reason": ""}
        deed = f"reservation.{approval.decision}"
        yield (approval.decided_at, approval.decided_by_id, deed, *thing, json.dumps(told))


def settle(connection: Connection) -> None:
    """After rows with numbers of their own: the next number is free, and the planner knows the tables."""
    if connection.dialect.name == "postgresql":
        for table in db.metadata.sorted_tables:
            if "id" in table.c and table.c.id.autoincrement and table.name != "catalog_revision":
                _count_on(connection, table.name)
    connection.execute(text("ANALYZE"))


def _count_on(connection: Connection, table: str) -> None:
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table})
    if sequence is not None:
        last = f'SELECT coalesce(max(id), 0) + 1 FROM "{table}"'  # noqa: S608 - a name of our own
        connection.execute(text(f"SELECT setval(:sequence, ({last}), false)"), {"sequence": sequence})
