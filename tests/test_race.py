"""Never double-booked, proven: real processes race for the same hours through HTTP and past it, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from instruments.catalog.models import Instrument
from instruments.database import connections, db
from instruments.reservations.models import Reservation
from instruments.timespan import depth
from tests.databases import Database
from tests.racing import Round, run
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")

HOUR = timedelta(hours=1)
SLOTS, RACERS = 200, 8


def booking(instrument_id: int, start: datetime, hours: int = 1) -> Round:
    body = {
        "instrument_id": instrument_id,
        "start": start.isoformat(),
        "end": (start + hours * HOUR).isoformat(),
    }
    return Round("POST", "/api/v1/reservations", body)


@pytest.fixture
def first_hour() -> datetime:
    """A full hour some days ahead of the real clock, which the server runs on."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)


@pytest.fixture
def tokens(world: World) -> list[str]:
    home = world.institution()
    return [world.token(world.person(home)) for _ in range(16)]


def rows_now() -> int:
    """How many reservations there are, read anew."""
    db.session.rollback()
    return db.session.query(Reservation).count()


@pytest.fixture(autouse=True)
def no_overlap(app: Any) -> Iterator[None]:
    """Whatever was raced for, nothing overlaps in the end beyond the capacity."""
    yield
    db.session.rollback()
    rows = db.session.execute(
        select(Reservation.instrument_id, Reservation.starts_at, Reservation.held_until).where(
            Reservation.live
        )
    ).all()
    room = dict(db.session.execute(select(Instrument.id, Instrument.capacity)).all())
    assert rows
    for number, capacity in room.items():
        spans = [(int(row[1].timestamp()), int(row[2].timestamp())) for row in rows if row[0] == number]
        assert depth(spans) <= capacity


def test_200_slots_and_8_racers_give_200_reservations_and_1400_refusals(
    server: str, world: World, tokens: list[str], first_hour: datetime
) -> None:
    instrument = world.instrument()
    rounds = [booking(instrument.id, first_hour + slot * HOUR) for slot in range(SLOTS)]
    answers = run(server, [(token, rounds) for token in tokens[:RACERS]])
    statuses = Counter(status for racer in answers for status, _, _ in racer)
    assert statuses == {201: SLOTS, 409: SLOTS * (RACERS - 1)}
    for slot in range(SLOTS):
        assert Counter(racer[slot][0] for racer in answers) == {201: 1, 409: RACERS - 1}
    refusals = [(codes, body) for racer in answers for status, codes, body in racer if status == 409]
    assert all(codes == ["taken"] and body["conflicts"] for codes, body in refusals)
    assert rows_now() == SLOTS


def test_moves_into_one_gap_let_exactly_one_in(
    server: str, world: World, tokens: list[str], first_hour: datetime
) -> None:
    instrument, gaps = world.instrument(), 15
    people = tokens[:RACERS]
    far = first_hour + timedelta(days=10)
    made = run(server, [(token, [booking(instrument.id, far + n * HOUR)]) for n, token in enumerate(people)])
    numbers = [racer[0][2]["id"] for racer in made]
    racers = []
    for token, number in zip(people, numbers, strict=True):
        starts = [first_hour + gap * HOUR for gap in range(gaps)]
        rounds = [
            Round(
                "PATCH",
                f"/api/v1/reservations/{number}",
                {"start": start.isoformat(), "end": (start + HOUR).isoformat(), "reason": "race"},
                "*",
            )
            for start in starts
        ]
        racers.append((token, rounds))
    answers = run(server, racers)
    for gap in range(gaps):
        assert Counter(racer[gap][0] for racer in answers) == {200: 1, 409: RACERS - 1}
    assert rows_now() == RACERS


def test_capacity_4_takes_exactly_4_of_16(
    server: str, world: World, tokens: list[str], first_hour: datetime
) -> None:
    instrument, slots = world.instrument(capacity=4), 20
    rounds = [booking(instrument.id, first_hour + slot * HOUR) for slot in range(slots)]
    answers = run(server, [(token, rounds) for token in tokens])
    for slot in range(slots):
        assert Counter(racer[slot][0] for racer in answers) == {201: 4, 409: 12}


def test_spans_that_overlap_in_part_are_kept_apart_too(
    server: str, world: World, tokens: list[str], first_hour: datetime
) -> None:
    instrument = world.instrument()
    racers = []
    for number, token in enumerate(tokens[:RACERS]):
        shift = timedelta(minutes=15 * (number % 4))
        racers.append(
            (token, [booking(instrument.id, first_hour + slot * 3 * HOUR + shift, 2) for slot in range(20)])
        )
    answers = run(server, racers)
    assert {status for racer in answers for status, _, _ in racer} == {201, 409}
    for slot in range(20):
        assert Counter(racer[slot][0] for racer in answers)[201] == 1


INSERT = text(
    "INSERT INTO reservation (instrument_id, user_id, booker_id, starts_at, ends_at, held_until, created_at, changed_at)"
    " VALUES (:instrument, :person, :person, :start, :end, :end, 0, 0)"
)


@pytest.mark.parametrize("capacity", [1, 3])
def test_direct_sql_by_several_connections_cannot_overbook(
    database: Database, server: str, world: World, tokens: list[str], first_hour: datetime, capacity: int
) -> None:
    instrument, person = world.instrument(capacity=capacity), world.person()
    writers, slots = 4, 25
    barrier = threading.Barrier(writers)
    outcomes: list[list[str]] = [[] for _ in range(writers)]
    start, number, who = int(first_hour.timestamp()), instrument.id, person.id

    def write(mine: list[str]) -> None:
        options = connections.engine_options(database.url, prepare=True, statement_seconds=9)
        engine = create_engine(database.url, **options)
        connections.prepare_engine(engine)
        for slot in range(slots):
            begin = start + slot * 3600
            values = {"instrument": number, "person": who, "start": begin, "end": begin + 3600}
            barrier.wait(60)
            try:
                with engine.connect().execution_options(deed=True) as connection, connection.begin():
                    connection.execute(INSERT, values)
                mine.append("made")
            except DBAPIError as error:
                mine.append(str(error.orig))
        engine.dispose()

    threads = [threading.Thread(target=write, args=(mine,)) for mine in outcomes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for slot in range(slots):
        told = [mine[slot] for mine in outcomes]
        assert 1 <= told.count("made") <= capacity
        # A plain insert against the constraint may also end as the victim of a deadlock, which is a refusal too.
        refused = [words for words in told if words != "made"]
        assert all("reservation_overlap" in words or "deadlock" in words for words in refused)
    answers = run(
        server,
        [
            (token, [booking(number, first_hour + slot * HOUR) for slot in range(slots)])
            for token in tokens[:2]
        ],
    )
    assert {status for racer in answers for status, _, _ in racer} <= {201, 409}
