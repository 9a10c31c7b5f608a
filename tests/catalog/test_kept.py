"""What is kept of the catalogue is worked out once for each revision, however many ask at the same moment."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

import pytest
from flask import Flask

from instruments.availability.calendar import calendars
from instruments.catalog.kept import Kept
from instruments.catalog.revision import catalog_number, raise_catalog
from instruments.database import db
from instruments.reservations import bookable
from tests.world import World

SECONDS = 20


@pytest.fixture
def begin(app: Flask):
    """Starts something in a thread of its own, as a request would."""
    with ThreadPoolExecutor(10) as threads:

        def inside(act: Callable[[], object]) -> object:
            with app.app_context():
                return act()

        yield lambda act: threads.submit(inside, act)


class Slow:
    """Work that goes on until it is let go."""

    def __init__(self, words: str) -> None:
        self.words, self.times, self.begun, self.go_on = words, 0, Event(), Event()

    def __call__(self) -> str:
        self.times += 1
        self.begun.set()
        assert self.go_on.wait(SECONDS)
        return self.words


def test_many_ask_and_it_is_worked_out_once(begin) -> None:
    kept: Kept[str] = Kept()
    work = Slow("new")
    asked: list[Future] = [begin(lambda: kept.at(2, work)) for _ in range(8)]
    assert work.begun.wait(SECONDS)
    work.go_on.set()
    assert [each.result(SECONDS) for each in asked] == ["new"] * 8
    assert work.times == 1


def test_meanwhile_who_looks_around_gets_what_was_and_who_judges_waits(begin) -> None:
    kept: Kept[str] = Kept()
    assert begin(lambda: kept.about(1, lambda: "old")).result(SECONDS) == "old"
    work = Slow("new")
    first = begin(lambda: kept.about(2, work))
    assert work.begun.wait(SECONDS)
    assert begin(lambda: kept.about(2, work)).result(SECONDS) == "old"
    judging = begin(lambda: kept.at(2, work))
    assert not wait([judging], 0.1).done
    work.go_on.set()
    assert (first.result(SECONDS), judging.result(SECONDS)) == ("new", "new")
    assert work.times == 1


def test_who_read_the_number_before_a_change_does_not_undo_the_work_of_the_others(app: Flask) -> None:
    kept: Kept[int] = Kept()
    worked: list[int] = []

    def at(number: int) -> int:
        return kept.at(number, lambda: worked.append(number) or number)

    assert [at(number) for number in (1, 2, 1, 2, 1, 3, 2, 3)] == [1, 2, 1, 2, 1, 3, 2, 3]
    assert worked == [1, 2, 3]
    assert kept.last() == 3


def test_what_fails_is_worked_out_by_the_next(app: Flask) -> None:
    kept: Kept[int] = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.about(1, lambda: 1 // 0)
    assert (kept.about(1, lambda: 7), kept.last()) == (7, 7)


def test_a_change_of_the_catalogue_is_read_once(begin, world: World, client, monkeypatch) -> None:
    for _ in range(3):
        world.instrument()
    assert client.get("/").status_code == 200
    loads: list[int] = []
    load = bookable._load
    monkeypatch.setattr(bookable, "_load", lambda number: loads.append(number) or load(number))
    raise_catalog()
    db.session.commit()
    number = catalog_number()
    db.session.rollback()
    asked = [begin(lambda: len(bookable.bookables())) for _ in range(8)]
    assert [each.result(SECONDS) for each in asked] == [3] * 8
    assert loads == [number]


def test_a_calendar_that_stays_keeps_what_it_has_opened(world: World) -> None:
    stays, changes = world.instrument(week="Mon-Fri 08:00-18:00"), world.instrument(week="24/7")
    before = calendars()
    world.hours(changes, "Mon 08:00-12:00")
    after = calendars()
    assert after[stays.id] is before[stays.id]
    assert after[changes.id] is not before[changes.id]
