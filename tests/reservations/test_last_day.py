"""Whoever leaves an institution uses no instrument after their last day, whoever books it and from wherever."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from tests.world import World, bearer, sign_in

NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FORM = {"from": "09:00", "until": "10:00", "purpose": "research"}
SENTENCE = "The last day at their institution of the person who will use it is Wed 3 Mar."


@pytest.fixture
def instrument(world: World, now):
    return world.instrument()


@pytest.fixture
def leaver(world: World, instrument):
    return world.person(instrument.institution, ends_on=date(2027, 3, 3), mail="leaver@example.org")


def post(client: FlaskClient, instrument, day: str, **typed):
    return client.post(f"/instruments/{instrument.id}/reservations", data={**FORM, "day": day, **typed})


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def users() -> list[int]:
    db.session.rollback()
    return [row.user_id for row in db.session.query(Reservation)]


def test_the_day_after_is_refused_at_the_field_and_nothing_after_it_is_offered(
    client, instrument, leaver
) -> None:
    sign_in(client, leaver)
    answer = post(client, instrument, "2027-03-04")
    assert answer.status_code == 422
    assert SENTENCE in words(answer)
    assert "ask the institution" in words(answer)
    assert 'id="f-from" name="from" value="09:00" aria-invalid' in answer.get_data(as_text=True)
    offered = re.findall(r'name="day" value="([^"]+)"', answer.get_data(as_text=True))
    assert offered
    assert {day for day in offered if day > "2027-03-03"} <= {"2027-03-04"}  # the form as it was typed
    assert offered.count("2027-03-04") == 1
    assert users() == []


def test_it_is_the_users_last_day_that_counts_not_the_bookers(client, world, instrument, leaver) -> None:
    manager = world.person(instrument.institution)
    world.grant(manager, Role.LAB_MANAGER, instrument.lab)
    sign_in(client, manager)
    assert SENTENCE in words(post(client, instrument, "2027-03-04", user=leaver.mail))
    assert users() == []


def test_programs_are_told_too(client, world, instrument, leaver) -> None:
    body = {
        "instrument_id": instrument.id,
        "start": "2027-03-04T09:00:00+08:00",
        "end": "2027-03-04T10:00:00+08:00",
    }
    answer = client.post("/api/v1/reservations", json=body, headers=bearer(world.token(leaver)))
    assert answer.status_code == 422
    assert [(reason["code"], reason["field"]) for reason in answer.json["reasons"]] == [
        ("membership_ends", "start")
    ]


def test_moving_beyond_it_is_refused(client, world, instrument, leaver) -> None:
    row = world.reservation(instrument, leaver, NINE)
    sign_in(client, leaver)
    form = {**FORM, "day": "2027-03-04", "version": 1}
    answer = client.post(f"/reservations/{row.id}/move", data=form)
    assert answer.status_code == 422
    assert SENTENCE in words(answer)


def test_handing_over_to_somebody_who_will_be_gone_is_refused(client, world, instrument, leaver) -> None:
    manager, other = world.person(instrument.institution), world.person(instrument.institution)
    world.grant(manager, Role.INSTITUTION_MANAGER, instrument.institution)
    row = world.reservation(instrument, other, NINE + 2 * DAY)
    sign_in(client, manager)
    form = {"reservation": row.id, "version": 1, "user": leaver.mail}
    answer = client.post(f"/people/{other.id}/reservations", data=form)
    assert answer.status_code == 422
    assert SENTENCE in words(answer)
    assert users() == [other.id]


def test_searching_finds_nothing_after_it(client, world, instrument, leaver) -> None:
    world.reservation(instrument, world.person(), NINE - DAY - HOUR, NINE + 3 * DAY)
    sign_in(client, leaver)
    assert "Not free up to" in words(client.get("/?hours=1&until=2027-03-20"))
    sign_in(client, world.person(instrument.institution))
    assert "Not free up to" not in words(client.get("/?hours=1&until=2027-03-20"))


def test_up_to_the_end_of_it_is_booked(client, instrument, leaver) -> None:
    sign_in(client, leaver)
    assert post(client, instrument, "2027-03-03", **{"from": "23:00", "until": "24:00"}).status_code == 303
    assert users() == [leaver.id]
