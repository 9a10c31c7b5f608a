"""The same address is subscribed once on a lab or an instrument, however it is written and whoever adds it at the same moment."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.calendars.models import CalendarSubscription
from instruments.calendars.subscribing import add_address
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab, Person
from tests.racing import raced
from tests.world import World, bearer, sign_in

FIRST = "https://lab.example/busy.ics?key=1"
AGAIN = "This address is subscribed here already, as “Ours”."


@pytest.fixture
def lab(world: World, now: datetime) -> Lab:
    return world.lab()


@pytest.fixture
def manager(world: World, lab: Lab) -> Person:
    who = world.person(lab.institution)
    world.grant(who, "lab_manager", lab)
    return who


def subscribe(owner: Lab | Instrument, address: str, now: datetime, name: str = "Ours") -> None:
    add_address(owner, name, address, actor_id=None, now=now)
    db.session.commit()


def count() -> int:
    db.session.rollback()
    return db.session.query(CalendarSubscription).count()


@pytest.mark.parametrize(
    ("address", "stands"),
    [
        (FIRST, True),
        ("webcal://lab.example/busy.ics?key=1", True),
        ("https://LAB.example:443/busy.ics?key=1#today", True),
        ("http://lab.example/busy.ics?key=1", False),
        ("https://lab.example/Busy.ics?key=1", False),
        ("https://lab.example/busy.ics?key=2", False),
        ("https://lab.example:8443/busy.ics?key=1", False),
    ],
)
def test_the_same_address_is_refused_however_it_is_written(
    client: FlaskClient, world: World, lab: Lab, manager: Person, now: datetime, address: str, stands: bool
) -> None:
    subscribe(lab, FIRST, now)
    page = sign_in(client, manager).post(f"/labs/{lab.id}/calendars", data={"address": address})
    assert (page.status_code, AGAIN in page.text) == ((422, True) if stands else (303, False))
    assert "lab.example/busy" not in page.text.replace(f'value="{address}"', "")  # often a secret
    assert count() == (1 if stands else 2)


def test_programs_are_told_at_the_field(
    client: FlaskClient, world: World, lab: Lab, manager: Person, now: datetime
) -> None:
    subscribe(lab, FIRST, now)
    answer = client.post(
        f"/api/v1/labs/{lab.id}/calendars", json={"address": FIRST}, headers=bearer(world.token(manager))
    )
    (reason,) = answer.json["reasons"]
    assert (answer.status_code, reason["code"], reason["field"]) == (422, "subscribed_already", "address")


def test_each_lab_and_instrument_has_its_own_and_the_labs_close_its_instruments(
    client: FlaskClient, world: World, lab: Lab, manager: Person, now: datetime
) -> None:
    one, two, elsewhere = world.instrument(lab), world.instrument(lab), world.lab()
    subscribe(one, FIRST, now)
    # What closes one instrument may close another, the whole lab, or another lab.
    for owner in (two, lab, elsewhere):
        subscribe(owner, FIRST, now)
    three = world.instrument(lab)
    page = sign_in(client, manager).post(f"/instruments/{three.id}/calendars", data={"address": FIRST})
    assert page.status_code == 422
    assert "The lab is subscribed to this address already, as “Ours”, for all its instruments." in page.text
    assert count() == 4


def test_a_paused_one_counts_and_a_removed_one_does_not(
    client: FlaskClient, lab: Lab, manager: Person, now: datetime
) -> None:
    subscribe(lab, FIRST, now)
    row = db.session.query(CalendarSubscription).one()
    number, row.state = row.id, "paused"
    db.session.commit()
    client = sign_in(client, manager)
    assert client.post(f"/labs/{lab.id}/calendars", data={"address": FIRST}).status_code == 422
    assert client.post(f"/calendars/subscriptions/{number}/remove").status_code == 303
    assert client.post(f"/labs/{lab.id}/calendars", data={"address": FIRST}).status_code == 303


def test_two_who_add_it_at_the_same_moment_add_it_once(app: Flask, lab: Lab, now: datetime) -> None:
    number = lab.id

    def add() -> None:
        add_address(db.session.get_one(Lab, number), "", FIRST, actor_id=None, now=now)

    for _ in range(5):
        assert sorted(raced(app, add, add, add)) == ["done", "subscribed_already", "subscribed_already"]
        assert count() == 1
        db.session.query(CalendarSubscription).delete()
        db.session.commit()
