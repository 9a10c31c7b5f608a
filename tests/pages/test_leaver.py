"""The coming reservations of somebody who leaves: refusals first, then handing over and cancelling."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from tests.world import World, sign_in

HOUR = timedelta(hours=1)


@pytest.fixture
def leaving(world: World, now: datetime) -> dict:
    """A university with a manager, a leaver with two reservations, and a colleague."""
    university = world.institution()
    leaver, colleague, manager = (world.person(university) for _ in range(3))
    world.grant(manager, Role.INSTITUTION_MANAGER, university)
    instrument = world.instrument(world.lab(university))
    rows = [world.reservation(instrument, leaver, now + day * 24 * HOUR) for day in (1, 2)]
    return {
        "leaver": leaver,
        "colleague": colleague,
        "manager": manager,
        "rows": rows,
        "instrument": instrument,
    }


def address(person: Person) -> str:
    return f"/people/{person.id}/reservations"


def row(reservation: Reservation) -> Reservation:
    db.session.expire_all()
    return db.session.get(Reservation, reservation.id)


def test_a_stranger_is_sent_to_sign_in(client: FlaskClient, leaving: dict) -> None:
    assert client.get(address(leaving["leaver"])).status_code == 302


@pytest.mark.parametrize("who", ["leaver", "colleague"])
def test_nobody_but_the_manager_may(client: FlaskClient, leaving: dict, who: str) -> None:
    sign_in(client, leaving[who])
    assert client.get(address(leaving["leaver"])).status_code == 403
    form = {"reservation": leaving["rows"][0].id, "version": 1, "cancel": "1", "reason": "left"}
    assert client.post(address(leaving["leaver"]), data=form).status_code == 403
    assert row(leaving["rows"][0]).state == "confirmed"


def test_a_manager_elsewhere_may_not(client: FlaskClient, world: World, leaving: dict) -> None:
    elsewhere = world.institution()
    other = world.person(elsewhere)
    world.grant(other, Role.INSTITUTION_MANAGER, elsewhere)
    sign_in(client, other)
    assert client.get(address(leaving["leaver"])).status_code == 403


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"user": ""}, 422, "Say who gets the reservation."),
        ({"user": "nobody@example.org"}, 403, "You may not book for this person."),
        ({"user": "self"}, 422, "This person has the reservation already."),
        ({"cancel": "1", "reason": ""}, 422, "Say why you cancel."),
        ({"cancel": "1", "reason": "left", "version": 9}, 412, "was changed since"),
    ],
)
def test_refusals_keep_what_was_typed(
    client: FlaskClient, leaving: dict, typed: dict, status: int, sentence: str
) -> None:
    sign_in(client, leaving["manager"])
    if typed.get("user") == "self":
        typed = {"user": leaving["leaver"].mail}
    form = {"reservation": leaving["rows"][0].id, "version": 1} | typed
    answer = client.post(address(leaving["leaver"]), data=form)
    assert answer.status_code == status
    assert sentence in answer.text
    if typed.get("user"):
        assert typed["user"] in answer.text
    assert row(leaving["rows"][0]).user_id == leaving["leaver"].id
    assert row(leaving["rows"][0]).state == "confirmed"


def test_nobody_gets_what_is_not_open_to_them(client: FlaskClient, world: World, leaving: dict) -> None:
    lab_only = world.instrument(world.lab(leaving["instrument"].institution), audience="lab")
    reservation = world.reservation(lab_only, leaving["leaver"], leaving["rows"][0].starts_at)
    sign_in(client, leaving["manager"])
    form = {"reservation": reservation.id, "version": 1, "user": leaving["colleague"].mail}
    answer = client.post(address(leaving["leaver"]), data=form)
    assert answer.status_code == 422
    assert "not open to this person" in answer.text


def test_one_is_handed_over_and_one_cancelled(client: FlaskClient, leaving: dict) -> None:
    sign_in(client, leaving["manager"])
    first, second = leaving["rows"]
    given = {"reservation": first.id, "version": 1, "user": leaving["colleague"].mail}
    assert client.post(address(leaving["leaver"]), data=given).status_code == 302
    gone = {"reservation": second.id, "version": 1, "cancel": "1", "reason": "has left"}
    assert client.post(address(leaving["leaver"]), data=gone).status_code == 302
    assert row(first).user_id == leaving["colleague"].id
    assert row(first).version == 2
    assert row(second).state == "cancelled"
    assert "Nothing is left to deal with" in client.get(address(leaving["leaver"])).text
