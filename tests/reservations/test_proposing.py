"""Where what is in the way of a closure could go: only where its user may be then, by every limit of that day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.reservations.displacing import in_the_way
from instruments.reservations.proposing import Offer, proposals

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Closing:
    """An instrument of a lab, with two hours of a partner on the second day, which is closed for some days."""

    def __init__(self, world: Any, now: Any) -> None:
        self.world, self.now = world, now
        self.lab = world.lab()
        self.thing = world.instrument(self.lab, audience="companies")
        self.user, self.manager = world.person(world.institution()), world.person(self.lab.institution)
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)
        self.start = now + DAY
        world.reservation(self.thing, self.user, self.start, self.start + 2 * HOUR)

    def offered(self, days: int) -> int | None:
        """So many days closed from the start on, how many hours later they are offered the time; None for none."""
        first = int(self.start.timestamp())
        span = (first, first + days * 86_400)
        rows = in_the_way([self.thing.id], [span], self.now)
        people = {each.id: actor_by_id(each.id, self.now) for each in (self.user, self.manager)}
        found = proposals(rows, {self.thing.id: [span]}, people, people[self.manager.id], self.now)
        offer: Offer | None = found.get(rows[0].id)
        return offer and (offer.start - first) // 3600


@pytest.fixture
def closing(world, now) -> Closing:
    return Closing(world, now)


def test_it_goes_to_the_next_free_span(closing) -> None:
    assert closing.offered(2) == 48


def test_not_further_ahead_than_its_users_circle_may_book(closing) -> None:
    closing.world.rules(closing.thing, partners_days=2)
    assert closing.offered(1) == 24
    assert closing.offered(2) is None


def test_the_limits_are_those_of_the_day_to_which_it_goes(closing) -> None:
    closing.world.dated_rules(closing.thing, date(2027, 3, 4), date(2027, 3, 5), longest_minutes=60)
    assert closing.offered(2) == 88  # 6 March, 00:00
