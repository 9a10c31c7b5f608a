"""The invented world is the same every time, and its reservations keep every rule."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from datetime import date, timedelta

import pytest

from instruments.demo.contents import table
from instruments.demo.generator.chance import apportion
from instruments.demo.generator.openings import DAYS_AHEAD, DAYS_BACK, Shape, open_time
from instruments.demo.generator.reservations import MadeReservation
from instruments.demo.generator.world import InventedWorld, Size, make_world
from instruments.people.audience import CIRCLES
from instruments.timespan import Pair, depth, subtract

ANCHOR = date(2026, 11, 24)
TODAY = int((ANCHOR - date(1970, 1, 1)).total_seconds()) - 8 * 3600
SMALL = Size(instruments=400, people=900, reservations=12_000)


@pytest.fixture(scope="module")
def world() -> InventedWorld:
    return make_world(SMALL, ANCHOR)


@pytest.fixture(scope="module")
def reservations(world: InventedWorld) -> list[MadeReservation]:
    return [one for rows in world.reservations() for one in rows]


def test_it_is_the_same_twice(world: InventedWorld, reservations: list[MadeReservation]) -> None:
    again = make_world(SMALL, ANCHOR)
    for part in ("places", "people", "instruments", "openings"):
        assert dataclasses.asdict(getattr(world, part)) == dataclasses.asdict(getattr(again, part))
    assert [one for rows in again.reservations() for one in rows] == reservations


def test_more_reservations_do_not_change_the_rest(world: InventedWorld) -> None:
    larger = make_world(dataclasses.replace(SMALL, reservations=20_000), ANCHOR)
    assert larger.instruments.rows == world.instruments.rows
    assert larger.people.persons == world.people.persons


def test_another_day_is_the_same_world_with_other_reservations(world: InventedWorld) -> None:
    later = make_world(SMALL, ANCHOR + timedelta(days=40))
    assert later.instruments.rows == world.instruments.rows
    assert [row["mail"] for row in later.people.persons] == [row["mail"] for row in world.people.persons]


def test_the_counts_are_those_asked_for(world: InventedWorld, reservations: list[MadeReservation]) -> None:
    assert len(world.instruments.rows) == SMALL.instruments
    assert len(world.people.persons) == SMALL.people
    assert len(reservations) == SMALL.reservations
    assert len(world.places.owners()) == 21


def test_the_usual_size_has_every_model_and_every_major_class() -> None:
    world = make_world(Size(reservations=0), ANCHOR)
    assert len(world.instruments.rows) == 4200 and len(world.people.persons) == 5000
    assert {row["class_code"][:2] for row in world.instruments.rows} >= {
        f"{number:02d}" for number in range(1, 15)
    }
    used = {model["model"] for model in world.instruments.models.values()}
    assert used == {line["model"] for line in table("models")}
    assert {row["status"] for row in world.instruments.rows} == {"in_service", "limited", "down", "retired"}
    assert {row["audience"] for row in world.instruments.rows} == set(CIRCLES)
    assert max(row["capacity"] for row in world.instruments.rows) > 1
    assert all(3 <= len(row["specifications"]) <= 6 for row in world.instruments.rows)


def test_mail_addresses_and_asset_numbers_are_unique(world: InventedWorld) -> None:
    mails = [row["mail"] for row in world.people.persons]
    assets = [(row["institution_id"], row["asset_number"]) for row in world.instruments.rows]
    assert len(set(mails)) == len(mails) and len(set(assets)) == len(assets)
    assert all(mail == mail.lower() and mail.endswith(".example") for mail in mails)


def test_nothing_is_held_more_often_than_there_is_room(
    world: InventedWorld, reservations: list[MadeReservation]
) -> None:
    capacity = {row["id"]: row["capacity"] for row in world.instruments.rows}
    held: dict[int, list[Pair]] = defaultdict(list)
    for one in reservations:
        held[one.instrument_id].append((one.starts_at, one.ends_at))
    assert {number: depth(spans) for number, spans in held.items() if depth(spans) > capacity[number]} == {}


def test_the_places_that_are_closed_are_not_booked(
    world: InventedWorld, reservations: list[MadeReservation]
) -> None:
    capacity = {row["id"]: row["capacity"] for row in world.instruments.rows}
    [(number, closed)] = world.openings.places_closed.items()
    [row] = [row for row in world.openings.closures if row["units"]]
    assert (row["instrument_id"], row["units"], closed) == (number, 2, 2)
    spans = [(one.starts_at, one.ends_at) for one in reservations if one.instrument_id == number]
    assert depth(spans) <= capacity[number] - closed


def test_reservations_keep_hours_closures_limits_and_buffer(
    world: InventedWorld, reservations: list[MadeReservation]
) -> None:
    openings = world.openings
    status = {row["id"]: row["status"] for row in world.instruments.rows}
    capacity = {row["id"]: row["capacity"] for row in world.instruments.rows}
    last: dict[int, int] = {}
    for one in sorted(reservations, key=lambda one: (one.instrument_id, one.starts_at)):
        number, rules = one.instrument_id, openings.limits[one.instrument_id]
        free = subtract(open_time(openings.shapes[number], ANCHOR), openings.closed.get(number, ()))
        assert any(start <= one.starts_at and one.ends_at <= end for start, end in free)
        assert rules.shortest <= one.ends_at - one.starts_at <= rules.longest
        for moment in (one.starts_at, one.ends_at):
            assert (moment + 8 * 3600) % (rules.grid_minutes * 60) == 0
        assert one.starts_at - one.created_at >= rules.lead
        assert one.starts_at - one.created_at <= rules.horizon_days * 86_400
        assert status[number] != "retired"
        assert status[number] != "down" or one.starts_at < TODAY
        if capacity[number] == 1:
            assert one.starts_at >= last.get(number, 0)
            last[number] = one.ends_at + rules.buffer


def test_customers_belong_to_the_audience(world: InventedWorld, reservations: list[MadeReservation]) -> None:
    audience = {row["id"]: row for row in world.instruments.rows}
    kinds = {row["id"]: row["kind"] for row in world.places.institutions}
    for one in reservations:
        thing = audience[one.instrument_id]
        if one.institution_id != thing["institution_id"]:
            assert thing["audience"] in ("partners", "companies")
            assert kinds[one.institution_id] != "company" or thing["audience"] == "companies"


def test_the_shown_researcher_has_coming_past_and_cancelled_reservations() -> None:
    world = make_world(Size(), ANCHOR)
    shown = {number: key for key, number in world.people.shown.items()}
    coming: dict[str, int] = defaultdict(int)
    past: dict[str, int] = defaultdict(int)
    for rows in world.reservations():
        for one in rows:
            if one.user_id in shown:
                (coming if one.starts_at > TODAY + 86_400 else past)[shown[one.user_id]] += 1
    for key in ("researcher", "student", "group_head", "partner", "company"):
        assert coming[key] > 0, key
        assert past[key] > 3, key


def test_there_are_hours_of_every_kind(world: InventedWorld) -> None:
    weeks = {row["week"] for row in world.openings.hours}
    assert "24/7" in weeks and "closed" in weeks
    assert any("12:00,1" in week for week in weeks)
    assert any(row["valid_from"] for row in world.openings.hours)
    assert any(row["instrument_id"] for row in world.openings.hours)
    with_hours = {row["lab_id"] for row in world.openings.hours}
    assert {lab["id"] for lab in world.places.labs} - with_hours
    span = open_time(Shape("always", ""), ANCHOR)
    assert span[-1][1] - span[0][0] == (DAYS_BACK + DAYS_AHEAD + 1) * 86_400
    assert Shape("always", "").zone == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("total", "weights", "least", "shares"),
    [
        (10, [1, 1], 0, [5, 5]),
        (7, [1, 1, 1], 0, [3, 2, 2]),
        (5, [8, 1], 1, [4, 1]),
        (1, [1, 1, 1], 2, [1, 0, 0]),
    ],
)
def test_shares_add_up(total: int, weights: list[float], least: int, shares: list[int]) -> None:
    assert apportion(total, weights, least) == shares
