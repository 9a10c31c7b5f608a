"""Series booked: every rule asked of every date, conflicts told beforehand with a way out, all of it or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import Forbidden, Refusal, Taken
from instruments.journal.models import JournalEntry
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.series.making import Made, book_series
from instruments.reservations.series.planning import Plan, SeriesRequest, plan
from instruments.reservations.series.repetition import Repetition
from instruments.reservations.series_models import Series, SeriesOccurrence
from tests.world import World

# The tests' now is Monday, 1 March 2027, 08:00 in Shanghai; the first date is the Tuesday after it.
TUESDAY = date(2027, 3, 2)
HOUR = timedelta(hours=1)


def at(week: int, hour: int, day: int = 0) -> datetime:
    """An hour of a Tuesday in Shanghai, so many weeks on."""
    return datetime(2027, 3, 2, tzinfo=UTC) + timedelta(weeks=week, days=day, hours=hour - 8)


def pair(week: int, first: int, last: int) -> tuple[int, int]:
    return int(at(week, first).timestamp()), int(at(week, last).timestamp())


class Bench:
    """One instrument, and somebody who books it from 9 to 12 on Tuesdays."""

    def __init__(self, world: World, now: datetime, **instrument: Any) -> None:
        self.world, self.now = world, now
        self.home = world.institution()
        self.lab = world.lab(self.home)
        self.person, self.other = world.person(self.home), world.person(self.home)
        self.thing = world.instrument(self.lab, **instrument)

    def wanted(self, times: int = 4, decisions=None, title: str = "Run", **rule: Any) -> SeriesRequest:
        usual = {"first": TUESDAY, "starts": time(9), "ends": time(12), "times": times}
        booking = BookingRequest(self.thing.id, at(0, 9), at(0, 12), title=title)
        return SeriesRequest(booking, Repetition(**{**usual, **rule}), decisions or {})

    def planned(self, wanted: SeriesRequest | None = None, **rule: Any) -> Plan:
        actor = actor_by_id(self.person.id, self.now)
        return plan(actor, actor, wanted or self.wanted(**rule), self.now)

    def book(self, wanted: SeriesRequest | None = None, **rule: Any) -> Made:
        actor = actor_by_id(self.person.id, self.now)
        with deed():
            return book_series(actor, actor, wanted or self.wanted(**rule), self.now)


@pytest.fixture
def bench(world: World, now: datetime) -> Bench:
    return Bench(world, now)


def outcomes(found: Plan) -> list[str]:
    return [row.outcome for row in found.rows]


def codes(found: Plan) -> list[list[str]]:
    return [[reason.code for reason in row.reasons] for row in found.rows]


def count(table: Any) -> int:
    db.session.rollback()
    return db.session.query(table).count()


def agrees(bench: Bench, found: Plan, wanted: SeriesRequest) -> None:
    """What the plan foresees is what the deed does: refused as planned, then booked without what conflicts."""
    conflicts = [row for row in found.rows if row.outcome == "conflict"]
    if conflicts:
        with pytest.raises(Refusal) as refused:
            bench.book(wanted)
        told = sorted(reason.code for reason in refused.value.reasons)
        assert told == sorted(reason.code for row in conflicts for reason in row.reasons)
        assert count(Reservation) == bench.before and count(Series) == 0
    left_out = {row.position: None for row in conflicts}
    made = bench.book(replace(wanted, decisions={**wanted.decisions, **left_out}))
    assert sorted(made.booked) == [row.position for row in found.rows if row.outcome == "free"]


# --- Every rule, asked of every date


def taken_once(bench: Bench) -> None:
    bench.world.reservation(bench.thing, bench.other, at(2, 10), at(2, 11))


def quota_of_the_week(bench: Bench) -> None:
    bench.world.quota(bench.lab, amount=5, measured="hours", per="month")


def quota_of_count(bench: Bench) -> None:
    bench.world.quota(bench.thing, amount=3, measured="count", per="future")


def quota_of_future_hours(bench: Bench) -> None:
    bench.world.quota(bench.thing, amount=7, measured="hours", per="future")


def quota_of_peak_time(bench: Bench) -> None:
    bench.world.quota(bench.lab, amount=5, per="month", peak="Mon-Fri 10:00-16:00")


def window_of_booking(bench: Bench) -> None:
    bench.world.rules(bench.thing, horizon_days=16)


def closure(bench: Bench) -> None:
    bench.world.closure(bench.thing, at(1, 8), at(1, 10))


def limits_from_a_date_on(bench: Bench) -> None:
    bench.world.dated_rules(bench.thing, date(2027, 3, 15), None, longest_minutes=120)


def retirement(bench: Bench) -> None:
    bench.thing.retired_on = date(2027, 3, 20)
    bench.world._keep(bench.thing, catalog=True)


@pytest.mark.parametrize(
    ("hindrance", "expected"),
    [
        (taken_once, [[], [], ["taken"], []]),
        (quota_of_the_week, [[], ["quota"], ["quota"], ["quota"]]),
        (quota_of_count, [[], [], [], ["quota"]]),
        (quota_of_future_hours, [[], [], ["quota"], ["quota"]]),
        (quota_of_peak_time, [[], [], ["quota"], ["quota"]]),
        (window_of_booking, [[], [], [], ["horizon"]]),
        (closure, [[], ["maintenance"], [], []]),
        (limits_from_a_date_on, [[], [], ["too_long"], ["too_long"]]),
        (retirement, [[], [], [], ["retired"]]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_every_date_is_judged_as_if_those_before_it_were_booked(bench, hindrance, expected) -> None:
    hindrance(bench)
    bench.before = count(Reservation)
    wanted = bench.wanted()
    found = bench.planned(wanted)
    assert codes(found) == expected
    agrees(bench, found, wanted)


def test_two_days_in_a_row_are_counted_within_the_series_itself(bench) -> None:
    bench.world.rules(bench.thing, consecutive_minutes=30 * 60, longest_minutes=1440)
    bench.before = 0
    wanted = bench.wanted(
        times=4, weekdays=frozenset({1, 2}), starts=time(8), ends=time(8), nights=1, title="Nights"
    )
    found = bench.planned(wanted)
    assert codes(found) == [[], ["in_a_row"], [], ["in_a_row"]]
    agrees(bench, found, wanted)


def test_the_buffer_stands_between_its_own_dates_too(bench) -> None:
    bench.world.rules(bench.thing, buffer_minutes=60)
    bench.before = 0
    wanted = bench.wanted(times=2, weekdays=frozenset({1, 2}), starts=time(8), ends=time(8), nights=1)
    found = bench.planned(wanted)
    assert codes(found) == [[], ["buffer"]]
    agrees(bench, found, wanted)


def test_holidays_are_left_out_unless_somebody_gives_another_time(bench) -> None:
    bench.world.holiday(bench.home, date(2027, 3, 9))
    assert outcomes(bench.planned(times=3)) == ["free", "holiday", "free", "free"]
    elsewhere = bench.wanted(times=3, decisions={1: pair(1, 33, 36)})
    assert outcomes(bench.planned(elsewhere)) == ["free"] * 4
    assert outcomes(bench.planned(times=3, skips_holidays=False)) == ["free", "conflict", "free"]


# --- A way out of each conflict


def test_each_conflict_comes_with_the_nearest_free_span(bench) -> None:
    taken_once(bench)
    row = bench.planned().rows[2]
    assert row.offer in (pair(2, 7, 10), pair(2, 11, 14))
    made = bench.book(bench.wanted(decisions={2: row.offer}))
    assert len(made.booked) == 4 and int(made.booked[2].starts_at.timestamp()) == row.offer[0]


@pytest.mark.parametrize(
    ("week", "others", "expected"),
    [
        # What is nearest has the hour alone; in the afternoon there is room for all three.
        ("Mon-Fri 08:00-18:00", [(10, 11)], pair(2, 11, 14)),
        ("Mon-Fri 07:30-18:00", [(9, 11), (12, 13)], pair(2, 13, 16)),
        # Nothing as long that day: the day before or after, not two hours of the same.
        ("Mon-Fri 09:00-12:00", [(11, 12)], (pair(2, 9 - 24, 12 - 24), pair(2, 9 + 24, 12 + 24))),
        # The same day before the hours of a night that lie nearer.
        ("Mon-Sun 00:00-24:00", [(0, 20)], pair(2, 20, 23)),
    ],
)
def test_the_nearest_as_long_as_wanted_comes_before_a_nearer_shorter_one(
    world, now, week, others, expected
) -> None:
    bench = Bench(world, now, week=week)
    for first, last in others:
        world.reservation(bench.thing, bench.other, at(2, first), at(2, last))
    offer = bench.planned().rows[2].offer
    assert offer in (expected if isinstance(expected[0], tuple) else (expected,))


def test_a_shorter_one_is_offered_only_where_none_is_as_long(world, now) -> None:
    bench = Bench(world, now, week="Tue 09:00-12:00")
    world.rules(bench.thing, horizon_days=30)
    for week in range(5):
        world.reservation(bench.thing, bench.other, at(week, 11), at(week, 12))
    assert [row.offer for row in bench.planned().rows] == [pair(week, 9, 11) for week in range(4)]


def test_where_a_week_about_has_nothing_the_nearest_beyond_it_is_offered(bench) -> None:
    """As for a single booking; a date beyond the booking window is not sent weeks back to its edge."""
    bench.world.closure(bench.thing, at(1, 12), at(5, 0, day=-1), reason="Moved to another room")
    found = bench.planned(times=6)
    assert outcomes(found) == ["free", "free", "conflict", "conflict", "conflict", "free"]
    offers = {row.position: row.offer for row in found.rows if row.outcome == "conflict"}
    assert len(set(offers.values())) == 3 and all(offers.values())
    middle = found.rows[3]
    assert abs(middle.offer[0] - middle.span[0]) > timedelta(weeks=1).total_seconds()
    assert len(bench.book(bench.wanted(times=6, decisions=offers)).booked) == 6
    far = bench.planned(times=20)
    assert {row.offer for row in far.rows[12:]} == {None}


def test_nothing_is_offered_twice_nor_where_the_series_itself_is(world, now) -> None:
    bench = Bench(world, now, week="Mon-Fri 09:00-18:00")
    for day in (0, 1):
        world.reservation(bench.thing, bench.other, at(1, 9, day), at(1, 12, day))
    found = bench.planned(times=4, weekdays=frozenset({1, 2}))
    offers = [row.offer for row in found.rows if row.outcome == "conflict"]
    assert len(offers) == len(set(offers)) == 2 and all(offers)
    decisions = {row.position: row.offer for row in found.rows if row.offer}
    wanted = bench.wanted(times=4, weekdays=frozenset({1, 2}), decisions=decisions)
    assert outcomes(bench.planned(wanted)) == ["free"] * 4
    assert len(bench.book(wanted).booked) == 4


def test_what_is_left_out_is_not_asked_about(bench) -> None:
    taken_once(bench)
    found = bench.planned(bench.wanted(decisions={2: None}))
    assert outcomes(found) == ["free", "free", "skipped", "free"]


# --- All of it or nothing


def test_one_date_that_cannot_be_had_undoes_all(bench) -> None:
    taken_once(bench)
    with pytest.raises(Taken) as refused:
        bench.book()
    (reason,) = refused.value.reasons
    assert (reason.code, reason.field) == ("taken", "occurrences")
    assert (count(Reservation), count(Series), count(SeriesOccurrence), count(JournalEntry)) == (1, 0, 0, 0)


def test_all_that_conflicts_is_told_at_once(bench) -> None:
    taken_once(bench)
    bench.world.closure(bench.thing, at(3, 8), at(3, 10))
    with pytest.raises(Refusal) as refused:
        bench.book()
    assert [reason.code for reason in refused.value.reasons] == ["taken", "maintenance"]
    assert not isinstance(refused.value, Taken)


def test_a_series_of_nothing_is_refused(bench) -> None:
    with pytest.raises(Refusal) as refused:
        bench.book(bench.wanted(times=2, decisions={0: None, 1: None}))
    assert refused.value.reasons[0].code == "repeat_nothing"


def test_what_is_wrong_with_all_of_it_is_said_once(bench) -> None:
    wanted = bench.wanted(title="x" * 201, every="day")
    for act in (bench.planned, bench.book):
        with pytest.raises(Refusal) as refused:
            act(wanted)
        assert [reason.code for reason in refused.value.reasons] == ["repeats", "title_too_long"]


def test_nobody_books_a_series_for_a_stranger(bench) -> None:
    actor, other = actor_by_id(bench.person.id, bench.now), actor_by_id(bench.other.id, bench.now)
    with pytest.raises(Forbidden):
        plan(actor, other, bench.wanted(), bench.now)
    with deed(), pytest.raises(Forbidden):
        book_series(actor, other, bench.wanted(), bench.now)


def test_the_series_knows_its_reservations_by_their_place(bench) -> None:
    bench.world.holiday(bench.home, date(2027, 3, 9))
    made = bench.book(times=3)
    rows = db.session.query(SeriesOccurrence).order_by(SeriesOccurrence.position).all()
    assert [(row.series_id, row.position) for row in rows] == [(made.id, 0), (made.id, 2), (made.id, 3)]
    deeds = [row.deed for row in db.session.query(JournalEntry).order_by(JournalEntry.id)]
    assert deeds == ["reservation.created"] * 3 + ["series.created"]


def test_where_the_lab_decides_each_date_is_asked_for_and_held(bench) -> None:
    bench.world.approval_rule(bench.lab, "institution")
    assert all(row.asks for row in bench.planned().rows)
    made = bench.book()
    assert made.asks and {each.state for each in made.booked.values()} == {"requested"}
    assert count(Approval) == 4
    with pytest.raises(Taken):
        bench.book()


def test_a_hundred_dates_are_planned_and_booked_in_good_time(bench, statements) -> None:
    bench.world.rules(bench.thing, horizon_days=730)
    wanted = bench.wanted(times=100)
    bench.planned(wanted)
    statements.clear()
    found = bench.planned(wanted)
    assert outcomes(found) == ["free"] * 100
    assert len(statements) <= 105
    assert len(bench.book(wanted).booked) == 100
