"""Where those go who are in the way of a closure that leaves places, or that is changed: the next free span, truly."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from tests.world import bearer

HOUR = timedelta(hours=1)


class Furnace:
    """Eight places of a lab, and its manager, who closes some from tomorrow 08:00 on."""

    def __init__(self, client: Any, world: Any, now: datetime) -> None:
        self.client, self.world, self.begins = client, world, now + timedelta(days=1)
        lab = world.lab()
        self.thing = world.instrument(lab, capacity=8)
        manager = world.person(lab.institution)
        world.grant(manager, Role.LAB_MANAGER, lab)
        self.held = bearer(world.token(manager))

    def booked(self, start: datetime, count: int) -> list[Reservation]:
        """So many hours of as many people."""
        home = self.thing.institution
        return [
            self.world.reservation(self.thing, self.world.person(home), start, start + HOUR)
            for _ in range(count)
        ]

    def closure(self, units: int | None, hours: int = 4) -> dict[str, Any]:
        """What closes so many places from the beginning on."""
        end = (self.begins + hours * HOUR).isoformat()
        return {
            "kind": "maintenance",
            "reason": "Coil",
            "units": units,
            "start": self.begins.isoformat(),
            "end": end,
        }

    def offered(self, body: dict[str, Any]) -> dict[int, datetime]:
        """When each in the way is offered another time, by the preview."""
        address = f"/api/v1/instruments/{self.thing.id}/closures/preview"
        met = self.client.post(address, json=body, headers=self.held).json["reservations"]
        return {each["id"]: datetime.fromisoformat(each["move_to"]["start"]) for each in met}


@pytest.fixture
def furnace(client, world, now) -> Furnace:
    return Furnace(client, world, now)


def test_who_keeps_a_place_takes_no_free_time_from_those_without_one(furnace) -> None:
    begins = furnace.begins
    rows = furnace.booked(begins, 7)
    furnace.booked(begins + HOUR, 3)
    found = furnace.offered(furnace.closure(3))
    # Two of the eight places are left in the hour after: those of the two for whom there is none now.
    assert [found[row.id] for row in rows[5:]] == [begins + HOUR] * 2
    # Who goes in their stead goes to the next hour that is free then; each of them could.
    assert [found[row.id] for row in rows[:5]] == [begins + 2 * HOUR] * 5


@pytest.mark.parametrize(("before", "after", "hours"), [(3, 4, 4), (None, None, 1)])
def test_a_closure_that_is_changed_does_not_count_twice(furnace, before, after, hours) -> None:
    """Four hours from the hour on stand closed, a part or all; now more is, or an hour earlier and one hour only."""
    begins = furnace.begins
    first = begins if before else begins + HOUR
    stands = furnace.world.closure(furnace.thing, first, first + 4 * HOUR, units=before)
    row = furnace.booked(begins, 5 if before else 1)[-1]
    furnace.booked(begins + HOUR, 3 if before else 0)
    body = furnace.closure(after, hours) | {"reservations": {"all": "move"}}
    address = f"/api/v1/closures/{stands.id}"
    done = furnace.client.put(address, json=body, headers=furnace.held | {"If-Match": "*"})
    assert done.json["outcomes"] == {"moved": 1}
    db.session.expire_all()
    assert row.starts_at == begins + HOUR
