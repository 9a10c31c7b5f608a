"""One fact recorded twice: of one reservation a kind stands once, and of one day another occurrence is to be said."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.reservations.conduct.models import Violation
from tests.reservations.test_conduct import only, recorded
from tests.world import bearer, sign_in


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(Violation.id))) or 0


def test_the_same_of_one_reservation_is_refused_and_says_who_recorded_it_and_when(
    client,
    world,
    scene,
) -> None:
    scene.kind = world.violation_kind(scene.lab, after=2)
    assert recorded(client, scene).status_code == 303
    first = only()
    refused = recorded(client, scene, scene.manager, reason="Seen by me, too", happened_on="2027-02-27")
    assert refused.status_code == 409
    for said in (
        "Operator recorded this kind of this reservation already",
        "A violation stands: ",
        f"/violations/{first.id}",
    ):
        assert said in refused.text
    assert "Seen by me, too" in refused.text and "another occurrence" not in refused.text
    assert (
        recorded(client, scene, scene.manager, another="1").status_code == 409
    )  # a reservation has one fact of a kind
    assert count() == 1 and only().suspended_until is None
    body = {
        "lab_id": scene.lab.id, "kind_id": scene.kind.id, "happened_on": "2027-02-28", "reason": "Open",
        "reservation_id": scene.used.id,
    }  # fmt: skip
    headers = bearer(world.token(scene.manager))
    answer = client.post("/api/v1/violations", json=body, headers=headers)
    assert answer.status_code == 409
    assert "Operator recorded this kind of this reservation already" in answer.json["reasons"][0]["message"]
    assert [(each["code"], each["field"]) for each in answer.json["reasons"]] == [
        ("recorded_already", "kind_id")
    ]
    answer = client.post("/api/v1/violations", json=body | {"reason": " "}, headers=headers)
    assert answer.status_code == 422  # what else stands against it comes first
    other = world.violation_kind(scene.lab, name_en="Late")
    assert (
        client.post("/api/v1/violations", json=body | {"kind_id": other.id}, headers=headers).status_code
        == 201
    )


def test_the_form_and_the_reservation_say_what_stands_to_those_who_may_see_it(client, world, scene) -> None:
    recorded(client, scene)
    row = only()
    link, form = f"/violations/{row.id}", f"/labs/{scene.lab.id}/violations/new?reservation={scene.used.id}"
    for person, sees in (
        (scene.operator, True),
        (scene.other, True),
        (scene.user, True),
        (scene.head, False),
    ):
        sign_in(client, person)
        answer = client.get(f"/reservations/{scene.used.id}")
        assert (link in answer.text) is sees
    sign_in(client, scene.manager)
    assert "A violation stands: " in client.get(form).text
    sign_in(client, scene.operator)
    client.post(f"{link}/withdraw", data={"reason": "Mistaken", "version": 1})
    assert "A violation stands: " not in client.get(form).text
    assert link not in client.get(f"/reservations/{scene.used.id}").text
    assert recorded(client, scene).status_code == 303  # what was withdrawn is no obstacle


def test_of_one_day_another_occurrence_is_to_be_said(client, world, scene) -> None:
    mail = {"reservation_id": "", "mail": scene.user.mail}
    assert recorded(client, scene, **mail).status_code == 303
    refused = recorded(client, scene, scene.manager, **mail)
    assert refused.status_code == 409
    assert (
        "Operator recorded this kind of this person for" in refused.text and 'name="another"' in refused.text
    )
    assert recorded(client, scene, scene.manager).status_code == 409  # nor of a reservation of that day
    assert recorded(client, scene, happened_on="2027-02-27", **mail).status_code == 303
    assert recorded(client, scene, scene.manager, another="1", **mail).status_code == 303
    assert recorded(client, scene, scene.manager, another="1").status_code == 303
    assert count() == 4
    later = world.reservation(scene.thing, scene.user, scene.used.starts_at + timedelta(hours=5))
    headers, body = bearer(world.token(scene.manager)), {
        "lab_id": scene.lab.id, "kind_id": scene.kind.id, "happened_on": "2027-02-28", "reason": "x", "reservation_id": later.id,
    }  # fmt: skip
    answer = client.post("/api/v1/violations", json=body, headers=headers)
    assert [each["code"] for each in answer.json["reasons"]] == ["recorded_that_day"]
    assert (
        client.post("/api/v1/violations", json=body | {"another": True}, headers=headers).status_code == 201
    )


def test_four_at_once_make_one(app, client, world, scene) -> None:
    headers = [bearer(world.token(scene.manager)) for _ in range(4)]
    body = {
        "lab_id": scene.lab.id, "kind_id": scene.kind.id, "happened_on": "2027-02-28", "reason": "Open",
        "reservation_id": scene.used.id,
    }  # fmt: skip
    statuses: list[int] = []

    def act(each: dict[str, str]) -> None:
        statuses.append(app.test_client().post("/api/v1/violations", json=body, headers=each).status_code)

    db.session.commit()
    threads = [threading.Thread(target=act, args=(each,)) for each in headers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(statuses) == [201, 409, 409, 409]
    assert count() == 1


def test_the_database_itself_lets_one_stand(client, scene) -> None:
    recorded(client, scene)
    row = only()
    values = {each.name: getattr(row, each.name) for each in Violation.__table__.c if each.name != "id"}
    with pytest.raises(IntegrityError):
        db.session.execute(insert(Violation).values(**values))
    db.session.rollback()
    db.session.execute(insert(Violation).values(**values | {"reservation_id": None}))
    db.session.execute(insert(Violation).values(**values | {"state": "withdrawn"}))
    number = db.session.scalar(select(func.max(Violation.id)))
    with pytest.raises(IntegrityError):
        db.session.execute(update(Violation).where(Violation.id == number).values(state="standing"))
    db.session.rollback()
