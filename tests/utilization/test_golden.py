"""The golden cases of metrics.md: how many hours, uses and samples fall into which period."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from instruments.utilization import periods
from instruments.utilization.figures import figure, measures_of
from instruments.utilization.rated import YARDSTICKS, days_in_service, rated_seconds
from instruments.utilization.records import Outage, Reserved, Session, Share
from tests.utilization.golden import GUEST, OWN, Case, at, open_weeks, record, span, used
from tests.utilization.written import PAGE, anew

DAY = "2026-11-25"  # a Wednesday
ONE_DAY = f"{DAY}..{DAY}"
WEEK = open_weeks("2026-11-23", "2026-11-27")


@pytest.mark.parametrize(("period", "hours", "uses"), [("2026", 2, 1), ("2027", 3, 0), ("2026/27", 5, 1)])
def test_over_new_year_each_year_has_its_hours_and_the_first_has_the_use(period, hours, uses) -> None:
    case = Case(record([used((at("2026-12-31 22:00"), at("2027-01-01 03:00")))]), period)
    assert (case.hours("effective"), case.counts.uses) == (hours, uses)


@pytest.mark.parametrize(("period", "hours"), [("2025/26", 1), ("2026/27", 2)])
def test_over_the_first_of_september(period, hours) -> None:
    case = Case(record([used((at("2026-08-31 23:00"), at("2026-09-01 02:00")))]), period)
    assert case.hours("effective") == hours


def test_where_two_overlap_they_share_and_the_parts_add_up() -> None:
    mine, theirs = used(span(DAY, "09:00-12:00")), used(span(DAY, "11:00-13:00"), external=True)
    case = Case(record([mine, theirs], opened=WEEK), ONE_DAY)
    assert case.hours("effective") == 4
    assert {key[0]: part / 3600 for key, part in case.layers.parts.items()} == {
        mine.number: Fraction(5, 2),
        theirs.number: Fraction(3, 2),
    }
    assert figure("shared_by_hours", [measures(case)]).value == Fraction(375, 1000)


def measures(case: Case, **more: object) -> dict:
    return measures_of(case.record, case.layers, case.counts, **{"sharable": True, **more})


def test_three_of_four_places() -> None:
    sessions = [used(span(DAY, "09:00-10:00")) for _ in range(3)]
    case = Case(record(sessions, capacity=4, opened=WEEK), ONE_DAY)
    assert (case.hours("effective"), case.hours("bookable")) == (3, 32)
    assert round(float(figure("utilization", [measures(case)]).value), 3) == 0.094
    assert case.hours("clock") == 1


def test_use_after_closing_is_a_figure_of_its_own() -> None:
    case = Case(record([used(span(DAY, "16:00-20:00"))], opened=WEEK), ONE_DAY)
    assert [case.hours(layer) for layer in ("effective", "outside", "inside")] == [4, 3, 1]
    assert figure("utilization", [measures(case)]).value == Fraction(125, 1000)


def test_downtime_inside_a_reservation() -> None:
    when = span(DAY, "09:00-11:00")
    down = Outage(*span(DAY, "09:30-10:00"), repair=True)
    case = Case(record([used(when)], [Reserved(*when)], [down], opened=WEEK), ONE_DAY)
    assert [case.hours(layer) for layer in ("bookable", "effective", "unused")] == [
        Fraction(15, 2),
        Fraction(3, 2),
        0,
    ]
    assert figure("utilization", [measures(case)]).value == Fraction(1, 5)
    assert figure("between_failures", [measures(case)]).value == Fraction(15, 2)


def test_a_no_show_whose_time_another_took() -> None:
    missed = Reserved(*span(DAY, "09:00-11:00"), no_show=True)
    came = span(DAY, "09:30-11:00")
    case = Case(record([used(came)], [missed, Reserved(*came)], opened=WEEK), ONE_DAY)
    assert [case.hours(layer) for layer in ("reserved", "attended", "unused")] == [
        2,
        Fraction(3, 2),
        Fraction(1, 2),
    ]
    assert (case.counts.no_shows, case.counts.reservations) == (1, 2)
    assert figure("no_show_rate", [measures(case)]).value == Fraction(1, 2)


def test_whose_the_hours_were_of_a_no_show_and_of_who_came_instead() -> None:
    missed = Reserved(*span(DAY, "09:00-11:00"), no_show=True, customer=OWN)
    when = span(DAY, "09:30-11:00")
    came = Session(1, when[0], (when,), (Share(GUEST, 7, True, (when,)),))
    case = Case(record([came], [missed, Reserved(*when, customer=GUEST, group=7)], opened=WEEK), ONE_DAY)
    hours = {
        whom: [Fraction(each) / 3600 for each in (each.reserved, each.attended, each.unused)]
        for whom, each in case.layers.whose.items()
    }
    # From half past nine on both had reserved the one place: half of it each.
    assert hours == {
        (OWN, 0): [Fraction(5, 4), 0, Fraction(1, 2)], (GUEST, 7): [Fraction(3, 4), Fraction(3, 2), 0],
    }  # fmt: skip


def test_a_run_for_others_on_a_reservation_leaves_nothing_unused_of_whose_it_was() -> None:
    mine, theirs = span(DAY, "09:00-11:00"), span(DAY, "09:00-10:00")
    run = Session(1, mine[0], (mine,), (Share(GUEST, 0, True, (mine,)),), reserved_by=(OWN, 0))
    held = [Reserved(*mine, customer=OWN), Reserved(*theirs, customer=3)]
    case = Case(record([run], held, capacity=2, opened=WEEK), ONE_DAY)
    unused = {whom[0]: each.unused / 3600 for whom, each in case.layers.whose.items()}
    assert unused == {OWN: 0, GUEST: 0, 3: 1}


def test_rated_hours_by_the_days_in_service() -> None:
    general, commissioned = YARDSTICKS["general"], date(2026, 7, 1)
    year, academic = periods.read("2026"), periods.read("2025/26")
    hours = rated_seconds(general, year, commissioned) / 3600
    assert round(float(hours), 2) == 705.75
    assert round(500 / float(hours), 3) == 0.708
    assert round(float(rated_seconds(general, academic, commissioned)) / 3600, 2) == 237.81
    assert days_in_service(academic, commissioned, None) == 62


def test_february_of_a_leap_year() -> None:
    always = [(at("2028-01-01 00:00"), at("2029-01-01 00:00"))]
    case = Case(record(opened=always), "2028-02")
    assert case.hours("open") == case.hours("calendar") == 696


def test_samples_without_machine_time_share_by_count_alone() -> None:
    order = Session(1, at(f"{DAY} 10:00"), (), (Share(GUEST, 0, True, (), 5),), at(f"{DAY} 15:00"))
    case = Case(record([order], opened=WEEK), ONE_DAY)
    assert (case.hours("effective"), case.counts.samples) == (0, 5)
    assert figure("shared_by_count", [measures(case)]).value == 1
    by_hours = figure("shared_by_hours", [measures(case)])
    assert (by_hours.value, by_hours.missing) == (None, "nothing was used in this period")


def test_two_rows_of_five_samples_are_ten() -> None:
    rows = [used(span(DAY, hours), samples=5) for hours in ("09:00-10:00", "10:00-11:00")]
    assert Case(record(rows), ONE_DAY).counts.samples == 10


def test_an_operators_run_for_two_is_divided_between_them() -> None:
    start, end = span(DAY, "09:00-12:00")
    shares = (
        Share(GUEST, 0, True, ((start, start + 7200),), 4),
        Share(OWN, 0, False, ((start + 7200, end),), 2),
    )
    case = Case(record([Session(1, start, ((start, end),), shares, end)]), ONE_DAY)
    assert (case.external, case.hours("effective") - case.external) == (2, 1)
    assert (case.counts.samples, case.counts.external_samples, case.counts.uses) == (6, 4, 1)


@pytest.mark.parametrize("period", ["2026", "2027"])
def test_a_lab_in_berlin_has_its_own_midnight(period) -> None:
    utc = ZoneInfo("UTC")
    when = (at("2026-12-31 22:00", utc), at("2027-01-01 00:00", utc))
    assert Case(record([used(when)]), period, ZoneInfo("Europe/Berlin")).hours("effective") == 1


def test_what_stood_closed_is_left_out_above_and_below() -> None:
    closed = Case(record([used(span(DAY, "09:00-10:00"))]), ONE_DAY)
    opened = Case(record([used(span(DAY, "09:00-13:00"))], opened=WEEK), ONE_DAY)
    found = figure("utilization", [measures(closed), measures(opened)])
    assert (found.value, found.n) == (Fraction(1, 2), 1)
    none = figure("utilization", [measures(closed)])
    assert (none.value, none.n, bool(none.missing)) == (None, 0, True)


def test_the_document_is_written_from_the_definitions() -> None:
    assert PAGE.read_text(encoding="utf-8") == anew()
