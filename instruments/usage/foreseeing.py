"""Whose reports would be that are not taken yet, by the same rules as when they are; and whose those are that were."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from instruments.database import db
from instruments.people.models import Person
from instruments.reservations.bookable import bookable
from instruments.reservations.models import Reservation
from instruments.usage.attributing import Part, Piece, allotted
from instruments.usage.keeping import SPAN, USE
from instruments.usage.kinds import AS_SAID, CONFIRMED, VOID
from instruments.usage.metering import Metered
from instruments.usage.reported import holders, standing

_R: Any = Reservation.__table__
AT_ONCE = 400
# Into so many parts a report is looked for that was divided.
MOST_PARTS = 6


@dataclass(frozen=True, slots=True)
class Lot:
    """Whose a part of a report is: how that is found out, of a reservation or not, whose name it has, and whether that use is
    confirmed already. use_id: where it is, 0 of what is not taken yet; no name: nobody's, or of several."""

    why: str
    kind: str
    name_en: str = ""
    name_zh: str = ""
    confirmed: bool = False
    use_id: int = 0
    flags: str = ""


def lots_of_new(wanted: Sequence[Metered], source: str, now: datetime) -> dict[str, tuple[Lot, ...]]:
    """By the key of each report that is not taken yet, whose it would be together with all the others."""
    by_thing: dict[int, list[Metered]] = {}
    for each in wanted:
        by_thing.setdefault(each.instrument_id, []).append(each)
    parts: list[tuple[str, Part]] = []
    for thing, those in by_thing.items():
        parts += _parts(thing, those, source, now)
    named = _named_by_key({part.holder for _, part in parts if part.holder})
    people = _people({part.piece.user_id for _, part in parts if part.piece.user_id is not None})
    found: dict[str, dict[Lot, None]] = {}
    for key, part in sorted(parts, key=lambda each: each[1].span):
        found.setdefault(key, {})[_lot(part, named, people)] = None
    return {key: tuple(lots) for key, lots in found.items()}


def _parts(thing: int, those: Sequence[Metered], source: str, now: datetime) -> list[tuple[str, Part]]:
    around = min(each.start for each in those), max(each.end for each in those)
    # Those that are kept have numbers of their own above all of these.
    new = {-place: each for place, each in enumerate(those, 1)}
    pieces = [
        *(each.piece for each in standing(thing, around)),
        *(Piece(place, each.start, each.end, source, each.user_id) for place, each in new.items()),
    ]
    span = min(piece.start for piece in pieces), max(piece.end for piece in pieces)
    parts = allotted(pieces, holders(thing, span, now), bookable(thing).capacity)
    return [(new[part.piece.number].key, part) for part in parts if part.piece.number in new]


def _lot(part: Part, named: Mapping[str, Lot], people: Mapping[int, tuple[str, str]]) -> Lot:
    if part.holder in named:
        lot = named[part.holder]
        return Lot(part.why, lot.kind, lot.name_en, lot.name_zh, lot.confirmed)
    user_id = part.piece.user_id
    if user_id is None and part.holder:
        # Of whom another report of the same time names.
        user_id = int(part.holder.split(":")[1])
        people = people or _people({user_id})
    return Lot(part.why, "walk_up", *people.get(user_id or 0, ("", "")))


def _people(numbers: Collection[int]) -> dict[int, tuple[str, str]]:
    rows = db.session.execute(select(Person.id, Person.name_en, Person.name_zh).where(Person.id.in_(numbers)))
    return {row.id: (row.name_en, row.name_zh) for row in rows}


def _named_by_key(keys: Collection[str]) -> dict[str, Lot]:
    """Of whom reservations and uses are, by how holders name them."""
    numbers: dict[str, list[int]] = {"reservation": [], "use": []}
    for key in keys:
        kind, number = key.split(":")[:2]
        if kind in numbers:
            numbers[kind].append(int(number))
    of_reservations = select(
        _R.c.id, Person.name_en, Person.name_zh, USE.c.state
    ).join(Person, Person.id == _R.c.user_id).outerjoin(
        USE, (USE.c.reservation_id == _R.c.id) & (USE.c.state != VOID)
    ).where(_R.c.id.in_(numbers["reservation"]))  # fmt: skip
    of_uses = select(USE.c.id, USE.c.kind, USE.c.state, Person.name_en, Person.name_zh).join(
        Person, Person.id == USE.c.user_id
    ).where(USE.c.id.in_(numbers["use"]))  # fmt: skip
    found = {
        f"reservation:{row.id}": Lot("", "reservation", row.name_en, row.name_zh, row.state == CONFIRMED)
        for row in db.session.execute(of_reservations)
    }
    for row in db.session.execute(of_uses):
        names = ("", "") if row.kind == "run" else (row.name_en, row.name_zh)
        found[f"use:{row.id}"] = Lot("", row.kind, *names, row.state == CONFIRMED)
    return found


def lots_of_taken(keys: Sequence[str], reporter: str) -> dict[str, tuple[Lot, ...]]:
    """By the key of each report that was taken, the uses that it belongs to by now."""
    found: dict[str, dict[int, Lot]] = {}
    user = aliased(Person)
    for begin in range(0, len(keys), AT_ONCE):
        some = {
            name: key
            for key in keys[begin : begin + AT_ONCE]
            for name in (key, *(f"{key}#{place}" for place in range(2, MOST_PARTS)))
        }
        rows = db.session.execute(
            select(SPAN.c.source_key, SPAN.c.attribution, SPAN.c.use_id, USE.c.kind, USE.c.state, USE.c.flags,
                   func.coalesce(user.name_en, "").label("name_en"), func.coalesce(user.name_zh, "").label("name_zh"))
            .join(USE, USE.c.id == SPAN.c.use_id)
            .outerjoin(user, user.id == USE.c.user_id)
            .where(SPAN.c.reporter == reporter, SPAN.c.source_key.in_(some))
            .order_by(SPAN.c.started_at)
        )  # fmt: skip
        for row in rows:
            names = ("", "") if row.kind == "run" else (row.name_en, row.name_zh)
            lot = Lot(
                row.attribution or AS_SAID, row.kind, *names, row.state == CONFIRMED, row.use_id, row.flags
            )
            found.setdefault(some[row.source_key], {}).setdefault(row.use_id, lot)
    return {key: tuple(lots.values()) for key, lots in found.items()}
