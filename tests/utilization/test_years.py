"""The months of years added up: the same as the months, gone once one of them is touched or old, there again after a sweep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, text

from instruments.database import db
from instruments.database.transactions import deed
from instruments.utilization import tasks
from instruments.utilization.models import YearSummary
from instruments.utilization.sum_questions import BY
from instruments.utilization.sums import Selection, hours_and_places, totals, totals_by
from instruments.utilization.years import last_of, year_of, years_over
from tests.utilization.test_sums import NOW, YEAR, Campus, campus

__all__ = ["campus"]
ACADEMIC = (202609, 202708)
RUNNING = (202701, 202712)
_YEAR: Any = YearSummary.__table__


def kept() -> set[tuple[int, int]]:
    found = {(row.first, row.instrument_id) for row in db.session.execute(select(_YEAR))}
    db.session.rollback()
    return found


def all_of(months: tuple[int, int], moment: Any = NOW) -> list[Any]:
    """Whatever is added up of these months: over all, by each way, and by each selection."""
    ways = [by for by in BY if by != "month"]
    found: list[Any] = [totals(Selection(), months, moment), hours_and_places(Selection(), months, moment)]
    found += [totals_by(by, Selection(), months, moment) for by in ways]
    db.session.rollback()
    return found


def without() -> None:
    with deed():
        db.session.execute(delete(_YEAR))


def touch(number: int) -> None:
    with deed():
        db.session.execute(
            text('UPDATE "use" SET samples = samples + 1 WHERE instrument_id = :number'), {"number": number}
        )
    while tasks.is_touched():
        tasks.perform(tasks._mark)


def test_which_years_hold_a_month() -> None:
    assert years_over([202601]) == {202601, 202509}
    assert years_over([202608, 202609]) == {202601, 202509, 202609}
    assert [last_of(first) for first in (202601, 202609)] == [202612, 202708]
    assert (year_of(YEAR), year_of(ACADEMIC)) == (202601, 202609)
    assert [year_of(each) for each in ((202601, 202611), (202602, 202701), (202601, 202712), (0, 0))] == [
        None
    ] * 4


def test_years_come_to_their_months(campus: Campus) -> None:
    assert kept() == {
        (first, thing.id) for thing in campus.things for first in (202501, 202509, 202601, 202609, 202701)
    }
    for months in (YEAR, ACADEMIC, RUNNING):
        assert kept()
        added_up = all_of(months)
        without()
        assert all_of(months) == added_up
        tasks.keep_up()


def test_what_is_touched_is_in_no_year_until_it_is_worked_out_anew(campus: Campus) -> None:
    first, other = campus.things[2], campus.things[3]
    touch(first.id)
    assert {number for year, number in kept() if year > 202501} == {each.id for each in campus.things} - {
        first.id
    }
    found = totals(Selection(), YEAR, NOW)
    assert 0 < found.rows - found.fresh <= 12
    assert totals(Selection(instrument_id=other.id), YEAR, NOW).fresh == 12
    with_touched = all_of(YEAR)
    tasks.keep_up()
    assert len(kept()) == 5 * len(campus.things)
    again = totals(Selection(), YEAR, NOW)
    assert (again.fresh, again.rows) == (found.rows, found.rows)
    assert again.sums["samples"] == with_touched[0].sums["samples"] + 8


def test_only_the_years_around_what_was_touched_go(campus: Campus) -> None:
    """Only the months that were touched, and the years around them."""
    thing = campus.things[2]
    with deed():
        db.session.execute(
            text(
                'UPDATE "use" SET samples = 9 WHERE id = (SELECT min(id) FROM "use" WHERE instrument_id = :number)'
            ),
            {"number": thing.id},
        )
    while tasks.is_touched():
        tasks.perform(tasks._mark)
    assert {first for first, number in kept() if number == thing.id} == {202501, 202609, 202701}


def test_the_running_year_is_old_at_midnight(campus: Campus, app) -> None:
    tomorrow = NOW + timedelta(days=1)
    found = totals(Selection(), RUNNING, tomorrow)
    assert (found.fresh, found.rows) == (0, len(campus.things))
    assert totals(Selection(), YEAR, tomorrow).fresh == 12 * len(campus.things)
    db.session.rollback()
    app.config["FROZEN_NOW"] = tomorrow
    tasks.keep_up()
    again = totals(Selection(), RUNNING, tomorrow)
    assert again.fresh == again.rows
    assert again.sums["calendar"] > found.sums["calendar"]
    added_up = all_of(RUNNING, tomorrow)
    without()
    assert all_of(RUNNING, tomorrow) == added_up


def test_a_sweep_that_finds_nothing_writes_nothing(campus: Campus, statements) -> None:
    statements.clear()
    assert tasks.keep_up() == 0
    assert not any(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement in statements)


def test_years_that_are_wrong_are_found(campus: Campus, runner) -> None:
    with deed():
        db.session.execute(text("UPDATE utilization_year SET uses = uses + 1 WHERE first = 202601"))
    wrong = runner.invoke(args=["utilization", "check"])
    assert (wrong.exit_code, "the year from 2026-01" in wrong.output) == (1, True)
    assert runner.invoke(args=["utilization", "rebuild"]).exit_code == 0
    assert runner.invoke(args=["utilization", "check"]).exit_code == 0
