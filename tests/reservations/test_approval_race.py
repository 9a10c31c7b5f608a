"""Two answers never count for one request, and two requests never stand in one slot: raced on both databases."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from flask import Flask

from instruments.database import db
from instruments.database.transactions import perform
from instruments.journal.models import JournalEntry
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.reservations.approving import approve, decline, propose
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.cancelling import cancel
from instruments.reservations.expiring import expire
from instruments.reservations.models import Approval, Reservation
from instruments.timespan import Timespan
from tests.racing import Round, raced, run
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
SLOTS = 12


class Place:
    """A lab that outsiders have to ask, two managers, two outsiders, and a request in each slot."""

    def __init__(self, world: World) -> None:
        home, elsewhere = world.institution(), world.institution()
        lab = world.lab(home)
        self.instrument_id = world.instrument(lab).id
        world.approval_rule(lab, "partners")
        people = [world.person(home), world.person(home), world.person(elsewhere), world.person(elsewhere)]
        for manager in people[:2]:
            world.grant(manager, Role.LAB_MANAGER, lab)
        self.tokens = [world.token(person) for person in people]
        actors = [actor_by_id(person.id, NOW) for person in people]
        assert all(actors)
        self.managers, self.askers = actors[:2], actors[2:]

    def wish(self, slot: int) -> BookingRequest:
        start = NOW + (48 + 2 * slot) * HOUR
        return BookingRequest(self.instrument_id, start, start + HOUR)

    def ask(self, slot: int) -> int:
        asker: Actor = self.askers[0]
        return perform(lambda: book(asker, asker, self.wish(slot), NOW)).id


@pytest.fixture
def place(app: Flask, world: World) -> Place:
    return Place(world)


def settled(number: int) -> tuple[str, str, int]:
    """State, decision, and how many deeds settled it."""
    db.session.rollback()
    state = db.session.get(Reservation, number, populate_existing=True).state
    decision = db.session.query(Approval.decision).filter_by(reservation_id=number).scalar()
    ends = ("reservation.approved", "reservation.declined", "reservation.expired", "reservation.cancelled")
    entries = db.session.query(JournalEntry).filter_by(thing_kind="reservation", thing_id=number)
    return state, decision, entries.filter(JournalEntry.deed.in_(ends)).count()


def test_two_managers_answer_and_one_answer_counts(app: Flask, place: Place) -> None:
    one, other = place.managers
    for slot in range(SLOTS):
        number = place.ask(slot)
        second = (
            partial(approve, other, number, "", None, NOW)
            if slot % 2
            else partial(decline, other, number, "No", None, NOW)
        )
        outcomes = raced(app, partial(approve, one, number, "", None, NOW), second)
        assert sorted(outcomes) == ["done", "not_requested"]
        state, decision, deeds = settled(number)
        assert (state, decision) in {("confirmed", "approved"), ("declined", "declined")} and deeds == 1


def test_approved_or_withdrawn_but_never_both(app: Flask, place: Place) -> None:
    asker, manager = place.askers[0], place.managers[0]
    for slot in range(SLOTS):
        number = place.ask(slot)
        outcomes = raced(
            app,
            partial(approve, manager, number, "", 1, NOW),
            partial(cancel, asker, number, "Not needed", 1, NOW),
        )
        assert sorted(outcomes) == ["done", "stale"]
        won = ("confirmed", "approved", 1) if outcomes[0] == "done" else ("cancelled", "withdrawn", 1)
        assert settled(number) == won


def test_approved_or_expired_but_never_both(app: Flask, place: Place) -> None:
    manager = place.managers[0]
    for slot in range(SLOTS):
        number = place.ask(slot)
        outcomes = raced(
            app, partial(approve, manager, number, "", None, NOW), partial(expire, number, NOW + 24 * HOUR)
        )
        assert outcomes in (["done", "nothing"], ["not_requested", "done"])
        won = ("confirmed", "approved", 1) if outcomes[0] == "done" else ("expired", "expired", 1)
        assert settled(number) == won


def test_two_sweeps_expire_it_once(app: Flask, place: Place) -> None:
    number = place.ask(0)
    late = NOW + 24 * HOUR
    assert sorted(raced(app, *[partial(expire, number, late)] * 3)) == ["done", "nothing", "nothing"]
    assert settled(number) == ("expired", "expired", 1)


def test_what_expires_goes_to_one_who_waits_for_it(app: Flask, place: Place) -> None:
    other = place.askers[1]
    for slot in range(SLOTS):
        number = place.ask(slot)
        wish = place.wish(slot)
        outcomes = raced(
            app, partial(book, other, other, wish, NOW), partial(expire, number, NOW + 24 * HOUR)
        )
        assert outcomes[1] == "done" and outcomes[0] in ("done", "taken")
        held = db.session.query(Reservation).filter_by(starts_at=wish.start, live=True).count()
        assert held == (1 if outcomes[0] == "done" else 0)


def test_two_proposals_never_hold_one_slot(app: Flask, place: Place) -> None:
    one, other = place.managers
    asker = place.askers[0]
    numbers = [place.ask(slot) for slot in range(2 * SLOTS)]
    for slot in range(SLOTS):
        wish = place.wish(100 + slot)
        span = (wish.start, wish.end)
        pair = numbers[2 * slot : 2 * slot + 2]
        outcomes = raced(
            app,
            partial(propose, one, asker, pair[0], span, "", None, NOW),
            partial(propose, other, asker, pair[1], span, "", None, NOW),
        )
        assert sorted(outcomes) == ["done", "taken"]
    rows = db.session.query(Reservation.starts_at, Reservation.held_until).filter_by(live=True).all()
    spans = sorted(Timespan(*row) for row in rows)
    assert all(first.end <= second.start for first, second in itertools.pairwise(spans))


def test_programs_that_ask_and_answer_at_once(server: str, place: Place) -> None:
    askers, managers = place.tokens[2:], place.tokens[:2]
    ask = [
        Round(
            "POST",
            "/api/v1/reservations",
            {
                "instrument_id": place.instrument_id,
                "start": place.wish(slot).start.isoformat(),
                "end": place.wish(slot).end.isoformat(),
            },
        )
        for slot in range(SLOTS)
    ]
    asked = run(server, [(token, ask) for token in askers])
    for slot in range(SLOTS):
        assert Counter(racer[slot][0] for racer in asked) == {201: 1, 409: 1}
    made = [next(racer[slot][2] for racer in asked if racer[slot][0] == 201) for slot in range(SLOTS)]
    assert {each["state"] for each in made} == {"requested"}
    answer = [Round("POST", f"/api/v1/reservations/{each['id']}/approve", {}, '"1"') for each in made]
    answered = run(server, [(token, answer) for token in managers])
    for slot in range(SLOTS):
        assert Counter(racer[slot][0] for racer in answered) == {200: 1, 412: 1}
