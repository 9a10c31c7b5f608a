"""Statements to come: who pays sees them while a month lies open, and objects to a line in two clicks; all are told."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.closing.giving_back import Back, refund
from instruments.charges.closing.over import over
from instruments.charges.closing.paying import Received, pay
from instruments.charges.closing.starting import open_for_objections, start, the_closing
from instruments.charges.closing.tasks import tell_objections_over
from instruments.charges.closing.views.to_come import USUAL
from instruments.charges.closing_models import Statement
from instruments.charges.dispute_models import Dispute
from instruments.charges.models import Charge
from instruments.database import db
from instruments.database.transactions import perform
from instruments.money import Money
from instruments.notices import tasks
from instruments.notices.models import Notice, NoticePreference
from instruments.people.models import Institution, Person
from instruments.people.rights import Role
from tests.charges.scene import MORNING, Scene
from tests.charges.test_closing import MONTH, close, mixed
from tests.charges.test_statement_pages import looks
from tests.conftest import NOW
from tests.world import World, sign_in


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    made = Scene(world)
    mixed(made, 6)
    return made


def opened(scene: Scene) -> int:
    perform(partial(open_for_objections, scene.house.id, MONTH, None, NOW, scene.finance.id))
    return the_closing(scene.house.id, MONTH).id


def boss_of_company(scene: Scene) -> Person:
    company = db.session.scalars(select(Institution).where(Institution.kind == "company")).one()
    boss = scene.world.person(company)
    scene.world.grant(boss, Role.COMPANY_MANAGER, company)
    return boss


def told(person: Person) -> list[tuple[str, str]]:
    tasks.follow()
    one = Notice
    asked = select(one.kind, one.said).where(one.person_id == person.id).order_by(one.id)
    return [tuple(row) for row in db.session.execute(asked)]


def test_only_who_pays_sees_it_and_only_while_it_lies_open(client: FlaskClient, scene: Scene) -> None:
    boss = boss_of_company(scene)
    sign_in(client, boss)
    assert "To come" not in client.get("/statements").get_data(as_text=True)
    number = opened(scene)
    address = f"/statements/to-come/{number}"
    for person in (scene.student, scene.manager, scene.finance, scene.world.person(scene.house)):
        sign_in(client, person)
        assert client.get(address).status_code == 404
    sign_in(client, boss)
    page = client.get(address).get_data(as_text=True)
    assert "CNY 800.00" in page and page.count('<li id="line-') == 2
    assert "To come" in client.get("/statements").get_data(as_text=True)
    sign_in(client, scene.head)
    assert "CNY 240.00" in client.get(address).get_data(as_text=True)
    assert looks() == []
    close(scene)
    assert client.get(address).status_code == 404
    assert client.post(f"{address}/object", data={}).status_code == 404


def test_who_pays_for_several_reads_whose_each_sum_is(client: FlaskClient, scene: Scene) -> None:
    head, grant = scene.partner()
    other = scene.world.group(head.institution)
    second = scene.fund(other)
    for days, fund in enumerate((grant, second), 10):
        scene.charged(start=MORNING + timedelta(days=days), payers=[(fund, "100", "partner")])
    boss = scene.world.person(head.institution)
    scene.world.grant(boss, Role.FINANCE_OFFICER, head.institution)
    opened(scene)
    page = sign_in(client, boss).get("/statements").get_data(as_text=True)
    for name in (grant.group.name_en, other.name_en):
        assert f"<span>{name}</span>" in page


def test_an_objection_takes_two_clicks(client: FlaskClient, scene: Scene) -> None:
    boss, number = boss_of_company(scene), opened(scene)
    address = f"/statements/to-come/{number}"
    sign_in(client, boss)
    charges = [
        int(each) for each in re.findall(r'id="line-(\d+)"', client.get(address).get_data(as_text=True))
    ]
    refused = client.post(f"{address}/object", data={"charge_id": charges[0]})
    assert refused.status_code == 422 and f'id="f-reason-{charges[0]}-reason"' in refused.get_data(
        as_text=True
    )
    assert client.post(f"{address}/object", data={"charge_id": 10**9, "usual": "fault"}).status_code == 404
    said = {"charge_id": charges[0], "usual": "fault"}
    assert client.post(f"{address}/object", data=said).status_code == 303
    assert client.post(f"{address}/object", data=said).status_code == 422
    page = client.get(address).get_data(as_text=True)
    assert "In dispute: not on this statement" in page and "CNY 400.00" in page
    # As many lines as the statement will have: those in dispute are counted beside.
    assert "1 line · 1 in dispute, not counted" in page
    assert db.session.scalars(select(Dispute.reason)).all() == [USUAL["fault"][1]]
    assert "仪器当时有故障" in client.get(f"/charges/{charges[0]}?lang=zh").get_data(as_text=True)
    close(scene)
    rows = db.session.scalars(select(Statement).order_by(Statement.number.desc())).all()
    assert rows[0].total_units == 40_000
    assert db.session.get_one(Charge, charges[0]).state == "disputed"


def test_finance_is_told_once_when_the_days_to_object_are_over(
    app: Flask, client: FlaskClient, scene: Scene
) -> None:
    number = opened(scene)
    last = the_closing(scene.house.id, MONTH).objections_until
    assert last is not None
    late = datetime.combine(last, time(23, 59), ZoneInfo(scene.house.zone))
    app.config["FROZEN_NOW"] = late.astimezone(UTC)
    assert tell_objections_over() == 0 and told(scene.finance) == []
    app.config["FROZEN_NOW"] += timedelta(minutes=1)
    assert tell_objections_over() == 1 and tell_objections_over() == 0
    assert told(scene.finance) == [("closing.objections_over", "over")]
    sign_in(client, boss_of_company(scene))
    assert "Days to object ended on" in client.get("/statements").text
    page = client.get(f"/statements/to-come/{number}").text
    assert "The days to object are over" in page and "Object with these words" in page
    sign_in(client, scene.finance)
    assert f"/institutions/{scene.house.id}/months" in client.get("/notices").text


def test_nobody_is_told_of_a_month_that_was_issued_before(app: Flask, scene: Scene) -> None:
    opened(scene)
    perform(partial(start, scene.house.id, MONTH, None, NOW, scene.finance.id, early=True))
    app.config["FROZEN_NOW"] = NOW + timedelta(days=40)
    assert tell_objections_over() == 0


def test_who_pays_is_told_of_each_step(scene: Scene) -> None:
    boss = boss_of_company(scene)
    quiet = scene.world.person(boss.institution)
    scene.world.grant(quiet, Role.COMPANY_MANAGER, boss.institution)
    for kind in ("statement.draft", "statement.issued", "payment.told"):
        db.session.add(NoticePreference(person_id=quiet.id, kind=kind, in_app=False, by_mail=False))
    db.session.commit()
    opened(scene)
    assert told(boss) == [("statement.draft", "draft")]
    assert told(scene.head) == [("statement.draft", "draft")]
    close(scene)
    row = db.session.scalars(select(Statement).order_by(Statement.number.desc())).first()
    assert row is not None
    came = Received(Money.from_units(90_000, "CNY"), NOW.date(), "6222", "B1")
    number = perform(partial(pay, row.id, came, NOW, scene.finance.id))
    rest = Money.from_units(over(number), "CNY")
    perform(partial(refund, number, Back(rest, NOW.date(), "R1"), NOW, scene.finance.id))
    assert told(boss)[1:] == [
        ("statement.issued", "due"),
        ("payment.told", "received"),
        ("payment.told", "refunded"),
    ]
    # A group of the house pays from its own funds: nothing is left to pay. Its finance office is not told of itself.
    assert told(scene.head)[1:] == [("statement.issued", "nothing_due_of_group")]
    assert told(scene.finance) == [] and told(quiet) == [] and told(scene.student) == []
    partner = db.session.scalars(select(Statement).where(Statement.number == 2)).one()
    heads = db.session.scalars(
        select(Notice.person_id).where(Notice.thing_kind == "statement", Notice.thing_id == partner.id)
    ).all()
    assert len(heads) == 1
