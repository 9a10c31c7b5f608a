"""No way in skips a rule: each rule that forbids a time is held against each way in which somebody could come by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from instruments.availability.busy import replace_busy
from instruments.availability.day_models import CalendarDay
from instruments.availability.models import BusyTime, Closure, DifferentDay, OpeningHours
from instruments.catalog import revision
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.rights import Role
from instruments.qualifications.models import QualificationRule
from instruments.reservations import conditions
from instruments.reservations.conduct.models import Violation, ViolationKind
from instruments.reservations.handing_over import hand_over
from instruments.reservations.models import Override, Reservation, RulesRow
from instruments.reservations.quota_models import QuotaRow
from instruments.reservations.who_asks import Asking
from tests.reservations.ways_in import (
    BY_STAFF,
    HOUR,
    OVERRIDING,
    WAYS,
    WHY,
    Place,
    by_page,
    by_program,
    handed_over,
    series_by_program,
    series_on_page,
    walked_up,
)

NIGHT = {"night_from": 20 * 60, "night_until": 8 * 60}
DAY = date(2027, 3, 2)


def _set(row: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    revision.raise_catalog()
    db.session.commit()


def _limits(**limits: Any) -> Callable[[Place], object]:
    return lambda place: place.world.rules(place.instrument, **limits)


def _quota(**values: Any) -> Callable[[Place], object]:
    return lambda place: place.world.quota(place.lab, amount=1, **values)


def _hours(place: Place, **others: Any) -> None:
    db.session.query(OpeningHours).filter_by(instrument_id=place.instrument_id).delete()
    place.world.hours(place.instrument, "daily 08:00-18:00")
    if others:
        place.world.hours(place.instrument, "daily 18:00-24:00", **others)


def _busy(place: Place) -> None:
    first = int(place.start.timestamp())
    perform(lambda: replace_busy(1, place.lab, [(first - 3600, first + 60)], place.now))


def _part_closed(place: Place) -> None:
    _set(place.instrument, capacity=2)
    place.world.reservation(place.instrument, place.manager, place.start, place.end)
    place.world.closure(place.instrument, place.start + HOUR, place.end, units=1)


def _suspended(place: Place) -> None:
    kind = place.world.violation_kind(place.lab)
    row = Violation(
        lab_id=place.lab.id, person_id=place.user.id, kind_id=kind.id, happened_on=place.now.date(),
        reason="Left it dirty", recorded_by_id=place.manager.id, recorded_at=place.now,
        expires_at=place.now + timedelta(days=300), suspended_until=place.now + timedelta(days=30),
    )  # fmt: skip
    db.session.add(row)
    _set(row)


# What the time itself may be; who takes over what stands leaves it as it is.
OF_THE_TIME: dict[str, Callable[[Place], object]] = {
    "off the grid": _limits(grid_minutes=90),
    "too short": _limits(shortest_minutes=180),
    "too long": _limits(longest_minutes=60),
    "too soon": _limits(lead_minutes=40 * 60),
    "too near to another": lambda place: (
        place.world.rules(place.instrument, buffer_minutes=30),
        place.world.reservation(place.instrument, place.manager, place.start - HOUR, place.start),
    ),
    "taken": lambda place: place.world.reservation(
        place.instrument, place.manager, place.start, place.start + HOUR
    ),
    "one of two places taken, the other closed": _part_closed,
    "closed": lambda place: place.world.closure(place.instrument, place.start + HOUR, place.end),
    "busy in the lab's calendar": _busy,
    "outside the hours": _hours,
    "closed on this day": lambda place: place.world.days(place.instrument, DAY),
    "a holiday": lambda place: place.world.holiday(place.home, DAY),
    "no longer in service": lambda place: _set(place.instrument, retired_on=date(2027, 3, 1)),
    "not yet in service": lambda place: _set(place.instrument, commissioned_on=date(2027, 3, 3)),
    "out of order": lambda place: _set(place.instrument, status="down"),
}
# What is asked of who will use it.
OF_THE_PERSON: dict[str, Callable[[Place], object]] = {
    "too far ahead for partners": _limits(partners_days=1),
    "too much in a row": _limits(consecutive_minutes=90),
    "not open to them": lambda place: _set(place.instrument, audience="institution"),
    "hours of others": lambda place: _hours(place, circles="lab"),
    "their quota": _quota(),
    "their quota of reservations held": _quota(per="future"),
    "the quota of their group": _quota(holder="group"),
    "the quota of their institution": _quota(holder="institution", per="month"),
    "their quota of nights": _quota(per="day", peak="daily 20:00-24:00"),
    "the institution's quota": lambda place: place.world.quota(place.home, amount=1, per="year"),
    "not qualified": lambda place: place.world.needs(place.lab, level="independent"),
    "not admitted": lambda place: place.world.needs(place.lab, admission=True),
    "alone at night": lambda place: place.world.needs(place.lab, two_at_night=True, **NIGHT),
    "suspended": _suspended,
    "gone by then": lambda place: _set(place.user, ends_on=date(2027, 3, 1)),
}
# What a way has nothing to do with: who takes over what stands leaves its time as it is, and who begins at this moment
# plans nothing.
APART = {
    handed_over: frozenset(OF_THE_TIME),
    walked_up: frozenset({"off the grid", "too short", "too soon", "too far ahead for partners"}),
}
# Limits and quotas, and whose hours they are, give way to a reason of the lab's staff; nothing else does.
OVERRIDABLE = frozenset(
    {
        "off the grid", "too short", "too long", "too soon", "too near to another", "too far ahead for partners",
        "too much in a row", "hours of others", "their quota", "their quota of reservations held",
        "the quota of their group", "the quota of their institution", "their quota of nights", "the institution's quota",
    }
)  # fmt: skip


IN_SERVICE = {
    "status": "in_service",
    "audience": "companies",
    "retired_on": None,
    "commissioned_on": None,
    "capacity": 1,
}
RULES = (
    RulesRow, QuotaRow, QualificationRule, Violation, ViolationKind, BusyTime, Closure, DifferentDay, CalendarDay,
    OpeningHours,
)  # fmt: skip


def _without_rules(place: Place) -> None:
    """Take every rule of the tables back; what was prepared stays, because it was refused."""
    for table in RULES:
        db.session.query(table).delete()
    db.session.query(Reservation).filter_by(user_id=place.ids["manager"]).delete()
    place.world.hours(place.lab)
    place.user.ends_on = None
    _set(place.instrument, **IN_SERVICE)


@pytest.fixture
def place(app, client, world, now) -> Place:
    return Place(app, client, world, now)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_in_skips_a_rule_and_without_one_each_leads_in(place, way) -> None:
    act = way(place)
    for name, rule in (OF_THE_TIME | OF_THE_PERSON).items():
        if name in APART.get(way, ()):
            continue
        rule(place)
        act()
        assert not place.state(), f"{way.__name__} skips: {name}"
        _without_rules(place)
    act()
    assert place.state() == "confirmed"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_what_is_asked_from_tomorrow_on_is_asked_by_every_way_in(place, way, monkeypatch) -> None:
    act, asked = way(place), []

    def tomorrows(asking: Asking, thing: Any, wish: Any, now: int) -> list[Reason]:
        asked.append((asking.user.person_id, thing.id))
        return [Reason("tomorrow", "start", "Not before the rule of tomorrow is met.")]

    monkeypatch.setattr(conditions, "CONDITIONS", (*conditions.CONDITIONS, tomorrows))
    act()
    assert not place.state(), way.__name__
    # Of whoever will use it, not of who does the deed.
    assert (place.ids["user"], place.instrument_id) in asked
    monkeypatch.undo()
    act()
    assert place.state() == "confirmed"


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_in_skips_the_labs_approval(place, way) -> None:
    act = way(place)
    place.world.approval_rule(place.lab, "partners")
    act()
    # Who stands before it is told to ask.
    assert place.state() == ("confirmed" if way in BY_STAFF else "" if way is walked_up else "requested")


@pytest.mark.parametrize("way", OVERRIDING, ids=lambda way: way.__name__)
def test_staff_override_limits_and_quotas_with_a_reason_and_nothing_else(place, way) -> None:
    act = way(place)
    for name, rule in (OF_THE_TIME | OF_THE_PERSON).items():
        if name not in OVERRIDABLE:
            rule(place)
            act()
            assert not place.state(), f"{way.__name__} overrides: {name}"
            _without_rules(place)


@pytest.mark.parametrize("name", sorted(OVERRIDABLE))
@pytest.mark.parametrize("way", OVERRIDING, ids=lambda way: way.__name__)
def test_each_limit_gives_way_to_a_reason_that_is_kept(place, way, name) -> None:
    act = way(place)
    (OF_THE_TIME | OF_THE_PERSON)[name](place)
    act()
    assert place.state() == "confirmed"
    kept = db.session.scalars(select(Override)).all()
    assert {row.reason for row in kept} == {WHY}


@pytest.mark.parametrize(
    "way", [by_page, by_program, series_on_page, series_by_program], ids=lambda way: way.__name__
)
def test_who_works_in_several_groups_says_for_which_so_that_its_quota_counts(place, way) -> None:
    act = way(place)
    place.world.grant(place.user, Role.MEMBER, place.world.group(place.user.institution))
    place.world.quota(place.lab, holder="group")
    act()
    assert not place.state()


def test_what_is_handed_over_counts_for_the_only_group_of_who_gets_it(place) -> None:
    theirs = place.world.person(place.user.institution)
    place.world.reservation(place.instrument, theirs, place.start, place.end)
    number = db.session.query(Reservation.id).scalar()
    perform(lambda: hand_over(place.actor("above"), place.actor("user"), number, None, place.now))
    assert db.session.get(Reservation, number).group_id == place.group.id


def test_it_goes_to_the_second_person_where_no_second_is_needed(place) -> None:
    number = place.holds(user=place.colleague, at=place.start)
    db.session.get(Reservation, number).second_id = place.ids["user"]
    db.session.commit()

    def handed() -> None:
        perform(lambda: hand_over(place.actor("above"), place.actor("user"), number, None, place.now))

    needs = place.world.needs(place.lab, two_at_night=True, **NIGHT)
    with pytest.raises(Refusal):
        handed()
    db.session.delete(needs)
    _set(place.instrument)
    handed()
    assert db.session.get(Reservation, number).second_id is None
