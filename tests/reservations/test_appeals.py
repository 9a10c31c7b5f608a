"""An appeal that nobody of the lab or its institution can answer goes to the platform, which sees that one alone."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.notices.models import Notice
from instruments.notices.tasks import follow
from instruments.people.rights import Role
from instruments.reservations.conduct.models import Violation
from tests.world import sign_in


def record(client, scene) -> None:
    sign_in(client, scene.operator)
    data = {
        "kind_id": scene.kind.id, "reservation_id": scene.used.id, "happened_on": "2027-02-28", "reason": "Left open",
    }  # fmt: skip
    assert client.post(f"/labs/{scene.lab.id}/violations/new", data=data).status_code == 303


def test_where_nobody_there_can_decide_the_platform_does_and_sees_that_one_alone(
    client, world, now, app
) -> None:
    lab = world.lab()
    manager, user, admin = (world.person(lab.institution) for _ in range(3))
    world.grant(manager, Role.LAB_MANAGER, lab)
    world.grant(admin, Role.PLATFORM_ADMINISTRATOR)
    alone = SimpleNamespace(lab=lab, kind=world.violation_kind(lab), operator=manager, user=user)
    alone.used = world.reservation(world.instrument(lab), user, now - timedelta(days=1))
    record(client, alone)
    alone.used = world.reservation(
        db.session.get(Instrument, alone.used.instrument_id), user, now - timedelta(hours=12)
    )
    record(client, alone)
    first, second = db.session.scalars(select(Violation.id).order_by(Violation.id))
    sign_in(client, admin)
    assert client.get(f"/violations/{first}").status_code == 404
    sign_in(client, user)
    assert (
        client.post(f"/violations/{first}/appeal", data={"words": "I did not", "version": 1}).status_code
        == 303
    )
    lift = {"decision": "lifted", "reason": "It was another", "version": 2}
    sign_in(client, manager)
    assert client.post(f"/violations/{first}/decision", data=lift).status_code == 403
    follow()
    told = select(Notice.person_id).where(Notice.kind == "conduct.appealed")
    assert db.session.scalars(told).all() == [admin.id]
    sign_in(client, admin)
    assert "An appeal waits" in client.get("/home").text
    assert client.get(f"/violations/{second}").status_code == 404
    assert client.get(f"/labs/{lab.id}/violations").status_code == 403
    assert client.post(f"/violations/{first}/decision", data=lift).status_code == 303
    assert "It was another" in client.get(f"/violations/{first}").text
    assert "An appeal waits" not in client.get("/home").text


def test_the_platform_keeps_out_where_somebody_there_can_decide(client, world, now) -> None:
    lab = world.lab()
    manager, above, user, admin = (world.person(lab.institution) for _ in range(4))
    world.grant(manager, Role.LAB_MANAGER, lab)
    world.grant(above, Role.INSTITUTION_MANAGER, lab.institution)
    world.grant(admin, Role.PLATFORM_ADMINISTRATOR)
    one = SimpleNamespace(lab=lab, kind=world.violation_kind(lab), operator=manager, user=user)
    one.used = world.reservation(world.instrument(lab), user, now - timedelta(days=1))
    record(client, one)
    page = f"/violations/{db.session.scalars(select(Violation.id)).one()}"
    sign_in(client, user)
    client.post(f"{page}/appeal", data={"words": "I did not", "version": 1})
    sign_in(client, admin)
    assert client.get(page).status_code == 404
    assert "An appeal waits" not in client.get("/home").text
    answer = client.post(f"{page}/decision", data={"decision": "lifted", "reason": "x", "version": 2})
    assert answer.status_code == 404
    sign_in(client, above)
    assert "An appeal waits" in client.get("/home").text
