"""Booking races closing: whoever has no place at the closing is noted, and nobody books one that is closed."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import Displacement, Reservation
from tests.racing import Round, run
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")

HOUR = timedelta(hours=1)
SLOTS, BOOKERS, CAPACITY, CLOSED = 30, 6, 4, 2


def test_no_place_that_is_closed_is_booked_in_the_same_moment(server: str, world: World) -> None:
    lab = world.lab()
    thing = world.instrument(lab, capacity=CAPACITY)
    manager = world.person(lab.institution)
    world.grant(manager, Role.LAB_MANAGER, lab)
    first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    ends = [(first + slot * HOUR, first + (slot + 1) * HOUR) for slot in range(SLOTS)]
    spans = [{"start": start.isoformat(), "end": end.isoformat()} for start, end in ends]
    bookings = [Round("POST", "/api/v1/reservations", {"instrument_id": thing.id, **span}) for span in spans]
    closing = {"kind": "maintenance", "reason": "Coil", "units": CLOSED, "reservations": {"all": "keep"}}
    closings = [Round("POST", f"/api/v1/instruments/{thing.id}/closures", closing | span) for span in spans]
    racers = [(world.token(world.person(lab.institution)), bookings) for _ in range(BOOKERS)]
    answers = run(server, [*racers, (world.token(manager), closings)])
    assert {status for racer in answers[:-1] for status, _, _ in racer} <= {201, 409}
    assert {status for status, _, _ in answers[-1]} == {201}
    db.session.rollback()
    held = Counter(db.session.scalars(select(Reservation.starts_at).where(Reservation.live)))
    kept = Counter(db.session.scalars(select(Displacement.starts_at)))
    for start, _ in ends:
        assert CAPACITY - CLOSED <= held[start] <= CAPACITY
        assert kept[start] == held[start] - (CAPACITY - CLOSED)
