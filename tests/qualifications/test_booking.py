"""Booking what asks for a qualification, an admission or a second person: refused with the way in, or taken."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import Refusal
from instruments.journal.record import history
from instruments.people.signing import actor_by_id
from instruments.reservations.handing_over import hand_over
from instruments.reservations.models import Reservation
from tests.world import bearer, sign_in

HOUR = timedelta(hours=1)
NIGHT = {"night_from": 20 * 60, "night_until": 8 * 60}


@pytest.fixture
def place(world, now, client):
    home, elsewhere = world.institution(), world.institution()
    lab = world.lab(home)
    people = {
        "member": world.person(home),
        "second": world.person(home),
        "operator": world.person(home),
        "manager": world.person(home),
        "visitor": world.person(elsewhere),
    }
    world.grant(people["operator"], "lab_operator", lab)
    world.grant(people["manager"], "lab_manager", lab)
    made = SimpleNamespace(
        home=home, elsewhere=elsewhere, lab=lab, people=people, now=now, client=client, world=world
    )
    made.instrument = world.instrument(lab)
    made.tokens = {name: world.token(person) for name, person in people.items()}
    return made


def book(place, who="member", *, days=1, hour=10, length=2.0, **more):
    """POST a reservation so many days from now, at an hour on the lab's wall; now is 08:00 there."""
    start = place.now + timedelta(days=days) + (hour - 8) * HOUR
    instrument = more.pop("instrument", place.instrument)
    body = {
        "instrument_id": instrument.id, "start": start.isoformat(), "end": (start + length * HOUR).isoformat(), **more
    }  # fmt: skip
    return place.client.post("/api/v1/reservations", json=body, headers=bearer(place.tokens[who]))


def codes(answer) -> list[str]:
    return [reason["code"] for reason in answer.json.get("reasons", [])]


def change(place, number, who="member", **body):
    headers = bearer(place.tokens[who]) | {"If-Match": "*"}
    return place.client.patch(f"/api/v1/reservations/{number}", json=body, headers=headers)


def test_who_is_not_qualified_is_refused_with_the_way_in(place, world) -> None:
    world.needs(place.lab, level="independent", admission=True)
    refused = book(place)
    assert refused.status_code == 422
    assert codes(refused) == ["admission_missing", "not_qualified"]  # the admission comes first
    assert [reason["fix"] for reason in refused.json["reasons"]] == [
        {"ask": "admission", "institution_id": place.home.id, "instrument_id": place.instrument.id},
        {"ask": "qualification", "instrument_id": place.instrument.id, "level": "independent"},
    ]
    world.admission(place.people["member"], place.home)
    assert codes(book(place)) == ["not_qualified"]
    world.qualification(place.people["member"], place.instrument)
    assert book(place).status_code == 201


def test_the_reasons_are_read_in_chinese(place, world) -> None:
    world.needs(place.lab, level="independent")
    place.people["member"].language = "zh_Hans_CN"
    db.session.commit()
    assert "独立" in book(place).json["detail"]


def test_the_owner_institutions_admission_counts_for_visitors(place, world) -> None:
    world.needs(place.lab, admission=True)
    world.admission(place.people["visitor"], place.elsewhere)
    assert codes(book(place, "visitor")) == ["admission_missing"]
    world.admission(place.people["visitor"], place.home)
    assert book(place, "visitor").status_code == 201


def test_what_ends_before_the_date_refuses_that_date_only(place, world) -> None:
    world.needs(place.lab, level="independent", admission=True)
    world.qualification(place.people["member"], place.instrument, expires_on=date(2027, 3, 4))
    world.admission(place.people["member"], place.home, date(2027, 3, 3))
    assert book(place, days=2).status_code == 201
    assert codes(book(place, days=3)) == ["admission_expires"]
    assert codes(book(place, days=4)) == ["admission_expires", "qualification_expires"]


def test_what_was_revoked_counts_no_more(place, world, now) -> None:
    world.needs(place.lab, level="independent")
    world.qualification(
        place.people["member"], place.instrument, revoked_at=now, revoked_why="Left the window open"
    )
    assert codes(book(place)) == ["not_qualified"]


def test_a_technique_counts_on_each_of_its_instruments(place, world) -> None:
    other = world.instrument(place.lab)
    technique = world.technique(place.lab, place.instrument)
    world.needs(place.lab, level="independent")
    world.qualification(place.people["member"], technique)
    assert book(place).status_code == 201
    assert codes(book(place, instrument=other)) == ["not_qualified"]


def test_an_instruments_own_rule_replaces_its_labs(place, world) -> None:
    world.needs(place.lab, level="independent")
    own = world.needs(place.instrument)
    assert book(place).status_code == 201
    own.in_force = False
    world._keep(own, catalog=True)
    assert codes(book(place, days=2)) == ["not_qualified"]


def test_at_night_another_level_is_needed(place, world) -> None:
    world.needs(place.lab, level="independent", night_level="night", **NIGHT)
    world.qualification(place.people["member"], place.instrument)
    assert book(place, hour=16, length=4).status_code == 201
    assert codes(book(place, days=2, hour=16, length=4.5)) == ["level_too_low"]


def test_the_labs_staff_need_no_qualification_but_the_admission(place, world) -> None:
    world.needs(place.lab, level="independent", admission=True)
    assert codes(book(place, "operator")) == ["admission_missing"]
    world.admission(place.people["operator"], place.home)
    assert book(place, "operator").status_code == 201


def test_it_is_the_user_who_must_be_qualified_whoever_books(place, world) -> None:
    world.needs(place.lab, level="independent")
    assert codes(book(place, "operator", **{"for": place.people["member"].id})) == ["not_qualified"]
    world.qualification(place.people["member"], place.instrument)
    assert book(place, "operator", **{"for": place.people["member"].id}).status_code == 201


def test_a_qualification_is_never_overridden(place, world) -> None:
    world.needs(place.lab, level="independent")
    more = {"for": place.people["member"].id, "override_reason": "Urgent"}
    assert codes(book(place, "operator", **more)) == ["not_qualified"]


def test_with_assistance_the_lab_is_asked_first(place, world) -> None:
    world.needs(place.lab, level="assisted")
    world.qualification(place.people["member"], place.instrument, "assisted")
    asked = book(place)
    assert (asked.status_code, asked.json["state"]) == (201, "requested")
    # Within what was approved it only gets shorter; beyond it, it is asked for anew.
    number, start = asked.json["id"], place.now + 26 * HOUR
    headers = bearer(place.tokens["operator"]) | {"If-Match": "*"}
    assert place.client.post(f"/api/v1/reservations/{number}/approve", json={}, headers=headers).json[
        "state"
    ] == ("confirmed")
    assert change(place, number, end=(start + HOUR).isoformat()).json["state"] == "confirmed"
    assert change(place, number, end=(start + 3 * HOUR).isoformat()).json["state"] == "requested"


def test_who_is_only_to_be_assisted_is_not_said_to_fall_under_the_labs_rule(place, world) -> None:
    world.needs(place.lab, level="assisted")
    world.qualification(place.people["member"], place.instrument, "assisted")
    world.approval_rule(place.lab, "partners", managers_only=True)
    number = book(place).json["id"]
    sign_in(place.client, place.people["operator"])
    page = place.client.get(f"/labs/{place.lab.id}/approvals?request={number}").text
    assert "Qualified with assistance only: approve it when somebody of the lab will be there" in page
    assert "need approval" not in page
    headers = bearer(place.tokens["operator"]) | {"If-Match": "*"}
    answer = place.client.post(f"/api/v1/reservations/{number}/approve", json={}, headers=headers)
    assert answer.json["state"] == "confirmed"


def test_moving_to_another_day_is_judged_like_booking(place, world) -> None:
    world.needs(place.lab, level="independent")
    world.qualification(place.people["member"], place.instrument, expires_on=date(2027, 3, 4))
    number = book(place).json["id"]
    start = place.now + timedelta(days=4, hours=2)
    moved = change(place, number, start=start.isoformat(), end=(start + HOUR).isoformat())
    assert codes(moved) == ["qualification_expires"]


def test_it_is_handed_over_to_the_qualified_only(place, world) -> None:
    world.needs(place.lab, level="independent")
    world.qualification(place.people["member"], place.instrument)
    number, heir = book(place).json["id"], place.people["second"]
    manager, user = (actor_by_id(person.id, place.now) for person in (place.people["manager"], heir))
    with pytest.raises(Refusal) as refused, deed():
        hand_over(manager, user, number, None, place.now)
    assert [(reason.code, reason.field) for reason in refused.value.reasons] == [("not_qualified", "user")]
    world.qualification(heir, place.instrument)
    with deed():
        hand_over(manager, user, number, None, place.now)


def test_who_is_named_without_need_is_still_another_with_an_account(place) -> None:
    assert codes(book(place, second_person="nobody@example.org")) == ["second_unfit"]
    assert codes(book(place, second_person=place.people["member"].mail)) == ["second_is_user"]
    assert book(place, second_person=place.people["second"].mail).status_code == 201


def test_the_second_person_is_named_by_address_so_that_nobody_counts_up_the_names_of_all(place) -> None:
    number = place.people["second"].id
    assert codes(book(place, second_person=number)) == ["person"]
    assert codes(book(place, second_person=str(number))) == ["second_unfit"]


def test_two_people_at_night(place, world) -> None:
    world.needs(place.lab, two_at_night=True, admission=True, **NIGHT)
    world.admission(place.people["member"], place.home)
    assert book(place).status_code == 201
    assert codes(book(place, hour=21)) == ["second_missing"]
    assert codes(book(place, hour=21, second_person="nobody@example.org")) == ["second_unfit"]
    unadmitted = book(place, hour=21, second_person=place.people["second"].mail)
    assert codes(unadmitted) == ["second_unfit"]
    assert codes(book(place, hour=21, second_person=place.people["member"].mail)) == ["second_is_user"]
    world.admission(place.people["second"], place.home)
    made = book(place, hour=21, second_person=place.people["second"].mail)
    assert made.json["second_person"]["id"] == place.people["second"].id
    deeds = [row.deed for row in history("reservation", made.json["id"])]
    assert "reservation.second_named" in deeds


def test_the_second_person_sees_the_reservation_and_does_not_change_it(place, world) -> None:
    world.needs(place.lab, two_if_hazardous=True)
    world.admission(place.people["second"], place.home)
    made = book(place, hazardous=True, second_person=place.people["second"].mail)
    address = f"/api/v1/reservations/{made.json['id']}"
    seen = place.client.get(address, headers=bearer(place.tokens["second"]))
    assert (seen.status_code, seen.json["hazardous"]) == (200, True)
    assert change(place, made.json["id"], "second", title="Mine").status_code == 403
    assert place.client.get(address, headers=bearer(place.tokens["visitor"])).status_code == 404
    listed = place.client.get("/api/v1/reservations", headers=bearer(place.tokens["second"]))
    assert [each["id"] for each in listed.json["items"]] == [made.json["id"]]
    sign_in(place.client, place.people["second"])
    for page in ("/reservations", "/home"):
        text = place.client.get(page).text
        assert "You are the second person" in text and f"/reservations/{made.json['id']}/cancel" not in text


def test_nobody_is_sent_alone_with_hazardous_samples_to_where_two_are_needed(place, world) -> None:
    asks, also, free = (world.instrument(place.lab, class_code="010410") for _ in range(3))
    for each in (asks, also):
        world.needs(each, two_if_hazardous=True)
    night = world.needs(free, two_at_night=True, **NIGHT)
    refused = book(place, instrument=asks, hazardous=True)
    assert {each["instrument_id"] for each in refused.json["alternatives"]} == {free.id}
    refused = book(place, instrument=asks, hazardous=True, second_person="nobody@example.org")
    assert {each["instrument_id"] for each in refused.json["alternatives"]} == {free.id}
    refused = book(place, instrument=asks, hour=21, hazardous=True)
    assert night.instrument_id not in {each["instrument_id"] for each in refused.json["alternatives"]}


def test_the_second_person_is_changed_and_never_the_user(place, world) -> None:
    world.needs(place.lab, two_if_hazardous=True)
    for name in ("second", "member", "manager"):
        world.admission(place.people[name], place.home)
    assert codes(book(place, hazardous=True)) == ["second_missing"]
    made = book(place)
    assert codes(change(place, made.json["id"], hazardous=True)) == ["second_missing"]
    both = change(place, made.json["id"], hazardous=True, second_person=place.people["second"].mail)
    assert both.json["second_person"]["id"] == place.people["second"].id
    assert codes(change(place, made.json["id"], second_person="nobody@example.org")) == ["second_unfit"]
    other = change(place, made.json["id"], second_person=place.people["manager"].mail)
    assert other.json["second_person"]["id"] == place.people["manager"].id


def test_the_database_lets_nobody_be_their_own_second(place, world) -> None:
    made = world.reservation(place.instrument, place.people["member"], place.now + 30 * HOUR)
    with pytest.raises(IntegrityError, match="second_is_another"):
        db.session.execute(
            update(Reservation).where(Reservation.id == made.id).values(second_id=made.user_id)
        )
    db.session.rollback()


def test_what_asks_for_nothing_asks_the_database_nothing(place, world, statements) -> None:
    other = world.instrument(place.lab)
    world.needs(place.instrument, level="independent")
    world.qualification(place.people["member"], place.instrument)
    book(place, days=2, instrument=other), book(place, days=2)
    statements.clear()
    assert book(place, days=3, instrument=other).status_code == 201
    without, asked = len(statements), [each for each in statements if "qualification" in each]
    assert asked == []
    statements.clear()
    assert book(place, days=3).status_code == 201
    # Once without the lock and once under it.
    assert len([each for each in statements if "qualification" in each]) == 2
    assert len(statements) == without + 2


def test_another_of_its_kind_is_offered_only_to_whom_it_is_open(place, world) -> None:
    place.instrument.class_code = "010101"
    similar = [world.instrument(place.lab, class_code="010101") for _ in range(2)]
    world.needs(similar[0], level="independent")
    world._keep(place.instrument, catalog=True)
    assert book(place, "manager").status_code == 201
    refused = book(place)
    offered = {each["instrument_id"] for each in refused.json["alternatives"]}
    assert similar[1].id in offered and similar[0].id not in offered
