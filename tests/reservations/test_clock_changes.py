"""Nights on which the clocks change: the grid is always found again, and whatever is offered can be booked."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from instruments.catalog.revision import catalog_number
from instruments.people.signing import actor_by_id
from instruments.reservations.alternatives import alternatives, nearest
from instruments.reservations.bookable import bookable
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.grid import Grid
from instruments.reservations.judging import scene_around
from instruments.reservations.rules import reasons_against
from instruments.reservations.scene import Wish
from instruments.reservations.sweep import first_fit
from instruments.reservations.timetable import spans
from tests.world import World

H = 3600
DAY = 24 * H
LONGEST_DAY = 25 * H
# A day of 23 and one of 25 hours, half an hour's change, a day left out, midnights skipped and midnights repeated.
NIGHTS = [
    ("Europe/Berlin", "2027-03-28T01:00Z"),
    ("Europe/Berlin", "2027-10-31T01:00Z"),
    ("Australia/Lord_Howe", "2027-04-03T15:00Z"),
    ("Australia/Lord_Howe", "2027-10-02T15:30Z"),
    ("Pacific/Apia", "2011-12-30T10:00Z"),
    ("America/Santiago", "2027-09-05T04:00Z"),
    ("America/Santiago", "2027-04-04T03:00Z"),
    ("Asia/Beirut", "2027-03-27T22:00Z"),
    ("Asia/Beirut", "2027-10-30T21:00Z"),
    ("America/Havana", "2027-03-14T05:00Z"),
    ("America/Havana", "2027-11-07T05:00Z"),
    ("Asia/Shanghai", "2027-03-28T01:00Z"),
]
STEPS = [minutes for minutes in range(1, 1441) if 1440 % minutes == 0]


def second(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


@given(st.sampled_from(NIGHTS), st.sampled_from(STEPS), st.integers(-2 * DAY, 2 * DAY))
def test_the_grid_is_found_on_both_sides_of_every_moment(
    night: tuple[str, str], minutes: int, off: int
) -> None:
    grid, moment = Grid(ZoneInfo(night[0]), minutes), second(night[1]) + off
    down, up = grid.down(moment), grid.up(moment)
    assert grid.fits(down)
    assert grid.fits(up)
    assert moment - LONGEST_DAY <= down <= moment <= up <= moment + LONGEST_DAY
    between = range(down - down % 60 + 60, up, 60)
    assert not any(grid.fits(minute) for minute in between if minute != moment)


@pytest.mark.parametrize(
    ("zone", "moment", "begins"),
    [
        ("America/Santiago", "2027-09-05T10:00-03:00", "2027-09-05T01:00-03:00"),
        ("Asia/Beirut", "2027-03-28T10:00+03:00", "2027-03-28T01:00+03:00"),
        ("Europe/Berlin", "2027-10-31T23:30+01:00", "2027-10-31T00:00+02:00"),
        ("Pacific/Apia", "2011-12-31T10:00+14:00", "2011-12-31T00:00+14:00"),
    ],
)
def test_a_day_begins_at_its_midnight_or_at_the_jump_over_it(zone: str, moment: str, begins: str) -> None:
    assert Grid(ZoneInfo(zone), 1440).down(second(moment)) == second(begins)


def test_pages_stand_on_the_day_of_25_hours(app: Flask, client: FlaskClient, world: World) -> None:
    app.config["FROZEN_NOW"] = datetime.fromisoformat("2027-10-31T00:30+02:00").astimezone(UTC)
    thing = world.instrument(world.lab(zone="Europe/Berlin"))
    world.rules(thing, grid_minutes=1440, shortest_minutes=1440, longest_minutes=3 * 1440)
    around = "from=2027-10-31T00:00Z&to=2027-11-05T00:00Z"
    for address in (
        "/?hours=24",
        f"/instruments/{thing.id}",
        f"/api/v1/free?{around}&hours=24",
        f"/api/v1/instruments/{thing.id}/calendar?{around}",
    ):
        assert client.get(address).status_code == 200, address
    found = client.get(f"/api/v1/free?{around}&hours=24").json["items"]
    assert [each["start"] for each in found] == ["2027-11-01T00:00:00+01:00"]


def refused(start: int, end: int, instrument_id: int, now: datetime) -> list[str]:
    wish = Wish(start, end)
    _, scene = scene_around(wish, instrument_id, None, now)
    return [reason.code for reason in reasons_against(wish, scene)]


def clocks_change(world: World, zone: str, turn: int) -> list[int]:
    """Instruments of every long step and several longest reservations, some of them busy before the change."""
    lab, user = world.lab(zone=zone), world.person()
    things = []
    for minutes in (60, 120, 180, 240, 720, 1440):
        for longest in (max(minutes, 180), 1440, 4 * 1440):
            thing = world.instrument(lab, class_code="030101")
            world.rules(thing, grid_minutes=minutes, shortest_minutes=minutes, longest_minutes=longest)
            things.append(thing)
    since = datetime.fromtimestamp(turn - 20 * H, UTC)
    for thing in things[::4]:
        world.reservation(thing, user, since, since + timedelta(hours=12))
    return [thing.id for thing in things]


def moments_around(turn: int) -> list[tuple[int, datetime]]:
    moments = [turn + hours * H + 1800 for hours in (-49, -25, -7, 0, 9)]
    return [(moment, datetime.fromtimestamp(moment, UTC)) for moment in moments]


@pytest.mark.parametrize("night", NIGHTS[:6], ids=" ".join)
def test_whatever_is_found_can_be_booked(world: World, night: tuple[str, str]) -> None:
    turn = second(night[1])
    things = clocks_change(world, night[0], turn)
    for since, now in moments_around(turn):
        for length in (H, 5 * H // 2, 24 * H, 36 * H):
            found = find_free(things, FreeSearch(length, since, since + 6 * DAY, 100), now).spans
            assert found
            for free in found:
                assert free.end - free.start >= length
                assert not refused(free.start, free.end, free.instrument_id, now), (free, length)


@pytest.mark.parametrize("night", NIGHTS[:6], ids=" ".join)
def test_whatever_is_offered_instead_can_be_booked(world: World, night: tuple[str, str]) -> None:
    turn = second(night[1])
    things = clocks_change(world, night[0], turn)
    for since, now in moments_around(turn):
        asker = actor_by_id(world.person().id, now)
        for length in (5 * H // 2, 24 * H, 36 * H):
            wish = Wish(since + 8 * H, since + 8 * H + length)
            offers = [
                (n, span) for n in things for span in nearest(bookable(n), wish, asker, now, catalog_number())
            ]
            offers += [(row.id, span) for row, span in alternatives(things[0], wish, asker, now).others]
            assert offers
            for number, span in offers:
                assert not refused(*span, number, now), (number, span)


@pytest.mark.parametrize("night", NIGHTS[:6], ids=" ".join)
def test_whatever_is_shown_as_free_can_be_booked(world: World, night: tuple[str, str]) -> None:
    turn = second(night[1])
    things = clocks_change(world, night[0], turn)
    for since, now in moments_around(turn):
        for number, found in spans(things, since, since + 5 * DAY, now).items():
            rules, grid = found.thing.rules, found.thing.grid
            for gap in found.free:
                span = first_fit(gap, rules.shortest, rules.longest, gap[1], grid)
                assert span, (rules, gap)
                assert not refused(*span, number, now)


def test_the_day_that_the_clocks_shorten_is_offered_whole(world: World) -> None:
    """A day by day instrument: the 28th has 23 hours, which is enough for 20."""
    thing = world.instrument(world.lab(zone="Europe/Berlin"))
    world.rules(thing, grid_minutes=1440, shortest_minutes=60, longest_minutes=1440)
    since = second("2027-03-27T12:00Z")
    now = datetime.fromtimestamp(since, UTC)
    found = find_free([thing.id], FreeSearch(20 * H, since, since + 5 * DAY), now).spans[0]
    assert (found.start, found.end) == (second("2027-03-28T00:00+01:00"), second("2027-03-29T00:00+02:00"))
    found = find_free([thing.id], FreeSearch(24 * H, since, since + 5 * DAY), now).spans[0]
    assert (found.start, found.end) == (second("2027-03-29T00:00+02:00"), second("2027-03-30T00:00+02:00"))


def test_no_offer_begins_beyond_the_horizon(world: World) -> None:
    thing = world.instrument()
    world.rules(thing, horizon_days=3)
    now = datetime(2027, 3, 2, 1, tzinfo=UTC)
    start = int((now + timedelta(days=5)).timestamp())
    asker = actor_by_id(world.person().id, now)
    offers = nearest(bookable(thing.id), Wish(start, start + H), asker, now, catalog_number())
    assert offers
    assert [refused(*offer, thing.id, now) for offer in offers] == [[]]


def test_a_day_longer_than_a_reservation_may_last_is_not_shown_as_free(world: World) -> None:
    thing = world.instrument(world.lab(zone="Europe/Berlin"))
    world.rules(thing, grid_minutes=1440, shortest_minutes=1440, longest_minutes=1440)
    first, last = second("2027-10-31T00:00+02:00"), second("2027-11-01T00:00+01:00")
    now = datetime.fromtimestamp(first - DAY, UTC)
    assert spans([thing.id], first, last, now)[thing.id].free == []
    assert spans([thing.id], first - DAY, first, now)[thing.id].free == [(first - DAY, first)]
