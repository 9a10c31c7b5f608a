"""What a refusal proposes would be taken: not while its user is suspended, and by the limits of the day it lies on."""

from __future__ import annotations

import contextlib
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask_babel import force_locale

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import Refusal
from instruments.people.signing import actor_by_id
from instruments.reservations.alternatives import alternatives
from instruments.reservations.booking import BookingRequest, check
from instruments.reservations.conduct.models import Violation
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.judging import wish_of
from instruments.reservations.scene import Wish
from instruments.timespan import instant
from instruments.web.reasons import remedy

HOUR = timedelta(hours=1)


def proposed(person: Any, thing: Any, start: datetime, end: datetime, now: datetime) -> dict[str, tuple]:
    """By the code of each reason, the span that comes of its fix; nothing stands against any of them."""
    actor, found = actor_by_id(person.id, now), {}
    with pytest.raises(Refusal) as refused:
        check(actor, actor, BookingRequest(thing.id, start, end), now)
    for reason in refused.value.reasons:
        span = reason.fix.get("start", start), reason.fix.get("end", end)
        if span != (start, end):
            check(actor, actor, BookingRequest(thing.id, *span), now)
            found[reason.code] = span
    return found


def test_nothing_is_proposed_that_lies_within_a_suspension(world, now) -> None:
    lab = world.lab()
    thing, user = world.instrument(lab, week="daily 09:00-18:00"), world.person(lab.institution)
    until = now + timedelta(days=3)
    row = Violation(
        lab_id=lab.id, person_id=user.id, kind_id=world.violation_kind(lab).id, happened_on=now.date(), reason="Dirt",
        recorded_by_id=world.person(lab.institution).id, recorded_at=now, expires_at=now + 300 * 24 * HOUR,
        suspended_until=until,
    )  # fmt: skip
    db.session.add(row)
    revision.raise_catalog()
    db.session.commit()
    night = now + 38 * HOUR  # Tuesday, 22:00
    found = proposed(user, thing, night, night + HOUR, now)
    assert all(start >= until for start, _ in found.values())


def test_what_is_proposed_on_another_date_keeps_to_the_limits_of_that_date(world, now) -> None:
    thing = world.instrument(week="Wed-Sun 09:00-18:00")
    world.dated_rules(thing, date(2027, 3, 3), date(2027, 3, 9), grid_minutes=240, longest_minutes=240)
    night = (
        now + 38 * HOUR
    )  # Tuesday, 22:00: the nearest opening is that of Wednesday, where other steps hold
    proposed(world.person(thing.institution), thing, night, night + HOUR, now)


def test_the_last_day_ends_on_the_wall_of_the_instrument(world) -> None:
    now = datetime(2027, 3, 1, tzinfo=UTC)
    thing = world.instrument(world.lab(zone="Pacific/Apia"))  # ahead of the platform's own
    user = world.person(thing.institution, ends_on=date(2027, 3, 2))
    actor, until = actor_by_id(user.id, now), datetime(2027, 3, 2, 11, tzinfo=UTC)
    wish = wish_of(until - HOUR, until + HOUR)
    spans = [
        *alternatives(thing.id, wish, actor, now).nearest,
        *((each.start, each.end) for each in _free(thing.id, actor, until - 2 * HOUR, now)),
    ]
    assert spans and all(end <= int(until.timestamp()) for _, end in spans)
    assert _free(thing.id, actor, until, now) == []


def _free(number: int, actor: Any, since: datetime, now: datetime) -> Any:
    first, last = Wish(*wish_of(since, since + 12 * HOUR))
    return find_free([number], FreeSearch(3600, first, last, actor=actor), now).spans


def remedies(person: Any, thing: Any, start: datetime, end: datetime, now: datetime) -> dict[str, tuple]:
    """By the code of each reason its remedy, and the time that comes of its fix; None without one."""
    actor = actor_by_id(person.id, now)
    with pytest.raises(Refusal) as refused:
        check(actor, actor, BookingRequest(thing.id, start, end), now)
    found = {}
    for reason in refused.value.reasons:
        span = reason.fix.get("start", start), reason.fix.get("end", end)
        found[reason.code] = (remedy(reason), span if span != (start, end) else None)
    return found


def test_a_remedy_names_no_time_that_would_be_refused(app, world) -> None:
    """Open 9 to 17 on Saturdays, the last two hours held: the nearest opening and the shorter end are both none."""
    now = datetime(2027, 3, 1, tzinfo=UTC)
    lab = world.lab()
    thing, user = world.instrument(lab, week="Sat 09:00-17:00"), world.person(lab.institution)
    world.rules(lab, longest_minutes=240)
    world.quota(lab, amount=1)
    five = datetime(2027, 3, 6, 9, tzinfo=UTC)
    world.reservation(thing, world.person(lab.institution), five - 2 * HOUR, five)
    with app.test_request_context(), force_locale("en"):
        found = remedies(user, thing, five + 2 * HOUR, five + 4 * HOUR, now)
    assert found["outside_hours"] == ("Stay within the opening hours.", None)
    assert found["quota"] == ("Book less, or choose another time.", None)


def test_where_two_fixes_are_needed_each_remedy_names_what_comes_of_both(app, world) -> None:
    now = datetime(2027, 3, 1, tzinfo=UTC)
    lab = world.lab()
    thing, user = world.instrument(lab, week="Sat 09:00-17:00"), world.person(lab.institution)
    world.rules(lab, consecutive_minutes=180)
    four = datetime(2027, 3, 6, 8, tzinfo=UTC)
    with app.test_request_context(), force_locale("en"):
        found = remedies(user, thing, four, four + 4 * HOUR, now)
    until_five = (four, four + HOUR)
    assert found["in_a_row"] == ("Choose Sat 6 Mar 2027, 16:00–17:00 instead.", until_five)
    free = "Part of the time you wanted is free: Sat 6 Mar 2027, 16:00–17:00."
    assert found["outside_hours"] == (free, until_five)


@pytest.mark.parametrize(
    ("closed", "held", "free"),
    [
        ((9, 10), None, (10, 12)),
        ((11, 13), None, (9, 11)),
        (None, (9, 11), (11, 12)),
        ((9, 10), (11, 12), (10, 11)),
        ((8, 11), (11, 13), None),
    ],
)
def test_the_part_that_is_free_is_named_and_is_what_the_fix_takes(app, world, closed, held, free) -> None:
    """Nine to twelve is wanted; hours on the wall of that day."""
    now, midnight = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 3, 5, 16, tzinfo=UTC)
    lab = world.lab()
    thing, user = world.instrument(lab, week="Sat 08:00-18:00"), world.person(lab.institution)
    if closed:
        world.closure(thing, *(midnight + hour * HOUR for hour in closed), kind="maintenance")
    if held:
        world.reservation(thing, world.person(lab.institution), *(midnight + hour * HOUR for hour in held))
    with app.test_request_context(), force_locale("en"):
        found = remedies(user, thing, midnight + 9 * HOUR, midnight + 12 * HOUR, now)
    assert set(found) == {code for code, met in (("maintenance", closed), ("taken", held)) if met}
    for said, span in found.values():
        if free is None:
            assert span is None and "free" not in said
        else:
            first, last = free
            assert said == f"Part of the time you wanted is free: Sat 6 Mar 2027, {first:02}:00–{last}:00."
            assert span == (midnight + first * HOUR, midnight + last * HOUR)


def test_the_horizon_names_no_start_at_which_it_is_closed(app, world) -> None:
    now = datetime(2027, 3, 1, 14, tzinfo=UTC)  # 22:00 on the wall, and so is the last start
    lab = world.lab()
    thing, user = world.instrument(lab, week="daily 09:00-17:00"), world.person(lab.institution)
    world.rules(lab, horizon_days=10)
    start = datetime(2027, 3, 20, 2, tzinfo=UTC)
    with app.test_request_context(), force_locale("en"):
        found = remedies(user, thing, start, start + HOUR, now)
    assert found["horizon"] == ("Choose an earlier time.", None)


ZONES = (
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Europe/London",
    "Asia/Tehran",
)
# Before clocks change in spring and in autumn, and before a year ends.
NOWS = (
    datetime(2027, 3, 12, 7, 13, tzinfo=UTC),
    datetime(2027, 3, 26, 20, tzinfo=UTC),
    datetime(2027, 10, 29, 9, 59, 59, tzinfo=UTC),
    datetime(2026, 12, 30, 23, 7, tzinfo=UTC),
)
WEEKS = (
    "24/7",
    "Mon-Fri 08:00-18:00",
    "daily 22:00-06:00",
    "Mon-Sun 01:30-03:30, 09:00-12:30",
    "Sat-Sun 00:30-23:30",
)


def _limits(draw: random.Random) -> dict[str, int]:
    """Some limits, drawn at random."""
    limits = {
        "grid_minutes": (5, 15, 45, 240), "shortest_minutes": (15, 60), "longest_minutes": (60, 240, 1440),
        "lead_minutes": (0, 600), "horizon_days": (5, 60), "buffer_minutes": (10, 60), "partners_days": (3, 20),
    }  # fmt: skip
    return {name: draw.choice(values) for name, values in limits.items() if draw.random() < 0.5}


@pytest.mark.parametrize("seed", range(10))
def test_in_whatever_lab_what_is_proposed_can_be_booked(world, seed) -> None:
    draw = random.Random(seed)
    now, lab = draw.choice(NOWS), world.lab(zone=draw.choice(ZONES))
    thing = world.instrument(lab, week=None, capacity=draw.choice((1, 1, 2)))
    world.hours(lab, draw.choice(WEEKS))
    world.hours(thing, draw.choice(WEEKS), circles=draw.choice(("partners", "institution", "")))
    world.rules(lab, **_limits(draw))
    day = (now + timedelta(days=draw.randint(1, 5))).date()
    world.dated_rules(thing, day, day + timedelta(days=2), **_limits(draw))
    world.days(lab, (now + timedelta(days=3)).date(), times=draw.choice(("closed", "02:00-04:00")))
    world.closure(thing, now + draw.randint(1, 90) * HOUR, now + 100 * HOUR)
    for place in draw.sample(range(90), 6):
        start = now.replace(minute=0, second=0) + place * 2 * HOUR
        world.reservation(thing, world.person(lab.institution), start, start + HOUR)
    leaves = world.person(lab.institution, ends_on=(now + timedelta(days=5)).date())
    for user in (leaves, world.person(world.institution())):
        actor = actor_by_id(user.id, now)
        assert actor
        for length in (900, 5400, 86_400):
            first = int(now.timestamp())
            found = find_free(
                [thing.id], FreeSearch(length, first, first + 9 * 86_400, actor=actor), now
            ).spans
            spans = [(each.start, each.end) for each in found]
            begins = first + draw.randint(0, 300) * 1800
            near = alternatives(thing.id, Wish(begins, begins + length), actor, now).nearest
            for span in (*spans, *near):
                check(actor, actor, BookingRequest(thing.id, *map(instant, span)), now)
        for _ in range(8):
            start = now.replace(minute=0, second=0) + draw.randint(-2, 440) * HOUR / 2
            end = start + draw.choice((HOUR / 4, HOUR, 25 * HOUR))
            with contextlib.suppress(Refusal):
                check(actor, actor, BookingRequest(thing.id, start, end), now)
                continue
            proposed(user, thing, start, end, now)
