"""Free time over many instruments: what is found can be booked, nothing earlier could, and the questions stay few."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from instruments.catalog import revision
from instruments.database import db
from instruments.people.signing import actor_by_id
from instruments.reservations import busy
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.judging import scene_around
from instruments.reservations.rules import reasons_against
from instruments.reservations.scene import Wish
from tests.world import World

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an
HOUR = timedelta(hours=1)
H = 3600


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def look(things, length=H, since=NINE, until=None, **more):
    search = FreeSearch(length, seconds(since), seconds(until or since + timedelta(days=7)), **more)
    return find_free([thing.id for thing in things], search, NINE)


def test_the_earliest_come_first_and_ties_keep_the_order(world: World) -> None:
    things = [world.instrument() for _ in range(4)]
    user = world.person()
    world.reservation(things[0], user, NINE, NINE + 3 * HOUR)
    world.reservation(things[2], user, NINE - HOUR, NINE + HOUR)
    found = look(things).spans
    assert [free.instrument_id for free in found] == [things[n].id for n in (1, 3, 2, 0)]
    assert [free.start - seconds(NINE) for free in found] == [0, 0, H, 3 * H]


@pytest.mark.parametrize(
    "values",
    [{"status": "down"}, {"status": "retired"}, {"week": None}, {"week": "closed"}, {"audience": "lab"}],
)
def test_what_cannot_be_booked_is_not_free(world: World, values) -> None:
    thing = world.instrument(**values)
    asker = actor_by_id(world.person(world.institution()).id, NINE)
    assert look([thing], actor=asker).spans == []


def test_closures_holidays_buffers_and_rules_are_respected(world: World) -> None:
    thing = world.instrument(week="Mon-Fri 09:00-18:00")
    world.rules(thing, buffer_minutes=30, grid_minutes=30, shortest_minutes=120)
    world.closure(thing.lab, NINE, NINE + HOUR)
    world.reservation(thing, world.person(), NINE + 3 * HOUR, NINE + 4 * HOUR)
    found = look([thing]).spans[0]  # 10:00-11:30 is too short for two hours; 13:30 keeps the buffer
    assert (found.start, found.end) == (seconds(NINE) + H * 9 // 2, seconds(NINE) + H * 13 // 2)
    world.holiday(thing.institution, NINE.date())
    assert look([thing]).spans[0].start == seconds(NINE + timedelta(days=1))


def test_nothing_beyond_the_range_or_longer_than_allowed(world: World) -> None:
    thing = world.instrument()
    world.rules(thing, longest_minutes=120)
    assert look([thing], length=3 * H).spans == []
    assert look([thing], length=2 * H, until=NINE + HOUR).spans == []
    assert look([thing], length=2 * H, until=NINE + 2 * HOUR).spans != []


def test_an_instrument_before_its_first_day_is_not_free(world: World) -> None:
    thing = world.instrument(commissioned_on=(NINE + timedelta(days=2)).date())
    assert look([thing]).spans[0].start == seconds(datetime(2027, 3, 3, 16, tzinfo=UTC))


def test_an_unknown_candidate_is_left_out(world: World) -> None:
    thing = world.instrument()
    search = FreeSearch(H, seconds(NINE), seconds(NINE + HOUR))
    assert [free.instrument_id for free in find_free([999999999, thing.id], search, NINE).spans] == [thing.id]


def busy_catalogue(world: World, count: int, dice: random.Random) -> list:
    """Instruments of several weeks, rules and capacities with overlapping bookings, written in a few statements."""
    lab, user = world.lab(), world.person()
    weeks = ["24/7", "Mon-Fri 09:00-18:00", "daily 22:00-06:00", "Mon-Sat 08:00-12:00,13:00-17:00"]
    things = [
        world.instrument(lab, week=dice.choice(weeks), capacity=dice.choice([1, 1, 1, 2]))
        for _ in range(count)
    ]
    for thing in things[::3]:
        world.rules(
            thing, buffer_minutes=dice.choice([0, 30]), grid_minutes=dice.choice([15, 60]),
            shortest_minutes=dice.choice([15, 120]), lead_minutes=dice.choice([0, 300]),
        )  # fmt: skip
    for thing in things:
        since = NINE
        while since < NINE + timedelta(days=4):
            since += timedelta(minutes=15 * dice.randrange(0, 40))
            until = since + timedelta(minutes=15 * dice.randrange(1, 60))
            world.reservation(thing, user, since, until)
            since = until
    return things


def test_the_search_agrees_with_judging_every_start(world: World) -> None:
    dice = random.Random(7)
    things = busy_catalogue(world, 12, dice)
    for length in (H, 4 * H):
        found = {free.instrument_id: free for free in look(things, length, limit=100).spans}
        # Where an instrument takes nothing so short, its shortest reservation is looked for.
        lasts = {number: free.end - free.start for number, free in found.items()}
        for thing in things:
            first = None
            for start in range(seconds(NINE), seconds(NINE) + 3 * 86_400, 900):
                wish = Wish(start, start + (lasts.get(thing.id) or length))
                _, scene = scene_around(wish, thing.id, None, NINE)
                if not reasons_against(wish, scene):
                    first = start
                    break
            if first is not None:
                assert found[thing.id].start == first
            elif thing.id in found:
                assert found[thing.id].start >= seconds(NINE) + 3 * 86_400


def test_a_short_page_is_the_beginning_of_a_long_one(world: World) -> None:
    things = busy_catalogue(world, 15, random.Random(3))
    whole = look(things, 2 * H, limit=100).spans
    for limit in (1, 3, 7):
        assert look(things, 2 * H, limit=limit).spans == whole[:limit]


def test_batches_do_not_change_the_answer(world: World, monkeypatch) -> None:
    things = busy_catalogue(world, 15, random.Random(5))
    whole = look(things, H, limit=5).spans
    monkeypatch.setattr("instruments.reservations.free.BATCHES", (1, 2, 4))
    assert look(things, H, limit=5).spans == whole


def test_the_questions_do_not_grow_with_the_catalogue(world: World, statements) -> None:
    lab = world.lab()
    counts = []
    for number in (2, 20):
        things = [world.instrument(lab) for _ in range(number)]
        for thing in things:
            world.reservation(thing, world.person(), NINE, NINE + HOUR)
        look(things)
        ids = [thing.id for thing in things]
        statements.clear()
        find_free(ids, FreeSearch(H, seconds(NINE), seconds(NINE + timedelta(days=7))), NINE)
        counts.append(len([line for line in statements if not line.startswith("BEGIN")]))
    assert counts[0] == counts[1]


def test_the_overlap_is_read_from_the_index_between_two_bounds(world: World) -> None:
    """Without the lower bound on the start SQLite would scan all the past of an instrument."""
    dialect = db.engine.dialect.name
    statement = str(busy.statement(dialect, few=True).compile(db.engine))
    assert "< reservation.starts_at" in statement
    assert "> reservation.starts_at" in statement
    if dialect == "sqlite":  # PostgreSQL chooses by statistics, of which a test has none
        plan = db.session.execute(text("EXPLAIN QUERY PLAN " + statement.replace("?", "1"))).all()
        words = " ".join(row[3] for row in plan)
        assert "ix_reservation_instrument (instrument_id=? AND starts_at>? AND starts_at<?)" in words
        assert "SCAN reservation" not in words


def test_changes_of_the_catalogue_are_seen_at_once(world: World) -> None:
    thing = world.instrument()
    assert look([thing]).spans
    thing.status = "down"
    revision.raise_catalog()
    db.session.commit()
    assert look([thing]).spans == []
