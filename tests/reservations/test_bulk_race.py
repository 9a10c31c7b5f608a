"""Two managers change the same instruments at once: one does it as it was previewed, the other looks again."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from instruments.availability.models import OpeningHours
from instruments.availability.week_changes import HoursChange, NewWeek
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Actor, Role
from instruments.people.signing import actor_by_id
from instruments.reservations.bookable import bookable
from instruments.reservations.bulk.changing import carry_out, preview
from instruments.web import clock
from tests.world import World

pytestmark = pytest.mark.xdist_group("race")

ROUNDS = 8


def raced(app: Flask, actor: Actor, numbers: list[int], changes: list[tuple[HoursChange, str]]) -> list[str]:
    """Each change in a thread of its own, all at the same moment; what became of each."""
    gun, outcomes = threading.Barrier(len(changes)), [""] * len(changes)

    def one(place: int, change: HoursChange, seen: str) -> None:
        with app.app_context():
            gun.wait(60)
            try:
                perform(lambda: carry_out(actor, numbers, change, seen, clock.now()))
                outcomes[place] = "done"
            except Refusal as refusal:
                outcomes[place] = refusal.reasons[0].code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=one, args=(place, *each)) for place, each in enumerate(changes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return outcomes


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
        assert sorted(raced(app, actor, numbers, seen)) == ["done", "stale"]
        db.session.rollback()
        kept = {str(bookable(number).calendar.hours.week_on(since)) for number in numbers}
        assert len(kept) == 1
    assert db.session.scalar(select(func.count()).select_from(OpeningHours)) == 1 + ROUNDS * len(numbers)
