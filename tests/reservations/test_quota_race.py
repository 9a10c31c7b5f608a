"""A quota that comes while deeds wait for their instruments' locks is counted by each of them, one after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask

from instruments.catalog import revision
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.models import Lab
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.approving import propose
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, change
from tests.racing import at_once
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
START = NOW + timedelta(days=3)


class Bench:
    """Two instruments of a lab, and a person who has, or wants, time on both."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lab = world.lab()
        self.things = [world.instrument(self.lab, week="24/7") for _ in range(2)]
        self.person = world.person(self.lab.institution)
        self.manager = world.person(self.lab.institution)
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)

    def actor(self, person: Any = None) -> Any:
        return actor_by_id((person or self.person).id, NOW)

    def held(self) -> list[Reservation]:
        return [self.world.reservation(thing, self.person, START, START + HOUR) for thing in self.things]

    def hours(self) -> int:
        db.session.rollback()
        rows = db.session.query(Reservation).all()
        return sum(round((row.ends_at - row.starts_at) / HOUR) for row in rows if row.live)


@pytest.fixture
def bench(app: Flask, world: World) -> Bench:
    return Bench(world)


def books(bench: Bench) -> list[Callable[[], object]]:
    who = bench.actor()
    wanted = [BookingRequest(thing.id, START, START + 2 * HOUR) for thing in bench.things]
    return [partial(book, who, who, each, NOW) for each in wanted]


def moves(bench: Bench) -> list[Callable[[], object]]:
    who, longer = bench.actor(), Change(end=START + 2 * HOUR)
    return [partial(change, who, who, row.id, longer, None, NOW) for row in bench.held()]


def proposes(bench: Bench) -> list[Callable[[], object]]:
    bench.world.approval_rule(bench.lab, "institution")
    lab, who = bench.actor(bench.manager), bench.actor()
    wanted = [BookingRequest(thing.id, START, START + HOUR) for thing in bench.things]
    made = [perform(partial(book, who, who, each, NOW)) for each in wanted]
    return [partial(propose, lab, who, row.id, (START, START + 2 * HOUR), "", None, NOW) for row in made]


@pytest.mark.parametrize("deeds", [books, moves, proposes])
def test_of_two_that_waited_one_finds_the_quota_used(app, bench, deeds) -> None:
    acts, locked = deeds(bench), threading.Event()
    lab_id, numbers = bench.lab.id, [thing.id for thing in bench.things]

    def publishes() -> None:
        revision.lock_all(numbers)
        locked.set()
        time.sleep(0.7)  # long enough for the others to have read the quotas, of which there are none
        bench.world.quota(db.session.get_one(Lab, lab_id), amount=3)

    def waits_for(act: Callable[[], object]) -> object:
        locked.wait(10)
        return perform(act)

    outcomes = at_once(app, partial(perform, publishes), *(partial(waits_for, act) for act in acts))
    assert sorted(outcomes) == ["done", "done", "quota"]
    assert bench.hours() <= 3
