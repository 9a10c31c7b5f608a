"""Two managers change the same instruments at once: one does it as it was previewed, the other looks again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, select

from instruments.availability.models import OpeningHours
from instruments.availability.week_changes import HoursChange, NewWeek
from instruments.database import db
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.reservations.bookable import bookable
from instruments.reservations.bulk.changing import carry_out, preview
from instruments.web import clock
from tests.racing import raced
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")

ROUNDS = 8


def _carried_out(actor: Actor, numbers: list[int], change: HoursChange, seen: str) -> None:
    carry_out(actor, numbers, change, seen, clock.now())


def test_of_two_changes_at_once_one_is_done_and_the_other_looks_again(app: Flask, world: World) -> None:
    lab = world.lab()
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    numbers = [world.instrument(lab, week=None).id for _ in range(4)]
    world.hours(lab, "24/7")
    actor = actor_by_id(person.id, clock.now())
    assert actor is not None
    for turn in range(ROUNDS):
        since = clock.now().date() + timedelta(days=3 + turn)
        changes: list[HoursChange] = [NewWeek(f"Mon-Fri 0{begins}:00-1{turn}:00", since) for begins in (7, 8)]
        seen = [(change, preview(actor, numbers, change, clock.now())[0].seen) for change in changes]
        db.session.commit()
        acts = [partial(_carried_out, actor, numbers, *each) for each in seen]
        assert sorted(raced(app, *acts)) == ["done", "stale"]
        kept = {str(bookable(number).calendar.hours.week_on(since)) for number in numbers}
        assert len(kept) == 1
    assert db.session.scalar(select(func.count()).select_from(OpeningHours)) == 1 + ROUNDS * len(numbers)
