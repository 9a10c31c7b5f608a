"""A lab with an instrument, its operator, a user with a reservation, and what tests ask of their uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.reservations.models import Reservation
from instruments.usage.checking_in import check_in
from instruments.usage.models import InstrumentUse, UsageSettings
from tests.world import World

# Tuesday, 2 March 2027, 09:00 in Shanghai.
NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


class Desk:
    """What most tests of usage begin with: a reservation from nine to eleven."""

    def __init__(self, world: World, capacity: int = 1) -> None:
        self.world = world
        self.home = world.institution()
        self.lab = world.lab(self.home)
        self.instrument = world.instrument(self.lab, capacity=capacity)
        self.operator = world.person(self.home)
        world.grant(self.operator, Role.LAB_OPERATOR, self.lab)
        self.user = world.person(self.home)
        self.reservation = world.reservation(self.instrument, self.user, NINE, NINE + 2 * HOUR)

    def set(self, **values: Any) -> None:
        """What the lab says of its uses."""
        db.session.add(UsageSettings(lab_id=self.lab.id, **values))
        db.session.commit()

    def actor(self, person: Any = None) -> Actor:
        found = actor_by_id((person or self.user).id, NINE)
        assert found is not None
        return found

    def checked_in(self, now: datetime = NINE) -> int:
        actor, number = self.actor(), self.reservation.id
        return perform(lambda: check_in(actor, number, None, now))

    def use(self, number: int) -> InstrumentUse:
        db.session.rollback()
        found = db.session.get(InstrumentUse, number, populate_existing=True)
        assert found is not None
        return found

    def held(self, number: int | None = None) -> tuple[str, datetime]:
        """State of a reservation, and until when it holds the instrument."""
        db.session.rollback()
        row = db.session.get(Reservation, number or self.reservation.id, populate_existing=True)
        assert row is not None
        return row.state, row.held_until


def done(act: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Do something as a deed."""
    return perform(lambda: act(*given, **named))


def refused(act: Callable[..., Any], *given: Any, **named: Any) -> list[str]:
    """The codes of the reasons for which it is refused."""
    with pytest.raises(Refusal) as refusal:
        perform(lambda: act(*given, **named))
    db.session.rollback()
    return [reason.code for reason in refusal.value.reasons]
