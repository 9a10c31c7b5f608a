"""Racers of series, against each other and against single bookings: nothing overlaps, nothing is half-done, no quota breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from instruments.database import db
from instruments.reservations.models import Reservation
from instruments.reservations.series_models import Series, SeriesOccurrence
from instruments.timespan import depth
from tests.racing import Round, run
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
FIRST = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
TIMES, ROUNDS = 4, 8


def series(instrument_id: int, start: datetime, hours: int = 2, times: int = TIMES) -> Round:
    ends = {"start": start.isoformat(), "end": (start + hours * HOUR).isoformat()}
    body = {"instrument_id": instrument_id, **ends, "times": times, "skip_holidays": False}
    return Round("POST", "/api/v1/reservation-series", body)


def single(instrument_id: int, start: datetime) -> Round:
    ends = {"start": start.isoformat(), "end": (start + HOUR).isoformat()}
    return Round("POST", "/api/v1/reservations", {"instrument_id": instrument_id, **ends})


@pytest.fixture
def tokens(world: World) -> list[str]:
    home = world.institution()
    return [world.token(world.person(home)) for _ in range(8)]


@pytest.fixture(autouse=True)
def whole_and_apart(app: Any) -> Iterator[None]:
    """Whatever was raced for: nothing overlaps, and every series has all of its reservations."""
    yield
    db.session.rollback()
    rows = db.session.execute(
        select(Reservation.instrument_id, Reservation.starts_at, Reservation.held_until).where(
            Reservation.live
        )
    ).all()
    for number in {row[0] for row in rows}:
        spans = [(int(row[1].timestamp()), int(row[2].timestamp())) for row in rows if row[0] == number]
        assert depth(spans) == 1
    sizes = db.session.execute(
        select(Series.times, func.count(SeriesOccurrence.reservation_id))
        .outerjoin(SeriesOccurrence, SeriesOccurrence.series_id == Series.id)
        .group_by(Series.id, Series.times)
    ).all()
    assert all(times == number for times, number in sizes)


def test_of_series_over_the_same_dates_exactly_one_stands(
    server: str, world: World, tokens: list[str]
) -> None:
    """The racers begin in different weeks, so that each meets the others at another of its dates."""
    thing = world.instrument().id
    racers = [
        (token, [series(thing, FIRST + slot * 2 * HOUR + number % 4 * WEEK) for slot in range(ROUNDS)])
        for number, token in enumerate(tokens)
    ]
    answers = run(server, racers)
    for slot in range(ROUNDS):
        assert Counter(racer[slot][0] for racer in answers) == {201: 1, 409: len(tokens) - 1}
    db.session.rollback()
    assert db.session.query(Reservation).count() == ROUNDS * TIMES


def test_a_series_against_single_bookings_is_booked_whole_or_not_at_all(
    server: str, world: World, tokens: list[str]
) -> None:
    thing = world.instrument().id
    racers = [
        (token, [series(thing, FIRST + slot * 2 * HOUR) for slot in range(ROUNDS)]) for token in tokens[:2]
    ]
    racers += [
        (token, [single(thing, FIRST + slot * 2 * HOUR + week * WEEK) for slot in range(ROUNDS)])
        for week, token in enumerate(tokens[2:5], 1)
    ]
    answers = run(server, racers)
    for slot in range(ROUNDS):
        whole = [racer[slot][0] for racer in answers[:2]]
        singles = [racer[slot][0] for racer in answers[2:]]
        assert set(whole + singles) <= {201, 409}
        # Either one series stands and no single booking, or all of those and no series.
        assert (whole.count(201), singles.count(201)) in {(1, 0), (0, 3)}


def test_series_on_several_instruments_never_take_more_than_the_quota(server: str, world: World) -> None:
    """One person, eight racers, one instrument each: of four hours a week two series of two hours fit."""
    home = world.institution()
    lab, person = world.lab(home), world.person(home)
    world.quota(lab, amount=4)
    token = world.token(person)
    things = [world.instrument(lab).id for _ in range(8)]
    answers = run(server, [(token, [series(thing, FIRST, times=3)]) for thing in things])
    assert Counter(racer[0][0] for racer in answers) == {201: 2, 422: 6}
    db.session.rollback()
    assert db.session.query(Reservation).count() == 2 * 3
