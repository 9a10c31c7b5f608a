"""What is read of an instrument from the database comes to the hours of the golden cases."""

from __future__ import annotations

from fractions import Fraction

import pytest

from instruments.timespan import instant
from instruments.utilization import periods
from instruments.utilization.counting import counts_of
from instruments.utilization.figures import external_seconds
from instruments.utilization.layers import layers_of
from instruments.utilization.reading import records, things
from tests.utilization import facts
from tests.utilization.golden import at, span
from tests.world import World

DAY = "2026-11-25"
LATER = instant(at("2027-06-01 00:00"))
WEEK = "Mon-Fri 09:00-17:00"


class Place:
    """An instrument of one institution, somebody of it, and a guest of a company."""

    def __init__(self, world: World, **values: object) -> None:
        self.world = world
        self.home, self.firm = world.institution(), world.institution(kind="company")
        self.thing = world.instrument(world.lab(self.home), week=WEEK, **values)
        self.own, self.guest = world.person(self.home), world.person(self.firm)

    def found(self, period: str = f"{DAY}..{DAY}"):
        [thing] = things([self.thing.id])
        seconds = periods.read(period).seconds(thing.zone)
        record = records([thing], *seconds, LATER)[thing.id]
        return record, layers_of(record, seconds), counts_of(record, seconds)

    def hours(self, *layers: str, period: str = f"{DAY}..{DAY}") -> list[Fraction]:
        found = self.found(period)[1]
        return [Fraction(getattr(found, layer), 3600) for layer in layers]


@pytest.fixture
def place(world: World) -> Place:
    return Place(world)


def test_nothing_is_read_of_what_is_not_there(app) -> None:
    assert things([]) == things([99]) == []
    assert records([], 0, 3600, LATER) == {}


def test_a_use_over_new_year(place) -> None:
    facts.use(place.thing, place.own, (at("2026-12-31 22:00"), at("2027-01-01 03:00")))
    for period, hours, uses in (("2026", 2, 1), ("2027", 3, 0), ("2026/27", 5, 1)):
        assert place.hours("effective", period=period) == [hours]
        assert place.found(period)[2].uses == uses


def test_own_and_guest_share_what_overlaps(place) -> None:
    facts.use(place.thing, place.own, span(DAY, "09:00-12:00"))
    facts.use(place.thing, place.guest, span(DAY, "11:00-13:00"))
    record, layers, counts = place.found()
    assert (layers.effective / 3600, external_seconds(record, layers.parts) / 3600) == (4, Fraction(3, 2))
    assert (counts.uses, counts.external_uses, counts.persons) == (2, 1, {place.own.id, place.guest.id})
    assert counts.evidence == {"typed": 5 * 3600}


def test_downtime_closures_and_holidays(place) -> None:
    booked = place.world.reservation(place.thing, place.own, *map(instant, span(DAY, "09:00-11:00")))
    facts.use(place.thing, place.own, span(DAY, "09:00-11:00"), booked)
    place.world.closure(place.thing, *map(instant, span(DAY, "09:30-10:00")), kind="breakdown")
    place.world.closure(place.thing.lab, *map(instant, span(DAY, "16:00-17:00")), kind="closed")
    assert place.hours("open", "bookable", "effective", "unused", "reserved") == [
        7, Fraction(13, 2), Fraction(3, 2), 0, 2,
    ]  # fmt: skip
    assert place.found()[2].repairs == 1
    place.world.holiday(place.home, periods.read(f"{DAY}..{DAY}").first)
    assert place.hours("open", "bookable", "inside", "outside") == [0, 0, 0, Fraction(3, 2)]


def test_a_no_show_and_who_came_instead(place) -> None:
    missed = place.world.reservation(
        place.thing, place.own, *map(instant, span(DAY, "09:00-11:00")), state="no_show",
        held_until=instant(at(f"{DAY} 09:15")),
    )  # fmt: skip
    came = place.world.reservation(place.thing, place.guest, *map(instant, span(DAY, "09:30-11:00")))
    facts.use(place.thing, place.guest, span(DAY, "09:30-11:00"), came)
    place.world.reservation(
        place.thing, place.own, *map(instant, span(DAY, "13:00-15:00")), state="cancelled"
    )
    assert place.hours("reserved", "attended", "unused") == [2, Fraction(3, 2), Fraction(1, 2)]
    counts = place.found()[2]
    assert (counts.no_shows, counts.reservations, missed.live) == (1, 2, True)


def test_reserved_is_what_was_reserved_when_it_began(place) -> None:
    start, end = span(DAY, "09:00-12:00")
    booked = place.world.reservation(place.thing, place.own, instant(start), instant(end))
    made = facts.use(place.thing, place.own, (start, end), booked)
    made.reserved_until = instant(end - 3600)
    place.world._keep(made)
    assert place.hours("reserved") == [2]


def test_idling_and_faults_are_attended_and_not_effective(place) -> None:
    made = facts.use(place.thing, place.own, span(DAY, "09:00-12:00"))
    facts.span(made, span(DAY, "10:00-10:30"), layer="idle")
    facts.span(made, span(DAY, "11:00-11:15"), layer="fault")
    assert place.hours("attended", "effective") == [3, Fraction(9, 4)]


def test_a_run_for_two_is_divided_by_samples(place) -> None:
    made = facts.use(place.thing, place.own, span(DAY, "09:00-12:00"), kind="run")
    facts.customer(made, place.firm.id, 0, 4)
    facts.customer(made, place.home.id, 1, 2)
    record, layers, counts = place.found()
    assert (external_seconds(record, layers.parts) / 3600, layers.effective / 3600) == (2, 3)
    assert (counts.samples, counts.external_samples) == (6, 4)


def test_what_was_undone_counts_nothing_and_what_comes_after_the_confirmation_neither(place) -> None:
    facts.use(
        place.thing,
        place.own,
        span(DAY, "09:00-10:00"),
        state="void",
        confirmed_at=None,
        confirmed_by_id=None,
    )
    kept = facts.use(place.thing, place.own, span(DAY, "13:00-14:00"))
    facts.span(kept, span(DAY, "14:00-16:00"), recorded_at=instant(at("2026-12-24 00:00")))
    assert place.hours("attended") == [1]


def test_only_time_in_service_is_in_the_calendar(world) -> None:
    first = periods.read("2026-11-25..2026-11-26").first
    place = Place(world, commissioned_on=first, retired_on=periods.read("2026-11-27..2026-11-28").first)
    assert place.hours("calendar", "open", period="2026-11") == [48, 16]


def test_places_that_are_closed_are_not_open(world) -> None:
    place = Place(world, capacity=4)
    place.world.closure(place.thing, *map(instant, span(DAY, "09:00-13:00")), kind="closed", units=1)
    place.world.closure(place.thing, *map(instant, span(DAY, "13:00-17:00")), kind="maintenance", units=2)
    assert place.hours("open", "bookable") == [28, 20]


def test_reading_asks_as_much_for_many_as_for_one(world, statements) -> None:
    places = [Place(world) for _ in range(6)]
    for each in places:
        facts.use(each.thing, each.own, span(DAY, "09:00-12:00"))
    seconds = (at("2026-11-01 00:00"), at("2026-12-01 00:00"))
    numbers, asked = [each.thing.id for each in places], []
    records(things(numbers[:1]), *seconds, LATER)
    for some in (numbers[:1], numbers):
        statements.clear()
        found = records(things(some), *seconds, LATER)
        asked.append(len(statements))
        assert sum(len(record.sessions) for record in found.values()) == len(some)
    assert asked[0] == asked[1]
