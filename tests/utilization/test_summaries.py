"""The summaries of months follow whatever is done, by the database's own notes, and come to what is worked out anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from flask import current_app
from sqlalchemy import func, select, text

from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.database.transactions import deed
from instruments.journal.touched_models import Touched
from instruments.timespan import instant
from instruments.utilization import tasks
from instruments.utilization.models import MonthCustomer, MonthPerson, MonthSummary
from instruments.utilization.recounting import due, months_between, recount
from instruments.utilization.summing import Served
from instruments.web.clock import stopped_at
from tests.utilization import facts
from tests.utilization.golden import at, span
from tests.world import World

DAY = "2026-11-25"
NOW = instant(at("2027-01-20 12:00"))
MONTHS = months_between(202610, 202701)
WEEK = "Mon-Fri 09:00-17:00"


class Place:
    """Two instruments of one lab, used and reserved in November, with summaries that are up to date."""

    def __init__(self, world: World) -> None:
        self.world, self.home, self.firm = world, world.institution(), world.institution(kind="company")
        self.lab = world.lab(self.home)
        self.thing = world.instrument(self.lab, week=WEEK, capacity=2)
        self.other = world.instrument(self.lab, week=WEEK)
        self.own, self.guest = world.person(self.home), world.person(self.firm)
        start, end = span(DAY, "09:00-12:00")
        self.booked = world.reservation(self.thing, self.own, instant(start), instant(end))
        self.used = facts.use(self.thing, self.own, (start, end), self.booked)
        self.guests = facts.use(self.thing, self.guest, span(DAY, "11:00-13:00"), samples=3)
        self.closed = world.closure(self.other, *map(instant, span(DAY, "13:00-15:00")), kind="breakdown")
        self.freshen()

    def freshen(self) -> int:
        return tasks.freshen(MONTHS, NOW, None, 1000)

    def due(self) -> set[tuple[int, int]]:
        """What would be worked out now, once the notes are taken over."""
        while tasks.is_touched():
            tasks.perform(tasks._mark)
        return set(due(MONTHS, NOW, None, 1000))

    def change(self, statement: str, **values: object) -> None:
        """Whatever writes, the database notes it: here plain SQL, past every act."""
        with deed():
            db.session.execute(text(statement), values)
            raise_catalog()


@pytest.fixture
def place(world: World) -> Place:
    return Place(world)


def kept() -> dict[tuple[int, int], dict[str, int]]:
    rows = db.session.execute(select(MonthSummary.__table__)).mappings()
    return {(row["instrument_id"], row["month"]): dict(row) for row in rows}


def customers() -> dict[tuple[int, ...], tuple[int, ...]]:
    return {tuple(row[:4]): tuple(row[4:]) for row in db.session.execute(select(MonthCustomer.__table__))}


def test_nothing_is_kept_where_nothing_happened(app) -> None:
    assert tasks.keep_up() == 0
    assert kept() == {}


def test_a_month_is_kept_as_it_is_worked_out(place) -> None:
    row = kept()[place.thing.id, 202611]
    hour = 3_600_000
    assert {name: row[name] / hour for name in ("effective", "attended", "inside", "reserved", "external")} == {
        "effective": 5, "attended": 5, "inside": 5, "reserved": 3, "external": 2,
    }  # fmt: skip
    assert (row["uses"], row["external_uses"], row["samples"], row["served"]) == (2, 1, 3, True)
    assert (row["by_typed"], row["by_sensor"]) == (5 * hour, 0)
    assert row["open"] == 2 * 21 * 8 * hour
    assert kept()[place.other.id, 202611]["down"] == 2 * hour
    assert customers() == {
        (place.thing.id, 202611, place.home.id, 0): Served(
            3 * hour, 1, 0, 1, 0, row["lead"], by_typed=3 * hour, reserved=3 * hour, attended=3 * hour
        ),
        (place.thing.id, 202611, place.firm.id, 0): Served(
            2 * hour, 1, 3, by_typed=2 * hour, attended=2 * hour
        ),
    }
    assert set(db.session.scalars(select(MonthPerson.person_id))) == {place.own.id, place.guest.id}


def test_what_is_up_to_date_is_not_worked_out_again(place, statements) -> None:
    assert place.freshen() == 0
    assert not any(statement.startswith(("INSERT", "UPDATE", "DELETE")) for statement in statements)


CHANGES: dict[str, tuple[Callable[[Place], object], Callable[[Place], set[tuple[int, int]]]]] = {
    "a reservation is made": (
        lambda p: p.world.reservation(p.other, p.own, *map(instant, span(DAY, "09:00-10:00"))),
        lambda p: {(p.other.id, 202611)},
    ),
    "a reservation is cancelled": (
        lambda p: p.change("UPDATE reservation SET state = 'no_show' WHERE id = :id", id=p.booked.id),
        lambda p: {(p.thing.id, 202611)},
    ),
    "a use begins": (
        lambda p: facts.use(p.other, p.own, span("2026-12-03", "09:00-10:00")),
        lambda p: {(p.other.id, 202612)},
    ),
    "a use is moved to another month": (
        lambda p: p.change(
            'UPDATE "use" SET started_at = started_at - 2592000, ended_at = ended_at - 2592000,'
            " confirmed_at = confirmed_at - 2592000 WHERE id = :id",
            id=p.guests.id,
        ),
        lambda p: {(p.thing.id, 202610), (p.thing.id, 202611)},
    ),
    "a use is confirmed in a later month": (
        lambda p: p.change('UPDATE "use" SET confirmed_at = :at WHERE id = :id', at=at("2027-01-04 10:00"), id=p.guests.id),
        lambda p: {(p.thing.id, month) for month in (202611, 202612, 202701)},
    ),
    "an instrument is closed": (
        lambda p: p.world.closure(p.other, *map(instant, span("2026-12-08", "09:00-12:00"))),
        lambda p: {(p.other.id, 202612)},
    ),
    "a closure of the lab is taken away": (
        lambda p: (
            p.world.closure(p.lab, *map(instant, span("2026-12-08", "09:00-12:00"))),
            p.freshen(),
            p.change("DELETE FROM closure WHERE lab_id = :id", id=p.lab.id),
        ),
        lambda p: {(p.thing.id, 202612), (p.other.id, 202612)},
    ),
    "the lab publishes other hours": (
        lambda p: p.world.hours(p.lab, "Mon-Sun 08:00-20:00"),
        lambda p: {(number, month) for number in (p.thing.id, p.other.id) for month in MONTHS},
    ),
    "a holiday is announced": (
        lambda p: p.world.holiday(p.home, date(2026, 12, 9)),
        lambda p: {(p.thing.id, 202612), (p.other.id, 202612)},
    ),
    "a place is added": (
        lambda p: p.change("UPDATE instrument SET capacity = 3 WHERE id = :id", id=p.thing.id),
        lambda p: {(p.thing.id, month) for month in MONTHS},
    ),
    "the lab moves to another zone": (
        lambda p: p.change("UPDATE lab SET zone = 'Europe/Berlin' WHERE id = :id", id=p.lab.id),
        lambda p: {(number, month) for number in (p.thing.id, p.other.id) for month in MONTHS},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_change_touches_is_worked_out_anew_and_nothing_else(place, name) -> None:
    change, touched = CHANGES[name]
    change(place)
    assert place.due() == touched(place)
    place.freshen()
    assert place.due() == set()
    before = (kept(), customers())
    db.session.rollback()
    with deed():
        for table in ("month", "customer", "person", "income", "week"):
            db.session.execute(text(f"DELETE FROM utilization_{table}"))
    assert place.freshen() == 2 * len(MONTHS)
    assert (kept(), customers()) == before


def _count_anew() -> None:
    db.session.execute(text('UPDATE "use" SET samples = 9'))
    assert db.session.scalar(select(func.count()).select_from(Touched)) == 4
    raise ZeroDivisionError


def test_what_is_undone_leaves_no_note(place) -> None:
    with pytest.raises(ZeroDivisionError), deed():
        _count_anew()
    assert db.session.scalar(select(func.count()).select_from(Touched)) == 0


def test_marks_that_come_between_reading_and_writing_win(place) -> None:
    place.change('UPDATE "use" SET samples = 4 WHERE id = :id', id=place.guests.id)
    [key] = place.due()
    read = recount([key], NOW)
    db.session.rollback()
    place.change('UPDATE "use" SET samples = 5 WHERE id = :id', id=place.guests.id)
    assert place.due() == {key}
    db.session.rollback()
    tasks.perform(lambda: tasks._keep(read))
    assert place.due() == {key}
    place.freshen()
    assert kept()[key]["samples"] == 5


def test_notes_that_nobody_has_taken_over_come_after_what_is_written(place) -> None:
    place.change('UPDATE "use" SET samples = 4 WHERE id = :id', id=place.guests.id)
    [key] = place.due()
    read = recount([key], NOW)
    db.session.rollback()
    place.change('UPDATE "use" SET samples = 5 WHERE id = :id', id=place.guests.id)
    tasks.perform(lambda: tasks._keep(read))
    assert kept()[key]["samples"] == 4
    place.freshen()
    assert kept()[key]["samples"] == 5


def test_the_running_month_is_counted_to_the_last_midnight(place) -> None:
    assert kept()[place.thing.id, 202701]["calendar"] == 2 * 19 * 86_400_000
    assert place.due() == set()
    tomorrow = NOW + timedelta(days=1)
    assert set(due(MONTHS, tomorrow, None, 100)) == {(place.thing.id, 202701), (place.other.id, 202701)}
    db.session.rollback()
    assert tasks.freshen(MONTHS, tomorrow, None, 100) == 2
    assert kept()[place.thing.id, 202701]["calendar"] == 2 * 20 * 86_400_000


def test_on_the_first_day_of_a_month_nothing_of_it_is_over(place) -> None:
    first = instant(at("2027-02-01 08:00"))
    assert set(due([202702], first, None, 100)) == set()


def test_some_instruments_alone(place) -> None:
    place.world.hours(place.lab, "Mon-Sun 08:00-20:00")
    assert tasks.freshen([202611], NOW, [place.other.id], 10) == 1
    assert place.due() == {(place.thing.id, month) for month in MONTHS} | {
        (place.other.id, month) for month in MONTHS if month != 202611
    }


def test_it_asks_as_much_for_many_as_for_one(world, statements) -> None:
    asked = []
    for many in (1, 8):
        lab = world.lab()
        for _ in range(many):
            facts.use(
                world.instrument(lab, week=WEEK), world.person(lab.institution), span(DAY, "09:00-10:00")
            )
        statements.clear()
        tasks.freshen([202611], NOW, None, 100)
        asked.append(len([each for each in statements if "touched" not in each]))
    assert asked[0] == asked[1]


def test_several_at_once_keep_the_same(place) -> None:
    application, gun = current_app._get_current_object(), Barrier(3)

    def work() -> None:
        with application.app_context():
            gun.wait()
            tasks.freshen(MONTHS, NOW, None, 1000)

    place.change("UPDATE instrument SET capacity = 3 WHERE id = :id", id=place.thing.id)
    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    place.freshen()
    assert place.due() == set()
    assert kept()[place.thing.id, 202611]["open"] == 3 * 21 * 8 * 3_600_000


def test_commands(place, runner) -> None:
    place.change('UPDATE "use" SET samples = 7 WHERE id = :id', id=place.guests.id)
    with stopped_at(NOW):
        assert runner.invoke(args=["utilization", "refresh"]).exit_code == 0
        assert kept()[place.thing.id, 202611]["samples"] == 7
        assert "agrees" in runner.invoke(args=["utilization", "check"]).output
        place.change("UPDATE utilization_month SET samples = 8 WHERE samples = 7")
        wrong = runner.invoke(args=["utilization", "check"])
        assert (wrong.exit_code, "2026-11: samples" in wrong.output) == (1, True)
        assert "26 summaries" in runner.invoke(args=["utilization", "rebuild"]).output
        assert runner.invoke(args=["utilization", "check"]).exit_code == 0
