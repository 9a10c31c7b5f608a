"""Two at once: one check-in, one confirmation, one end, one walk-up, raced on both databases."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask

from instruments.database import db
from instruments.reservations.booking import BookingRequest, book
from instruments.usage.carrying_on import extend
from instruments.usage.checking_in import check_in
from instruments.usage.confirming import confirm
from instruments.usage.facts import UseFacts
from instruments.usage.finishing import finish
from instruments.usage.metering import Metered, Reporter, take
from instruments.usage.models import InstrumentUse, UseSpan
from instruments.usage.releasing import release_missed
from instruments.usage.sweeping import assume
from instruments.usage.walking_up import walk_up
from tests.racing import raced
from tests.usage.desk import HOUR, NINE, Desk, done
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")
ROUNDS = 4


def test_one_of_two(app: Flask, world: World) -> None:
    desk = Desk(world)
    desk.set(walk_up=True)
    user, operator = desk.actor(), desk.actor(desk.operator)
    for day in range(1, ROUNDS + 1):
        start = NINE + timedelta(days=day)
        number = world.reservation(desk.instrument, desk.user, start, start + HOUR).id
        acts = [partial(check_in, who, number, None, start) for who in (user, operator)]
        assert sorted(raced(app, *acts)) == ["checked_in", "done"]
        use = db.session.query(InstrumentUse).filter_by(reservation_id=number).one().id
        now = start + HOUR / 2
        both = sorted(
            raced(
                app,
                partial(finish, user, use, None, now),
                partial(extend, user, use, start + 2 * HOUR, None, now),
            )
        )
        assert both in (["done", "done"], ["done", "not_open"], ["done", "not_running"]), both
        db.session.rollback()
        if desk.use(use).state == "running":
            done(finish, user, use, None, now)
        answers = [partial(confirm, operator, use, UseFacts(), None, now) for _ in range(2)]
        assert sorted(raced(app, *answers)) in (["confirmed", "done"], ["done", "stale"])
        later = start + 5 * HOUR
        begun = sorted(
            raced(
                app,
                *(
                    partial(walk_up, who, desk.instrument.id, later + HOUR, None, later)
                    for who in (user, operator)
                ),
            )
        )
        assert begun in (["done", "in_use"], ["done", "taken"]), begun
        running = db.session.query(InstrumentUse).filter_by(state="running").one().id
        done(finish, operator, running, None, later + HOUR / 4)


def test_the_same_report_and_the_same_sweep_count_once(app: Flask, world: World) -> None:
    desk = Desk(world)
    first = int(NINE.timestamp())
    meter = Reporter("meter", "sensor", desk.operator.id, desk.home.id)
    report = Metered(desk.instrument.id, first, first + 600, "measurement", "k")
    assert sorted(raced(app, *(partial(take, report, meter, NINE + 9 * HOUR) for _ in range(2)))) == [
        "done",
        "done",
    ]
    assert db.session.query(UseSpan).count() == 1
    other = world.reservation(desk.instrument, desk.user, NINE + 3 * HOUR).id
    assert sorted(raced(app, *(partial(assume, other, NINE + 9 * HOUR) for _ in range(2)))) == [
        "done",
        "nothing",
    ]
    assert db.session.query(InstrumentUse).count() == 2


def test_who_comes_as_the_grace_ends_has_the_time_or_has_lost_it(app: Flask, world: World) -> None:
    desk = Desk(world)
    desk.set(check_in="required", grace_minutes=10)
    user = desk.actor()
    for day in range(1, 2 * ROUNDS + 1):
        start = NINE + timedelta(days=day)
        number = world.reservation(desk.instrument, desk.user, start, start + HOUR).id
        now = start + timedelta(minutes=10)
        came = partial(check_in, user, number, None, now)
        both = sorted(raced(app, came, partial(release_missed, number, now)))
        # Whoever came first stays; who came after the release has the rest of the time, as nobody took it meanwhile.
        assert both in (["done", "done"], ["done", "nothing"]), both
        use = db.session.query(InstrumentUse).filter_by(reservation_id=number, state="running").one()
        assert desk.held(number) == ("confirmed", start + HOUR)
        done(finish, user, use.id, None, now + timedelta(minutes=5))


def test_who_comes_too_late_does_not_take_the_time_of_who_took_it(app: Flask, world: World) -> None:
    desk = Desk(world)
    desk.set(check_in="required", grace_minutes=10)
    late, other = desk.actor(), desk.actor(world.person(desk.home))
    for day in range(1, ROUNDS + 1):
        start = NINE + timedelta(days=day)
        number = world.reservation(desk.instrument, desk.user, start, start + HOUR).id
        now = start + timedelta(minutes=10)
        assert done(release_missed, number, now)
        wish = BookingRequest(desk.instrument.id, start + HOUR / 2, start + HOUR)
        both = sorted(
            raced(app, partial(check_in, late, number, None, now), partial(book, other, other, wish, now))
        )
        assert both == ["done", "taken"], both
        running = db.session.query(InstrumentUse).filter_by(state="running").all()
        for use in running:
            done(finish, late, use.id, None, now + timedelta(minutes=5))
