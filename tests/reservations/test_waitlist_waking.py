"""What wakes those who wait within a minute, besides time that becomes free: a qualification, and room under a quota."""

from __future__ import annotations

from datetime import timedelta

import pytest

from instruments.database.transactions import perform
from instruments.people.rights import Role
from instruments.people.signing import actor_by_id
from instruments.qualifications.granting import Wanted, grant
from instruments.qualifications.subjects import Subject
from instruments.reservations.cancelling import cancel
from tests.reservations.waiting import HOUR, Queue

MINUTE = timedelta(minutes=1)


@pytest.fixture
def queue(world, now) -> Queue:
    return Queue(world, now)


def test_who_is_qualified_meanwhile_is_offered_the_time(app, queue, world) -> None:
    who, manager = queue.people[:2]
    world.grant(manager, Role.LAB_MANAGER, queue.lab)
    world.needs(queue.instrument, level="independent")
    queue.wait(who)
    queue.free()
    assert queue.sweep(app) == 0
    actor = actor_by_id(manager.id, queue.now)
    wanted = Wanted(Subject(queue.instrument.id, None), "independent")
    perform(lambda: grant(actor, [who], wanted, queue.now))
    assert queue.sweep(app, MINUTE) == 1


def test_a_quota_that_is_freed_elsewhere_makes_room(app, queue, world) -> None:
    who = queue.people[0]
    world.quota(queue.lab, amount=2)
    queue.wait(who)
    other = world.reservation(world.instrument(queue.lab), who, queue.start + 4 * HOUR, queue.end + 4 * HOUR)
    queue.free()
    assert queue.sweep(app) == 0
    actor = actor_by_id(who.id, queue.now)
    perform(lambda: cancel(actor, other.id, "ill", None, queue.now))
    assert queue.sweep(app, MINUTE) == 1


def test_a_deed_elsewhere_wakes_nobody_without_quotas(app, queue, world, statements) -> None:
    queue.wait(queue.people[0])
    other = world.reservation(world.instrument(queue.lab), queue.people[1], queue.start, queue.end)
    queue.sweep(app)
    actor = actor_by_id(queue.people[1].id, queue.now)
    perform(lambda: cancel(actor, other.id, "ill", None, queue.now))
    statements.clear()
    queue.sweep(app, MINUTE)
    assert not any(each.startswith("UPDATE wait_request") for each in statements)
