"""Days that differ from the week: refused when over or unsaid, never rewritten in what is over, seen at once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.availability.calendar import calendar_of
from instruments.availability.differing import (
    WantedDays,
    add_days,
    change_days,
    days_of,
    days_over,
    remove_days,
    the_days,
)
from instruments.availability.models import DifferentDay
from instruments.database import db
from instruments.errors import NotFound, Refusal, Stale
from instruments.journal.models import JournalEntry

TODAY = date(2027, 3, 1)
ONE = timedelta(days=1)


def wanted(first=TODAY, last=None, times="closed", reason="Stocktaking") -> WantedDays:
    return WantedDays(first, last or first, times, reason)


@pytest.fixture
def lab(world, now):
    return world.lab()


@pytest.fixture
def by(now):
    return {"actor_id": None, "now": now}


def kept(owner) -> list[tuple[date, date, str]]:
    rows = [*reversed(days_over(owner, TODAY)), *days_of(owner, TODAY)]
    return [(row.valid_from, row.valid_to, row.times) for row in rows]


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        (wanted(TODAY - ONE), {"hours_over"}),
        (wanted(TODAY, TODAY - ONE), {"hours_order"}),
        (wanted(TODAY, TODAY + 366 * ONE), {"days_long"}),
        (wanted(reason="  "), {"days_reason"}),
        (wanted(reason="x" * 201), {"days_reason_long"}),
        (wanted(times=""), {"times_empty"}),
        (wanted(times="whenever"), {"week_time"}),
        (wanted(times="08:00-12:00, 11:00-13:00"), {"week_overlap"}),
        (wanted(TODAY - ONE, TODAY - 2 * ONE, "25:00", ""), {"hours_over", "hours_order", "week_time", "days_reason"}),
    ],
)  # fmt: skip
def test_every_reason_is_told(lab, by, asked, codes) -> None:
    with pytest.raises(Refusal) as refused:
        add_days(lab, asked, **by)
    assert {reason.code for reason in refused.value.reasons} == codes
    assert kept(lab) == []


def test_days_open_on_a_holiday_and_close_the_labs_instruments_at_once(world, lab, by) -> None:
    thing = world.instrument(lab, week="24/7")
    world.holiday(lab.institution, TODAY + ONE)
    add_days(lab, wanted(TODAY), **by)
    add_days(thing, wanted(TODAY + ONE, times="9-12、13:00-17:00"), **by)
    db.session.commit()
    first = int(datetime(2027, 2, 28, 16, tzinfo=UTC).timestamp())
    spans = calendar_of(thing.id).opened(first, first + 2 * 86_400)
    # It is eight o'clock: until then it was open.
    hours = [((start - first) // 3600, (end - first) // 3600) for start, end in spans]
    assert hours == [(0, 8), (33, 36), (37, 41)]
    assert [row.times for row in days_of(thing, TODAY)] == ["09:00-12:00, 13:00-17:00".replace(" ", "")]


def test_of_days_that_have_begun_only_the_rest_is_changed(world, lab, by) -> None:
    row = world.days(lab, TODAY - 2 * ONE, TODAY + 2 * ONE)
    change_days(row, wanted(TODAY - 2 * ONE, TODAY + ONE, "09:00-10:00"), version=1, **by)
    assert kept(lab) == [(TODAY - 2 * ONE, TODAY - ONE, "closed"), (TODAY, TODAY + ONE, "09:00-10:00")]


def test_of_days_that_have_begun_only_the_rest_is_taken_back(world, lab, by) -> None:
    row = world.days(lab, TODAY - 2 * ONE, TODAY + 2 * ONE)
    remove_days(row, version=1, **by)
    assert kept(lab) == [(TODAY - 2 * ONE, TODAY - ONE, "closed")]


def test_days_that_are_over_stay(world, lab, by) -> None:
    row = world.days(lab, TODAY - 2 * ONE, TODAY - ONE)
    for act in (
        lambda: remove_days(row, version=1, **by),
        lambda: change_days(row, wanted(TODAY - 2 * ONE), version=1, **by),
    ):
        with pytest.raises(Refusal):
            act()
    begun = world.days(lab, TODAY - ONE, TODAY)
    with pytest.raises(Refusal) as refused:
        change_days(begun, wanted(TODAY - ONE, TODAY - ONE), version=1, **by)
    assert [reason.field for reason in refused.value.reasons] == ["last"]


def test_days_to_come_are_changed_and_taken_back(world, lab, by) -> None:
    row = world.days(lab, TODAY + ONE)
    change_days(row, wanted(TODAY + 2 * ONE, times="00:00-24:00"), version=1, **by)
    assert kept(lab) == [(TODAY + 2 * ONE, TODAY + 2 * ONE, "00:00-24:00")]
    with pytest.raises(Stale):
        remove_days(row, version=1, **by)
    remove_days(row, version=2, **by)
    assert db.session.scalars(select(DifferentDay.id)).all() == []
    entries = db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)).all()
    assert entries == ["days.changed", "days.removed"]


def test_days_of_another_owner_are_not_there(world, lab) -> None:
    row = world.days(world.lab(), TODAY)
    with pytest.raises(NotFound):
        the_days(lab, row.id)
