"""A lab with an instrument and the people round it, and shorthands for what they are told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.notices import tasks
from instruments.notices.models import Notice, NoticeDelivery
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest, book
from tests.conftest import NOW
from tests.world import World

TOMORROW = NOW + timedelta(days=3)
HOUR = timedelta(hours=1)


@dataclass
class Place:
    """The lab, its instrument, its manager, two researchers of the same university."""

    world: World
    lab: Any
    instrument: Any
    manager: Person
    lin: Person
    mei: Person

    def actor(self, person: Person) -> Actor:
        """The person as whoever asks."""
        found = actor_by_id(person.id, NOW)
        assert found
        return found

    def books(self, booker: Person, user: Person | None = None, start: Any = TOMORROW) -> int:
        """Book an hour by the act itself, so that the journal says what it says in life; the reservation's id."""
        actor, uses = self.actor(booker), self.actor(user or booker)
        request = BookingRequest(self.instrument.id, start, start + HOUR)
        return perform(lambda: book(actor, uses, request, NOW)).id


def at_once(app: Flask, work: Callable[[], object], workers: int) -> None:
    """Several workers, each with a context of its own, begin at the same moment; whatever one raises is raised here."""
    gate = threading.Barrier(workers)

    def begin() -> None:
        with app.app_context():
            gate.wait(20)
            work()

    with ThreadPoolExecutor(workers) as pool:
        for each in [pool.submit(begin) for _ in range(workers)]:
            each.result(120)


@pytest.fixture
def place(world, now) -> Place:
    """Names as people have them; Lin reads English in Berlin, Mei reads Chinese."""
    university = world.institution()
    lab = world.lab(university)
    manager = world.person(university, name_en="Chen Moni", name_zh="陈模拟")
    world.grant(manager, "lab_manager", lab)
    instrument = world.instrument(lab, name_en="Raman microscope", name_zh="拉曼显微镜")
    lin = world.person(university, name_en="Lin Shili", name_zh="林示例", zone="Europe/Berlin")
    mei = world.person(university, name_en="Mei Lizi", name_zh="梅例子", language="zh_Hans_CN")
    return Place(world, lab, instrument, manager, lin, mei)


@pytest.fixture
def told():
    """Reads the journal, and says who was told what: {(name, kind, variant)}."""

    def read() -> set[tuple[str, str, str]]:
        tasks.follow()
        rows = db.session.execute(
            select(Person.name_en, Notice.kind, Notice.said).join(Notice, Notice.person_id == Person.id)
        ).all()
        return {(row[0].split()[0], row[1], row[2]) for row in rows}

    return read


@pytest.fixture
def states():
    """The states of the deliveries, in their order."""

    def read() -> list[str]:
        db.session.rollback()
        return list(db.session.scalars(select(NoticeDelivery.state).order_by(NoticeDelivery.id)))

    return read
