"""What the shown persons of the demonstration find told: a move, what they were booked for, reminders, their roles.

Nobody is mailed, and the invented people who cannot sign in wish for no reminders, so that no mail piles up for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from instruments.database import db
from instruments.demo.generator.world import InventedWorld
from instruments.journal.models import JournalEntry
from instruments.journal.record import record
from instruments.notices import reminding
from instruments.notices.happenings import happenings
from instruments.notices.kind import Told
from instruments.notices.kinds import BY_CODE, hearing
from instruments.notices.models import JournalMark, Notice, NoticePreference
from instruments.notices.noting import Occasion, Wish, row_of
from instruments.people.rights import SCOPE_OF_ROLE, Role
from instruments.reservations.models import Reservation

SOON, ROLE, STAFF = "reservation.soon", "role.given", "lab.booked"
MOST_OF_LAB = 4
LATER = timedelta(hours=2)
MOVED = ("researcher", "student", "partner", "company")
WHY = "The maintenance before takes longer than planned. / 之前的维护比计划的时间长。"


def tell(world: InventedWorld, now: datetime) -> None:
    """Write the notices inside the deed that loads the world, and put the mark behind all that is in the journal."""
    shown = set(world.people.shown.values())
    wishes = {(world.people.shown[key], STAFF) for key in ("lab_manager", "operator")}
    _move_some(world, now)
    occasions = [*_from_journal(shown, _lab(world), now), *reminding.soon(now), *_roles(world, now)]
    rows = {
        (each.key, each.told.person_id, each.kind.code): _row(each, now)
        for each in occasions
        if each.told.person_id in shown
        and (each.kind.in_app or (each.told.person_id, each.kind.code) in wishes)
    }
    if rows:
        db.session.execute(insert(Notice.__table__), list(rows.values()))
    wished = [
        {"person_id": person["id"], "kind": SOON, "in_app": False, "by_mail": False}
        for person in world.people.persons
        if person["id"] not in shown
    ]
    wished += [
        {"person_id": number, "kind": kind, "in_app": True, "by_mail": False}
        for number, kind in sorted(wishes)
    ]
    db.session.execute(insert(NoticePreference.__table__), wished)
    last = db.session.scalar(select(func.max(JournalEntry.id))) or 0
    db.session.add(JournalMark(id=1, settled_id=last, seen_id=last, seen_at=now, seen_horizon=0))
    db.session.flush()


def _move_some(world: InventedWorld, now: datetime) -> None:
    """The lab has moved one reservation of some of them, two hours later."""
    owners = {row["id"]: (row["institution_id"], row["lab_id"]) for row in world.instruments.rows}
    one: Any = Reservation
    for number in (world.people.shown[key] for key in MOVED):
        row = db.session.execute(
            select(one.id, one.instrument_id, one.starts_at, one.ends_at)
            .where(one.user_id == number, one.state == "confirmed", one.starts_at > now + timedelta(days=1))
            .order_by(one.starts_at)
            .limit(1)
        ).first()
        if row is None:
            continue
        institution_id, lab_id = owners[row.instrument_id]
        spans = [
            [int((each - shift).timestamp()) for each in (row.starts_at, row.ends_at)]
            for shift in (LATER, timedelta(0))
        ]
        db.session.execute(
            update(one).where(one.id == row.id).values(version=one.version + 1, changed_at=now)
        )
        record(
            now=now,
            actor_id=world.people.staff_of_lab[lab_id][0],
            deed="reservation.moved",
            thing=("reservation", row.id),
            institution_id=institution_id,
            lab_id=lab_id,
            detail={"from": spans[0], "to": spans[1], "reason": WHY},
        )


def _from_journal(shown: Iterable[int], lab_id: int, now: datetime) -> Iterator[Occasion]:
    entry, one = JournalEntry, Reservation
    theirs = select(one.id).where(one.user_id.in_(shown), one.ends_at > now)
    columns = select(
        entry.id, entry.at, entry.actor_id, entry.deed, entry.thing_kind, entry.thing_id, entry.lab_id,
        entry.institution_id, entry.detail,
    ).order_by(entry.id.desc())  # fmt: skip
    own = columns.where(entry.thing_kind == "reservation", entry.thing_id.in_(theirs))
    new = columns.where(entry.lab_id == lab_id, entry.deed == "reservation.created").limit(MOST_OF_LAB)
    rows = {row.id: row for each in (own, new) for row in db.session.execute(each)}
    entries = [rows[number] for number in sorted(rows)]
    fresh = {row.id for row in db.session.execute(new)}
    for what in happenings(entries, now):
        for kind in hearing(what.deed):
            for told in kind.who(what):
                if kind.code != STAFF or what.entry_id in fresh:
                    yield Occasion(kind, f"journal/{what.entry_id}", what.entry_id, what.at, told)


def _lab(world: InventedWorld) -> int:
    """The lab of the shown manager."""
    manager = world.people.shown["lab_manager"]
    return next(lab_id for lab_id, staff in world.people.staff_of_lab.items() if staff[0] == manager)


def _roles(world: InventedWorld, now: datetime) -> Iterator[Occasion]:
    administrator = world.people.shown["administrator"]
    for number, grant in enumerate(world.people.grants):
        if grant["person_id"] == administrator:
            continue
        scope = SCOPE_OF_ROLE[Role(grant["role"])]
        values = {"actor_id": administrator, "role": grant["role"]}
        if scope != "platform":
            values |= {"scope": scope, "scope_id": grant[f"{scope}_id"]}
        told = Told(grant["person_id"], "given", ("person", grant["person_id"]), values)
        yield Occasion(BY_CODE[ROLE], f"demonstration/{number}", None, grant["granted_at"], told)


def _row(each: Occasion, now: datetime) -> dict[str, Any]:
    """As the worker writes it, and roles as read: they were given long ago."""
    return row_of(each, Wish(in_app=True, by_mail=False)) | {
        "read_at": now if each.kind.code == ROLE else None
    }
