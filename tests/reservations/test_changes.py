"""What has begun keeps its beginning; who changes the booking of others says why; who may only look does not change."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from tests.reservations.test_api import Program
from tests.reservations.test_pages import words
from tests.world import World, sign_in

HOUR = timedelta(hours=1)
NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an


@pytest.fixture
def held(app, world: World) -> Reservation:
    """From nine to eleven, by the person who uses it; it is ten."""
    app.config["FROZEN_NOW"] = NINE + HOUR
    thing = world.instrument()
    return world.reservation(thing, world.person(thing.institution), NINE, NINE + 2 * HOUR)


@pytest.fixture
def program(client: FlaskClient, world: World, held: Reservation) -> Program:
    return Program(client, world, held.user)


def times() -> tuple[datetime, datetime]:
    db.session.rollback()
    row = db.session.query(Reservation).order_by(Reservation.id).first()
    return row.starts_at, row.ends_at


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


FORM = {"day": "2027-03-02", "from": "09:00", "until": "12:00", "version": 1, "title": ""}


def test_what_is_moved_counts_neither_against_its_own_quota_nor_as_taken_in_what_is_offered_instead(
    app, world: World, client: FlaskClient
) -> None:
    app.config["FROZEN_NOW"] = NINE - 2 * HOUR
    thing = world.instrument(week="daily 08:00-18:00")
    world.quota(thing, amount=4)
    row = world.reservation(thing, world.person(thing.institution), NINE, NINE + 3 * HOUR)
    program, evening = Program(client, world, row.user), NINE + 10 * HOUR
    wish = {"start": evening.isoformat(), "end": (evening + 3 * HOUR).isoformat()}
    answer = program.change(row.id, **wish)
    assert answer.status_code == 422
    same = [each["start"] for each in answer.json["alternatives"] if each["instrument_id"] == thing.id]
    assert "2027-03-02T15:00:00+08:00" in same
    assert "2027-03-02T09:00:00+08:00" not in same  # where it is
    # An hour later than it is: its own time is free for it.
    world.reservation(thing, world.person(thing.institution), NINE + 4 * HOUR, NINE + 9 * HOUR)
    wish = {"start": (NINE + 2 * HOUR).isoformat(), "end": (NINE + 5 * HOUR).isoformat()}
    answer = program.change(row.id, **wish)
    assert (answer.status_code, codes(answer)) == (409, ["taken"])
    same = [each["start"] for each in answer.json["alternatives"] if each["instrument_id"] == thing.id]
    assert "2027-03-02T10:00:00+08:00" in same
    ten = NINE + HOUR
    moved = program.change(row.id, start=ten.isoformat(), end=(ten + 3 * HOUR).isoformat())
    assert moved.status_code == 200


def test_what_has_begun_is_not_moved_away(program: Program, held: Reservation) -> None:
    tomorrow = NINE + timedelta(days=1)
    for start in (tomorrow, NINE - HOUR, NINE + 3 * HOUR / 2):
        whole = {"start": start.isoformat(), "end": (start + 2 * HOUR).isoformat()}
        for body in ({"start": start.isoformat()}, whole):
            answer = program.change(held.id, **body)
            assert answer.status_code == 422
            assert "started" in codes(answer)
            assert answer.json.get("alternatives", []) == []
            assert [r["field"] for r in answer.json["reasons"] if r["code"] == "started"] == ["start"]
    assert times() == (NINE, NINE + 2 * HOUR)


def test_the_other_reasons_are_those_against_its_end(
    program: Program, world: World, held: Reservation
) -> None:
    world.reservation(held.instrument, world.person(), NINE + 3 * HOUR)
    later = {"start": (NINE + HOUR).isoformat(), "end": (NINE + 4 * HOUR).isoformat()}
    answer = program.change(held.id, **later, purpose="fun")
    assert sorted(codes(answer)) == ["purpose", "started", "taken"]
    taken = program.change(held.id, end=later["end"])
    assert (taken.status_code, codes(taken)) == (409, ["taken"])
    fix = taken.json["reasons"][0]["fix"]
    assert list(fix) == ["end"]
    assert program.change(held.id, **fix).status_code == 200
    assert times() == (NINE, NINE + 3 * HOUR)


@pytest.mark.parametrize("hours", [1.5, 3])
def test_what_has_begun_may_end_earlier_or_later(program: Program, held: Reservation, hours: float) -> None:
    end = NINE + hours * HOUR
    both = {"start": held.starts_at.isoformat(), "end": end.isoformat()}
    assert program.change(held.id, **both).status_code == 200
    assert times() == (NINE, end)


def test_the_page_lets_only_the_end_change(client: FlaskClient, held: Reservation) -> None:
    sign_in(client, held.user)
    page = client.get(f"/reservations/{held.id}/move").get_data(as_text=True)
    assert "only its end can change" in page
    assert page.count(" readonly") == 2
    refused = client.post(f"/reservations/{held.id}/move", data={**FORM, "day": "2027-03-03"})
    assert refused.status_code == 422
    assert "has begun at" in words(refused)
    assert "end it earlier or later" in words(refused)
    assert 'value="2027-03-03"' not in refused.get_data(as_text=True)
    assert client.post(f"/reservations/{held.id}/move", data=FORM).status_code == 303
    assert times() == (NINE, NINE + 3 * HOUR)


def test_who_changes_the_booking_of_others_says_why(
    client: FlaskClient, world: World, held: Reservation
) -> None:
    operator = world.person()
    world.grant(operator, Role.LAB_OPERATOR, held.instrument.lab)
    program, end = Program(client, world, operator), (NINE + 3 * HOUR).isoformat()
    for body in ({"end": end}, {"end": end, "reason": "  "}, {"title": "other"}):
        refused = program.change(held.id, **body)
        assert (refused.status_code, codes(refused)) == (422, ["no_reason"])
    sign_in(client, operator)
    page = words(client.get(f"/reservations/{held.id}/move"))
    assert "For whoever booked it and uses it" in page
    refused = client.post(f"/reservations/{held.id}/move", data=FORM)
    assert refused.status_code == 422
    assert "Say why you change it." in words(refused)
    assert (
        client.post(f"/reservations/{held.id}/move", data={**FORM, "reason": "power cut"}).status_code == 303
    )
    assert times() == (NINE, NINE + 3 * HOUR)


def test_who_booked_it_or_uses_it_need_not_say_why(
    client: FlaskClient, world: World, held: Reservation
) -> None:
    booker = world.person()
    row = world.reservation(held.instrument, held.user, NINE + 5 * HOUR, booker=booker)
    for version, person in ((1, booker), (2, held.user)):
        program = Program(client, world, person)
        assert program.change(row.id, f'"{version}"', title=f"by {person.id}").status_code == 200
    sign_in(client, held.user)
    assert "Stays in the history." in words(client.get(f"/reservations/{row.id}/move"))


def test_who_may_only_look_is_told_so_whichever_way_they_come(
    client: FlaskClient, world: World, held: Reservation
) -> None:
    auditor = world.person(held.instrument.institution)
    world.grant(auditor, Role.AUDITOR, held.instrument.institution)
    sign_in(client, auditor)
    for path in ("move", "cancel"):
        address = f"/reservations/{held.id}/{path}"
        assert client.get(address).status_code == 403
        assert client.post(address, data={**FORM, "from": "nonsense", "reason": "x"}).status_code == 403
