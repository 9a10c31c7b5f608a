"""Hours that change in the middle of a day: what was open until then stays on record, and the change counts from then on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from instruments.availability import hours, many_hours
from instruments.availability.calendar import calendar_of
from instruments.availability.correcting import correct, take_back
from instruments.availability.day_lines import NamedDay
from instruments.availability.differing import WantedDays, add_days, remove_days
from instruments.availability.making_up import choose_make_up_hours
from instruments.availability.models import PastOpening
from instruments.availability.past import Past, as_it_was
from instruments.availability.week import parse_week
from instruments.availability.week_changes import NewWeek, WeekPlan
from instruments.database import db
from instruments.database.transactions import perform
from instruments.reservations.outside_hours import outside_hours
from instruments.timespan import intersect, merge
from tests.conftest import Statements
from tests.world import World, bearer

MONDAY = date(2027, 3, 1)
MIDNIGHT = datetime(2027, 2, 28, 16, tzinfo=UTC)  # in Xi'an
NOON = MIDNIGHT + timedelta(hours=12)
DAY, EVENING = "Mon-Fri 08:00-18:00", "Mon-Fri 20:00-21:00"


@pytest.fixture
def lab(world: World):
    return world.lab()


@pytest.fixture
def thing(world: World, lab):
    world.hours(lab, DAY)
    return world.instrument(lab, week=None)


def today(instrument, circle: str | None = None) -> list[str]:
    """What is open on that Monday."""
    db.session.rollback()
    first = int(MIDNIGHT.timestamp())
    calendar = calendar_of(instrument.id)
    assert calendar is not None
    spans = calendar.of(circle).opened(first, first + 86_400)
    return [f"{_clock(start - first)}-{_clock(end - first)}" for start, end in spans]


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def publish(owner, week: str, now: datetime = NOON, since: date = MONDAY, **more) -> None:
    perform(
        lambda: hours.publish_week(
            owner, parse_week(week), since=since, until=None, seen=hours.state_of(hours.weeks_of(owner)),
            actor_id=None, now=now, **more,
        )
    )  # fmt: skip


def kept() -> int:
    return db.session.scalar(select(func.count(PastOpening.id))) or 0


def test_other_hours_count_from_the_moment_they_are_published(lab, thing) -> None:
    publish(lab, EVENING)
    assert today(thing) == ["08:00-12:00", "20:00-21:00"]
    publish(lab, "Mon-Fri 14:00-16:00", NOON + timedelta(hours=3, minutes=20))
    assert today(thing) == ["08:00-12:00", "15:20-16:00"]
    publish(lab, "24/7", NOON + timedelta(hours=8))
    assert today(thing) == ["08:00-12:00", "15:20-16:00", "20:00-24:00"]
    assert kept() == 1


@pytest.mark.parametrize(
    ("week", "since", "open_then"),
    [
        ("Mon-Fri 08:00-21:00", MONDAY, ["08:00-21:00"]),
        (EVENING, MONDAY + timedelta(days=1), ["08:00-18:00"]),
        ("Mon-Fri 08:00-12:00", MONDAY, ["08:00-12:00"]),
    ],
)
def test_where_nothing_past_changes_nothing_is_kept(lab, thing, week, since, open_then) -> None:
    publish(lab, week, since=since)
    assert (today(thing), kept()) == (open_then, 0)


def test_the_first_hours_of_all_count_for_the_whole_day(world, lab) -> None:
    bare = world.instrument(lab, week=None)
    publish(lab, DAY)
    assert (today(bare), kept()) == (["08:00-18:00"], 0)


def test_only_for_whom_it_changes(world, lab, thing) -> None:
    own = world.instrument(lab, week="Mon-Fri 06:00-10:00")
    publish(lab, EVENING)
    assert today(own) == ["06:00-10:00"]
    publish(own, EVENING)
    perform(
        lambda: hours.follow_lab(
            own, since=MONDAY, seen=hours.state_of(hours.weeks_of(own)), actor_id=None, now=NOON
        )
    )
    assert today(own) == ["06:00-10:00", "20:00-21:00"]
    assert today(thing) == ["08:00-12:00", "20:00-21:00"]


def test_each_circle_keeps_what_it_had(world, lab) -> None:
    shared = world.instrument(lab, week=None, audience="companies")
    world.hours(lab, DAY)
    publish(lab, "24/7", MIDNIGHT + timedelta(hours=1), circles=["lab"])
    publish(lab, EVENING)
    publish(lab, "Mon 22:00-23:00", NOON + timedelta(hours=1), circles=["lab"])
    assert today(shared, "lab") == ["01:00-13:00", "22:00-23:00"]
    assert today(shared, "partners") == ["08:00-12:00", "20:00-21:00"]
    assert today(shared) == ["01:00-13:00", "20:00-21:00", "22:00-23:00"]


def test_many_at_once(world, lab) -> None:
    world.hours(lab, DAY)
    things = [world.instrument(lab, week=None) for _ in range(3)]
    change = NewWeek(EVENING, MONDAY, None, "")
    plans = {thing.id: WeekPlan(frozenset(), frozenset(), True) for thing in things[:2]}
    places = {thing.id: (lab.institution_id, lab.id) for thing in things}
    perform(lambda: _raised(lambda: many_hours.carry_out(plans, change, places, actor_id=None, now=NOON)))
    assert [today(thing) for thing in things] == [*[["08:00-12:00", "20:00-21:00"]] * 2, ["08:00-18:00"]]


def _raised(act) -> None:
    hours.raise_catalog()
    act()


def test_days_that_differ_and_days_off(world, lab, thing) -> None:
    by = {"actor_id": None, "now": NOON}
    row = perform(lambda: add_days(lab, WantedDays(MONDAY, MONDAY, "closed", "No gas"), **by))
    assert today(thing) == ["08:00-12:00"]
    later = {"actor_id": None, "now": NOON + timedelta(hours=2)}
    number, version = row.id, row.version
    perform(lambda: remove_days(db.session.get(type(row), number), version=version, **later))
    assert today(thing) == ["08:00-12:00", "14:00-18:00"]
    off = NamedDay(MONDAY, "Anniversary", "校庆日")
    last = {"today": MONDAY, "actor_id": None, "now": NOON + timedelta(hours=3)}
    perform(lambda: correct(lab.institution, [off], "holiday", **last))
    assert today(thing) == ["08:00-12:00", "14:00-15:00"]
    perform(lambda: take_back(lab.institution, MONDAY, **(last | {"now": NOON + timedelta(hours=5)})))
    assert today(thing) == ["08:00-12:00", "14:00-15:00", "17:00-18:00"]


def test_what_has_begun_goes_on_though_it_was_closed_for_a_moment(app, client, world, lab, thing) -> None:
    """Somebody closes the day by mistake, and takes it back a minute later."""
    user = world.person(lab.institution)
    held = world.reservation(thing, user, NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    row = perform(
        lambda: add_days(lab, WantedDays(MONDAY, MONDAY, "closed", "No gas"), actor_id=None, now=NOON)
    )
    number, version = row.id, row.version
    minute = {"actor_id": None, "now": NOON + timedelta(minutes=1)}
    perform(lambda: remove_days(db.session.get(type(row), number), version=version, **minute))
    assert today(thing) == ["08:00-12:00", "12:01-18:00"]
    app.config["FROZEN_NOW"] = NOON + timedelta(minutes=2)
    assert outside_hours([thing.id], NOON + timedelta(minutes=2)) == []
    answer = client.patch(
        f"/api/v1/reservations/{held.id}",
        json={"end": (NOON + timedelta(hours=2)).isoformat()},
        headers=bearer(world.token(user)) | {"If-Match": "*"},
    )
    assert answer.status_code == 200
    # Beyond the hours it still does not go.
    answer = client.patch(
        f"/api/v1/reservations/{held.id}",
        json={"end": (NOON + timedelta(hours=7)).isoformat()},
        headers=bearer(world.token(user)) | {"If-Match": "*"},
    )
    assert [each["code"] for each in answer.json["reasons"]] == ["outside_hours"]


def test_the_hours_of_a_make_up_day_chosen_on_that_day(world, lab) -> None:
    saturday = datetime(2027, 3, 6, 4, tzinfo=UTC)
    world.hours(lab, "Mon-Thu 08:00-18:00; Fri 08:00-16:00; Sat 10:00-11:00")
    thing = world.instrument(lab, week=None)
    world.holiday(lab.institution, saturday.date(), kind="make_up")
    perform(lambda: choose_make_up_hours(lab, "itself", actor_id=None, now=saturday))
    db.session.rollback()
    first = int((MIDNIGHT + timedelta(days=5)).timestamp())
    opened = calendar_of(thing.id).opened(first, first + 86_400)
    assert [(start - first, end - first) for start, end in opened] == [(8 * 3600, 12 * 3600)]


def test_the_statements_do_not_grow_with_the_instruments(world, lab, statements: Statements) -> None:
    counts = []
    world.hours(lab, DAY)
    for more, week in ((1, EVENING), (25, "24/7")):
        for _ in range(more):
            world.instrument(lab, week=None)
        statements.clear()
        publish(lab, week, NOON + timedelta(minutes=more))
        counts.append(len([each for each in statements if "past_opening" in each]))
    assert counts[0] == counts[1]
    assert kept() == 26


SPANS = st.lists(st.tuples(st.integers(0, 99), st.integers(1, 30)), max_size=6).map(
    lambda rows: merge((start, start + length) for start, length in rows)
)


@given(SPANS, SPANS, st.integers(0, 60), st.integers(1, 60))
def test_of_the_past_it_is_as_it_was_and_else_as_it_is(opened, before, since, length) -> None:
    until = since + length
    was = [(max(start, since), min(end, until)) for start, end in before if start < until and end > since]
    found = as_it_was(opened, [Past("", since, until, tuple(was))])
    for second in range(140):
        truth = was if since <= second < until else opened
        assert bool(intersect([(second, second + 1)], found)) == bool(
            intersect([(second, second + 1)], truth)
        )
