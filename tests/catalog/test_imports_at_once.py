"""Imports beside others who write: nothing twice, nothing half, and a deadlock is done again instead of told."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text, update

from instruments.availability.closures import Wanted, add_closure
from instruments.catalog.commands import catalog
from instruments.catalog.importing import import_rows
from instruments.catalog.models import CatalogRevision, Instrument, InstrumentState
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.journal.models import JournalEntry
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.models import Reservation
from instruments.timespan import depth
from tests.catalog.files import csv_bytes, many
from tests.databases import Database
from tests.world import World

HOUR = timedelta(hours=1)


def together(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """Do all of it at the same moment, each in a thread and a session of its own; what each returned."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        with app.app_context():
            barrier.wait(30)
            return work()

    db.session.commit()
    with ThreadPoolExecutor(len(works)) as pool:
        outcomes = [each.result(120) for each in [pool.submit(run, work) for work in works]]
    db.session.rollback()
    return outcomes


def importing(
    institution_id: int, rows: Sequence[Mapping[str, str]], now: datetime
) -> Callable[[], Counter[str]]:
    keys = list(dict.fromkeys(key for row in rows for key in row))
    cells = [(number, [row.get(key, "") for key in keys]) for number, row in enumerate(rows, start=2)]

    def bring() -> Counter[str]:
        institution = db.session.get_one(Institution, institution_id)
        outcome = import_rows(institution, keys, cells, actor_id=None, now=now, create_labs=True)
        return Counter(row.kind for row in outcome.rows)

    return lambda: perform(bring)


def test_the_same_file_twice_at_once_comes_in_once(app: Flask, world: World, now: datetime) -> None:
    institution, rows = world.institution(), many(150)
    outcomes = together(app, *(importing(institution.id, rows, now) for _ in range(3)))
    assert sorted(map(str, outcomes)) == sorted(
        map(str, [Counter(new=150), Counter(same=150), Counter(same=150)])
    )
    assert db.session.scalar(select(func.count(Instrument.id))) == 150
    assert db.session.scalar(select(func.count(Lab.id))) == 40
    assert (
        db.session.scalar(select(func.count(JournalEntry.id)).where(JournalEntry.deed == "instrument.added"))
        == 150
    )


def bookings(instrument_ids: Sequence[int], who: Actor, shift: int, now: datetime) -> Counter[str]:
    """Book thirty hours here and there; none of the refusals may blame the database."""
    told: Counter[str] = Counter()
    for number in range(30):
        start = now + timedelta(days=1) + (shift + number) % 5 * HOUR
        request = BookingRequest(instrument_ids[(shift * 5 + number) % 12], start, start + HOUR)
        try:
            perform(lambda request=request: book(who, who, request, now))
            told["made"] += 1
        except Refusal as refusal:
            told[refusal.reasons[0].code] += 1
    return told


def turns(institution_id: int, now: datetime) -> Counter[str]:
    """Import the same twelve again and again, back to front, each time with another status, capacity and place."""
    told: Counter[str] = Counter()
    for turn in range(6):
        given = {
            "status": ("在用", "受限使用")[turn % 2],
            "capacity": "23"[turn % 2],
            "location": f"B {turn}",
        }
        rows = [{"asset_number": f"A{number}"} | given for number in reversed(range(12))]
        told += importing(institution_id, rows, now)()
    return told


def closures(lab_id: int, now: datetime) -> int:
    """Close a lab on eight days, one after the other."""
    for day in range(1, 9):
        begin = datetime.fromisoformat(f"2027-04-0{day} 08:00")
        wanted = Wanted("maintenance", "Service", begin, begin + HOUR)
        perform(
            lambda wanted=wanted: add_closure(db.session.get_one(Lab, lab_id), wanted, actor_id=None, now=now)
        )
    return day


def test_an_import_while_people_book_and_labs_close(app: Flask, world: World, now: datetime) -> None:
    institution = world.institution()
    lab = world.lab(institution)
    ids = [world.instrument(lab, asset_number=f"A{number}", capacity=2).id for number in range(12)]
    who, institution_id, lab_id = actor_by_id(world.person(institution).id, now), institution.id, lab.id
    imported, closed, *told = together(
        app,
        lambda: turns(institution_id, now),
        lambda: closures(lab_id, now),
        *(lambda shift=shift: bookings(ids, who, shift, now) for shift in range(3)),
    )
    assert closed == 8
    assert imported["refused"] + imported["changed"] == 72
    assert imported["changed"] > 36
    assert set().union(*told) <= {"made", "taken"}
    held = db.session.execute(
        select(Reservation.instrument_id, Reservation.starts_at, Reservation.held_until)
    ).all()
    assert sum(each["made"] for each in told) == len(held) > 0
    room = dict(db.session.execute(select(Instrument.id, Instrument.capacity)).all())
    for number, capacity in room.items():
        spans = [(int(row[1].timestamp()), int(row[2].timestamp())) for row in held if row[0] == number]
        assert depth(spans) <= capacity


def test_an_import_takes_the_calendars_it_touches(app: Flask, world: World, now: datetime) -> None:
    institution = world.institution()
    lab = world.lab(institution)
    for number in range(3):
        world.instrument(lab, asset_number=f"A{number}")
    importing(
        institution.id,
        [{"asset_number": "A0", "status": "停用"}, {"asset_number": "A1", "location": "B"}],
        now,
    )()
    revisions = select(InstrumentState.rev).order_by(InstrumentState.instrument_id)
    assert db.session.scalars(revisions).all() == [1, 0, 0]


@pytest.fixture
def foreigner(database: Database):
    """Somebody who takes what the import needs in the other order, and whom the deadlock never hits."""
    if database.kind == "sqlite":
        yield None
        return
    engine = create_engine(database.url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_an_import_undone_by_a_deadlock_is_done_again(
    app: Flask, database: Database, foreigner: Any, world: World, tmp_path: Any
) -> None:
    institution = world.institution("qlu.example")
    lab = world.lab(institution, name_zh="天平室")
    rows = [{"asset_number": f"A{number}", "location": "B 101"} for number in range(5)]
    for row in rows:
        world.instrument(lab, asset_number=row["asset_number"])
    file = tmp_path / "a.csv"
    file.write_bytes(csv_bytes([*rows, {"asset_number": "N1", "name_zh": "天平", "lab": "天平室"}]))

    def bring() -> Any:
        return app.test_cli_runner().invoke(catalog, ["import", str(file), "--institution", "qlu.example"])

    if database.kind == "sqlite":  # one writer: there is nothing to be caught in
        done = bring()
    else:
        done, undone = caught(app, foreigner, bring)
        assert undone == 1
    assert done.exit_code == 0 and "1 new, 5 changed" in done.output, (done.output, done.exception)
    db.session.rollback()
    assert db.session.scalars(select(Instrument.location).order_by(Instrument.id)).all() == [
        *["B 101"] * 5,
        "",
    ]
    deeds = db.session.scalars(select(JournalEntry.deed)).all()
    assert Counter(deeds) == {"instrument.changed": 5, "instrument.added": 1}


def caught(app: Flask, foreigner: Any, bring: Callable[[], Any]) -> tuple[Any, int]:
    """Run an import against somebody who holds an instrument and then wants the catalogue; how often it was undone."""
    deadlocks = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    before = db.session.scalar(deadlocks)
    foreigner.execute(text("SET LOCAL deadlock_timeout = '60s'"))  # so that the other one is the victim
    foreigner.execute(update(Instrument.__table__).values(status_note="held"))

    def foreign() -> None:
        until = time.monotonic() + 30
        blocked = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not foreigner.scalar(blocked) and time.monotonic() < until:
            time.sleep(0.02)
        foreigner.execute(update(CatalogRevision).values(number=CatalogRevision.number + 1))
        foreigner.commit()

    outcomes = together(app, bring, foreign)
    until = time.monotonic() + 20
    while db.session.scalar(deadlocks) == before and time.monotonic() < until:
        db.session.rollback()
        time.sleep(0.1)
    return outcomes[0], db.session.scalar(deadlocks) - before
