"""Closing raced: against bookings of the same time, and against another closing that moves the same people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import event

from instruments.availability.closures import Wanted
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.making_way import close
from instruments.reservations.models import Displacement, Reservation
from instruments.reservations.one_way import MOVE, Decided, Decision
from instruments.reservations.proposing import Offer
from tests.racing import raced
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
ROUNDS = 8


def person(world: World, *roles: tuple[Role, Lab], at: Institution | None = None) -> Actor:
    made = world.person(at or world.institution())
    for role, place in roles:
        world.grant(made, role, place)
    actor = actor_by_id(made.id, NOW)
    assert actor
    return actor


def closing(
    number: int, start: datetime, hours: int, decided: Decided, manager: Actor
) -> Callable[[], object]:
    """Close an instrument from a moment on."""
    wall = start.astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)
    wanted = Wanted("maintenance", "Service", wall, wall + hours * HOUR)
    return lambda: close(db.session.get_one(Instrument, number), wanted, decided, manager, NOW)


def test_what_is_booked_as_it_is_closed_is_refused_or_known_to_lie_there(app: Flask, world: World) -> None:
    lab = world.lab()
    thing = world.instrument(lab).id
    manager, user = person(world, (Role.LAB_MANAGER, lab), at=lab.institution), person(world)
    for slot in range(ROUNDS):
        start = NOW + (30 + 2 * slot) * HOUR
        wish = BookingRequest(thing, start, start + HOUR)
        outcomes = raced(
            app,
            lambda wish=wish: book(user, user, wish, NOW),
            closing(thing, start, 2, Decided(), manager),
        )
        assert outcomes[1] == "done" and outcomes[0] in (
            "done",
            "closed_maintenance",
            "maintenance",
            "closed",
        )
    db.session.rollback()
    live = {row.id for row in db.session.query(Reservation).filter_by(live=True)}
    assert live == {row.reservation_id for row in db.session.query(Displacement).filter_by(outcome="kept")}


def test_two_closings_that_move_the_same_people_lock_them_in_one_order(app: Flask, world: World) -> None:
    """Each moves both, in opposite order, within a quota that is counted over both instruments."""
    lab = world.lab()
    things = [world.instrument(lab).id for _ in range(2)]
    world.quota(lab, amount=100)
    manager = person(world, (Role.LAB_MANAGER, lab), at=lab.institution)
    home = world.institution()
    undone: list[str] = []
    event.listen(db.engine, "handle_error", lambda context: undone.append(str(context.original_exception)))
    for each in range(ROUNDS):
        start = NOW + (30 + 20 * each) * HOUR
        users = [world.person(home), world.person(home)]
        acts = []
        for number, order in zip(things, (users, users[::-1]), strict=True):
            decisions = {}
            for place, user in enumerate(order):
                begins = start + 2 * place * HOUR
                row = world.reservation(db.session.get(Instrument, number), user, begins)
                first = int((begins + 8 * HOUR).timestamp())
                decisions[row.id] = Decision(MOVE, 1, Offer(number, first, first + 3600))
            acts.append(closing(number, start, 4, Decided(decisions, "Service"), manager))
        assert raced(app, *acts) == ["done", "done"]
    db.session.rollback()
    assert db.session.query(Displacement).filter_by(outcome="moved").count() == 4 * ROUNDS
    assert undone == []
