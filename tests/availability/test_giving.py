"""Giving one week to everything without hours: only to what has none, in a number of statements that does not grow."""

from datetime import date

from sqlalchemy import func, select

from instruments.availability.giving import give_week_to
from instruments.availability.models import OpeningHours
from instruments.availability.week import parse_week
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.journal.models import JournalEntry

WEEK = parse_week("Mon-Fri 08:00-18:00")


def _rows():
    hours = OpeningHours
    rows = db.session.execute(select(hours.lab_id, hours.instrument_id, hours.week, hours.valid_from))
    return sorted(rows, key=str)


def test_hours_that_are_there_stay(world, now) -> None:
    own = world.instrument(week="Sat 09:00-12:00")
    lab = world.lab()
    world.hours(lab, "Sun 09:00-12:00")
    of_lab = world.instrument(lab, week=None)
    before, number = _rows(), catalog_number()

    assert give_week_to([own.id, of_lab.id], WEEK, actor_id=None, now=now) == 0

    assert _rows() == before
    assert catalog_number() == number


def test_an_instrument_that_is_not_named_stays_without_hours(world, now) -> None:
    lab = world.lab()
    named, _other = (world.instrument(lab, week=None) for _ in range(2))

    assert give_week_to([named.id], WEEK, actor_id=None, now=now) == 1

    assert _rows() == [(None, named.id, "Mon-Fri 08:00-18:00", date(2027, 3, 1))]


def test_a_lab_of_which_all_are_named_gets_the_week_itself(world, now) -> None:
    lab = world.lab()
    bare = [world.instrument(lab, week=None) for _ in range(2)]
    world.instrument(lab, week="24/7")
    number = catalog_number()

    assert give_week_to([each.id for each in bare], WEEK, actor_id=None, now=now) == 2

    assert (lab.id, None, "Mon-Fri 08:00-18:00", date(2027, 3, 1)) in _rows()
    assert len(_rows()) == 2
    assert catalog_number() > number
    entry = db.session.execute(select(JournalEntry)).scalar_one()
    assert (entry.deed, entry.thing_kind, entry.thing_id) == ("hours.published", "lab", lab.id)


def test_it_begins_today_on_the_wall_of_the_lab(world, now) -> None:
    here = world.instrument(world.lab(zone="America/Los_Angeles"), week=None)
    give_week_to([here.id], WEEK, actor_id=None, now=now)
    assert _rows()[0].valid_from == date(2027, 2, 28)


def test_the_number_of_statements_does_not_grow(world, now, statements) -> None:
    labs = [world.lab() for _ in range(6)]
    for lab in labs:
        world.instrument(lab, week=None)
    few = [world.instrument(world.lab(), week=None).id]
    db.session.connection()
    statements.clear()
    give_week_to(few, WEEK, actor_id=None, now=now)
    once = len(statements)
    statements.clear()
    give_week_to(range(1, 10_000), WEEK, actor_id=None, now=now)
    assert len(statements) == once
    assert db.session.scalar(select(func.count()).select_from(OpeningHours)) == 7
