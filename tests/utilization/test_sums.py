"""Summaries added up come to the figures of the same instruments worked out one by one."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest

from instruments.timespan import instant
from instruments.utilization import periods, tasks
from instruments.utilization.adding import totals_in, totals_in_by
from instruments.utilization.counting import counts_of
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.figures import figure, measures_of
from instruments.utilization.layers import layers_of
from instruments.utilization.reading import records, things
from instruments.utilization.sums import Selection, totals, totals_by
from instruments.utilization.totals import Totals
from tests.utilization import facts
from tests.utilization.golden import at, span
from tests.world import World

NOW = instant(at("2027-01-20 12:00"))
YEAR = (202601, 202612)
WEEK = "Mon-Fri 09:00-17:00"
KEPT = [
    code for code in DEFINITIONS if code not in ("utilization_rated", "utilization_survey", "late_cancelled")
]


class Campus:
    """Two institutions, three labs and four instruments, with a year of this and that."""

    def __init__(self, world: World) -> None:
        self.homes = [world.institution(), world.institution()]
        self.labs = [
            world.lab(self.homes[0]),
            world.lab(self.homes[0]),
            world.lab(self.homes[1], zone="Europe/Berlin"),
        ]
        values = [
            {"capacity": 2},
            {"audience": "institution"},
            {},
            {"commissioned_on": periods.read("2026-10").first},
        ]
        owners = [self.labs[0], self.labs[1], self.labs[2], self.labs[2]]
        self.things = [
            world.instrument(lab, week=WEEK, **more) for lab, more in zip(owners, values, strict=True)
        ]
        people = [world.person(home) for home in self.homes]
        for number, thing in enumerate(self.things):
            for day in ("2026-03-04", "2026-03-31", "2026-11-25", "2026-12-31"):
                for shift, person in enumerate(people):
                    start, end = span(day, "09:00-12:00")
                    start, end = start + 3600 * (number + 2 * shift), end + 3600 * (number + 2 * shift)
                    facts.use(thing, person, (start, end), samples=number)
        start, end = span("2026-11-26", "09:00-12:00")
        world.reservation(self.things[2], people[0], instant(start), instant(end), state="no_show")
        world.closure(self.things[0], instant(start), instant(end + 86_400), kind="breakdown", units=1)
        tasks.keep_up()

    def by_hand(self, numbers: list[int], code: str):
        """The figure of these instruments from their records of the whole year."""
        measures = []
        for thing in things(numbers):
            seconds = periods.read("2026").seconds(thing.zone)
            record = records([thing], *seconds, NOW)[thing.id]
            counts = counts_of(record, seconds)
            measures.append(
                measures_of(
                    record,
                    layers_of(record, seconds),
                    counts,
                    sharable=thing.audience in ("partners", "companies"),
                )
            )
        return figure(code, measures)


@pytest.fixture
def campus(app, world: World) -> Campus:
    app.config["FROZEN_NOW"] = NOW
    return Campus(world)


def same(found: Totals, expected, code: str) -> None:
    got = found.figure(code)
    assert (got.over, got.under, got.value, got.n) == (
        expected.over,
        expected.under,
        expected.value,
        expected.n,
    )


def test_nothing_comes_to_nothing(app) -> None:
    found = totals(Selection(), YEAR, NOW)
    assert (found.n, found.rows, found.figure("effective").value) == (0, 0, 0)
    assert (found.figure("utilization").value, bool(found.figure("utilization").missing)) == (None, True)


def test_a_year_of_months_is_the_year(campus) -> None:
    found, numbers = totals(Selection(), YEAR, NOW), [each.id for each in campus.things]
    for code in KEPT:
        same(found, campus.by_hand(numbers, code), code)


# Of the four instruments one is its institution’s alone, and none has rated hours.
N = {**dict.fromkeys(DEFINITIONS, 4), "shared_by_count": 3, "utilization_rated": 0}


def test_n_is_over_how_many_a_figure_is(campus) -> None:
    found = totals_in(Selection(), periods.read("2026"), NOW)
    assert {code: found.figure(code).n for code in DEFINITIONS} == N
    # Before October there were three, of which one is shared with nobody; in May none was used.
    early = totals_in(Selection(), periods.read("2026-05"), NOW)
    told = {code: early.figure(code).n for code in DEFINITIONS}
    assert told == {
        **dict.fromkeys(DEFINITIONS, 3), "shared_by_count": 2, "shared_by_hours": 0, "utilization_rated": 0,
    }  # fmt: skip
    for code in ("shared_by_count", "per_instrument", "external_per_instrument"):
        figure_ = found.figure(code)
        assert figure_.n == figure_.under, code
    for number, sums in totals_in_by("instrument", Selection(), periods.read("2026"), NOW).items():
        fits = number != campus.things[1].id
        assert (sums.figure("shared_by_count").n, sums.figure("effective").n) == (int(fits), 1)


def test_by_institution_lab_and_instrument(campus) -> None:
    whole = totals(Selection(), YEAR, NOW).measure("effective")
    for by, key in (("institution", "institution_id"), ("lab", "lab_id"), ("instrument", "id")):
        found = totals_by(by, Selection(), YEAR, NOW)
        assert sum(sums.measure("effective") for sums in found.values()) == whole
        for number, sums in found.items():
            numbers = [each.id for each in campus.things if getattr(each, key) == number]
            for code in ("utilization", "shared_by_count", "lead_time", "per_instrument", "samples"):
                same(sums, campus.by_hand(numbers, code), code)


def test_selections(campus) -> None:
    lab, home, thing = campus.labs[2], campus.homes[0], campus.things[3]
    for chosen, n in (
        (Selection(institution_id=home.id), 2), (Selection(lab_id=lab.id), 2), (Selection(instrument_id=thing.id), 1),
        (Selection(institution_id=home.id, lab_id=lab.id), 0),
        (Selection(class_code="010101"), 0),
    ):  # fmt: skip
        assert totals(chosen, YEAR, NOW).n == n
    months = totals_by("month", Selection(instrument_id=thing.id), YEAR, NOW, ("calendar",))
    assert [month for month, sums in months.items() if sums.measure("calendar")] == [202610, 202611, 202612]


def test_what_is_old_says_so(campus, world) -> None:
    before = totals(Selection(), YEAR, NOW)
    assert before.fresh == before.rows
    later = totals(Selection(), (202701, 202701), NOW + timedelta(days=1))
    assert (later.fresh, later.rows) == (0, 4)
    assert totals(Selection(), (202701, 202701), NOW).measure("calendar") == Fraction(5 * 19 * 24)
