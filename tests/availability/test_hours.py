"""Publishing weekly hours: what is over stays, the week before ends or comes back, and it shows at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability import calendar
from instruments.availability.hours import (
    drop_plan,
    follow_lab,
    last_day,
    publish_week,
    state_of,
    week_on,
    weeks_of,
)
from instruments.availability.opening import in_force
from instruments.availability.week import parse_week
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import NotFound, Refusal, Stale
from instruments.journal.models import JournalEntry
from instruments.people.models import Lab

TODAY = date(2027, 3, 1)
SHORT, LONG = parse_week("Mon-Fri 09:00-12:00"), parse_week("Mon-Fri 08:00-20:00")


@pytest.fixture
def lab(world) -> Lab:
    return world.lab()


@pytest.fixture
def publish(now):
    def act(owner, week, since=TODAY, until=None, seen=None):
        seen = state_of(weeks_of(owner)) if seen is None else seen
        publish_week(owner, week, since=since, until=until, seen=seen, actor_id=None, now=now)

    return act


@pytest.fixture
def drop(now):
    def act(owner, begins):
        rows = weeks_of(owner)
        plan = next(row for row in rows if row.valid_from == begins)
        drop_plan(owner, plan.id, seen=state_of(rows), actor_id=None, now=now)

    return act


def weeks(owner) -> list[tuple[str, date | None, date | None]]:
    """What each week says, and the last day on which it can count."""
    rows = weeks_of(owner)
    return [(row.week, row.valid_from, last_day(row, rows)) for row in reversed(rows)]


def held(owner, *days: date) -> list[str | None]:
    """The owner's own week on each day."""
    found = (in_force(weeks_of(owner), day) for day in days)
    return [row and row.week for row in found]


@pytest.mark.parametrize(
    ("since", "until", "codes"),
    [
        (TODAY - timedelta(days=1), None, {"hours_over"}),
        (TODAY, TODAY - timedelta(days=1), {"hours_order"}),
        (date(9999, 12, 31), None, {"hours_far"}),
        (TODAY - timedelta(days=5), TODAY - timedelta(days=9), {"hours_over", "hours_order"}),
    ],
)
def test_days_that_are_over_and_dates_in_the_wrong_order_are_refused(
    lab, publish, since, until, codes
) -> None:
    with pytest.raises(Refusal) as refused:
        publish(lab, SHORT, since, until)
    assert {reason.code for reason in refused.value.reasons} == codes
    assert weeks(lab) == []


def test_today_is_read_on_the_wall_of_the_lab(world, publish) -> None:
    west = world.lab(zone="America/Los_Angeles")  # there it is still 28 February
    publish(west, SHORT, date(2027, 2, 28))
    assert weeks(west) == [(str(SHORT), date(2027, 2, 28), None)]


def test_a_change_made_on_what_is_no_longer_so_is_refused(world, lab, publish) -> None:
    world.hours(lab, str(SHORT))
    with pytest.raises(Stale):
        publish(lab, LONG, seen="")
    assert [row[0] for row in weeks(lab)] == [str(SHORT)]


def test_the_week_before_ends_the_day_before(world, lab, publish) -> None:
    world.hours(lab, str(SHORT), valid_from=date(2026, 1, 1))
    publish(lab, LONG, TODAY + timedelta(days=7))
    assert weeks(lab) == [
        (str(SHORT), date(2026, 1, 1), date(2027, 3, 7)),
        (str(LONG), date(2027, 3, 8), None),
    ]


def test_a_week_with_an_end_lets_the_one_before_come_back(world, lab, publish) -> None:
    world.hours(lab, str(SHORT))
    publish(lab, LONG, date(2027, 7, 1), date(2027, 8, 31))
    days = (TODAY, date(2027, 7, 1), date(2027, 8, 31), date(2027, 9, 1))
    assert held(lab, *days) == [str(SHORT), str(LONG), str(LONG), str(SHORT)]


def test_a_second_decision_for_the_same_day_replaces_the_first(lab, publish) -> None:
    publish(lab, SHORT)
    publish(lab, LONG)
    assert weeks(lab) == [(str(LONG), TODAY, None)]


def test_a_short_week_for_the_same_day_puts_the_first_off(lab, publish) -> None:
    publish(lab, SHORT)
    publish(lab, LONG, TODAY, TODAY + timedelta(days=6))
    assert held(lab, TODAY, date(2027, 3, 7), date(2027, 3, 8)) == [str(LONG), str(LONG), str(SHORT)]


def test_a_week_planned_for_later_still_begins_then(lab, publish) -> None:
    publish(lab, LONG, date(2027, 9, 1))
    publish(lab, SHORT, TODAY)
    assert held(lab, date(2027, 8, 31), date(2027, 9, 1)) == [str(SHORT), str(LONG)]


def test_the_same_week_again_changes_nothing(lab, publish) -> None:
    publish(lab, SHORT)
    before = state_of(weeks_of(lab))
    publish(lab, SHORT, TODAY + timedelta(days=3))
    assert state_of(weeks_of(lab)) == before
    assert len(db.session.scalars(select(JournalEntry)).all()) == 1


def test_an_instrument_follows_its_lab_again_from_a_date(world, lab, publish, now) -> None:
    world.hours(lab, str(LONG))
    instrument = world.instrument(lab, week=str(SHORT))
    publish(instrument, parse_week("24/7"), date(2027, 6, 1))
    day = TODAY + timedelta(days=2)
    follow_lab(instrument, since=day, seen=state_of(weeks_of(instrument)), actor_id=None, now=now)

    assert week_on(instrument, TODAY + timedelta(days=1)) == (SHORT, instrument)
    assert week_on(instrument, day) == (LONG, lab)
    assert week_on(instrument, date(2027, 6, 1)) == (LONG, lab)


def test_without_any_hours_there_is_no_week(world) -> None:
    assert week_on(world.instrument(week=None), TODAY) is None


def test_following_the_lab_already_is_no_deed(world, lab, publish, now) -> None:
    world.hours(lab, str(LONG))
    instrument = world.instrument(lab, week=None)
    follow_lab(instrument, since=TODAY, seen="", actor_id=None, now=now)
    assert db.session.scalars(select(JournalEntry)).all() == []


def test_a_plan_is_taken_back_and_the_week_before_holds_on(world, lab, publish, drop) -> None:
    world.hours(lab, str(SHORT))
    publish(lab, LONG, date(2027, 9, 1))
    drop(lab, date(2027, 9, 1))
    assert weeks(lab) == [(str(SHORT), None, None)]


def test_hours_given_up_for_the_labs_stay_given_up_when_a_later_plan_is_taken_back(
    world, lab, publish, drop, now
) -> None:
    world.hours(lab, str(LONG))
    instrument = world.instrument(lab, week=str(SHORT))
    gone = date(2027, 6, 1)
    follow_lab(instrument, since=gone, seen=state_of(weeks_of(instrument)), actor_id=None, now=now)
    publish(instrument, parse_week("24/7"), gone)
    drop(instrument, gone)
    assert weeks(instrument) == [(str(SHORT), None, date(2027, 5, 31))]
    assert week_on(instrument, gone) == (LONG, lab)


def test_a_week_with_an_end_keeps_its_end_when_the_plan_after_it_is_taken_back(lab, publish, drop) -> None:
    publish(lab, SHORT, TODAY, date(2027, 8, 31))
    for begins in (date(2027, 9, 1), date(2027, 7, 1)):
        publish(lab, LONG, begins)
        drop(lab, begins)
        assert weeks(lab) == [(str(SHORT), TODAY, date(2027, 8, 31))]


def test_a_short_week_taken_back_leaves_the_plan_of_the_same_day(lab, publish, drop) -> None:
    begins = date(2027, 9, 1)
    publish(lab, SHORT)
    publish(lab, LONG, begins)
    publish(lab, parse_week("24/7"), begins, date(2027, 9, 7))
    assert held(lab, begins, date(2027, 9, 8)) == ["24/7", str(LONG)]
    drop(lab, begins)
    assert held(lab, begins, date(2027, 9, 8)) == [str(LONG), str(LONG)]


def test_only_ones_own_plans_that_have_not_begun_are_taken_back(world, lab, publish, now) -> None:
    publish(lab, SHORT)
    begun, seen = weeks_of(lab)[0], state_of(weeks_of(lab))
    with pytest.raises(Refusal, match="hours_begun"):
        drop_plan(lab, begun.id, seen=seen, actor_id=None, now=now)
    with pytest.raises(NotFound):
        drop_plan(world.lab(), begun.id, seen="", actor_id=None, now=now)


def test_what_is_published_is_open_at_once(world, lab, publish) -> None:
    instrument: Instrument = world.instrument(lab, week=None)
    monday = (
        int(datetime(2027, 3, 1, tzinfo=UTC).timestamp()),
        int(datetime(2027, 3, 1, 16, tzinfo=UTC).timestamp()),
    )
    assert calendar.calendar_of(instrument.id).opened(*monday) == []
    publish(lab, SHORT)
    nine = int(datetime(2027, 3, 1, 1, tzinfo=UTC).timestamp())
    assert calendar.calendar_of(instrument.id).opened(*monday) == [(nine, nine + 3 * 3600)]


def test_each_deed_is_in_the_journal(world, publish, now) -> None:
    instrument = world.instrument(week=str(SHORT))
    publish(instrument, LONG, TODAY)
    follow_lab(instrument, since=TODAY, seen=state_of(weeks_of(instrument)), actor_id=None, now=now)
    entries = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    assert [(each.deed, each.thing_kind, each.thing_id, each.lab_id) for each in entries] == [
        ("hours.published", "instrument", instrument.id, instrument.lab_id),
        ("hours.withdrawn", "instrument", instrument.id, instrument.lab_id),
    ]
    assert entries[0].detail == {"week": str(LONG), "from": "2027-03-01", "to": None, "before": str(SHORT)}
