"""Whatever is wrong with what is sent about charges is told at once: what cannot be read, and what the rules say of the rest."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.dispute_models import Dispute
from instruments.database import db
from tests.charges.scene import Scene
from tests.charges.test_paying import bill, paid
from tests.world import World, bearer, refused_at, sign_in

MONEY = "money:read money:write"


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def fields(answer: Any) -> set[str]:
    """The fields that a program is told of."""
    assert answer.status_code == 422, answer.text
    return {each["field"] for each in answer.json["reasons"]}


def test_of_what_is_entered_about_a_charge(scene: Scene, client: FlaskClient) -> None:
    address = f"/charges/{scene.charged().id}"
    sign_in(client, scene.finance)
    wrong = client.post(f"{address}/enter", data={"kind": "waiver", "amount": "much", "reason": ""})
    assert "Enter an amount such as 120.50." in wrong.text and "Say why." in wrong.text
    assert "Enter an amount above zero." not in wrong.text
    wrong = client.post(f"{address}/fund", data={"code": "K" * 200, "reason": ""})
    assert "characters." in wrong.text and "Say why" in wrong.text
    headers = bearer(scene.world.token(scene.finance, MONEY))
    sent = {"kind": "waiver", "amount": "999999.00", "reason": ""}
    assert fields(client.post(f"/api/v1{address}/entries", headers=headers, json=sent)) == {
        "amount",
        "reason",
    }


def test_of_the_answer_to_a_dispute(scene: Scene, client: FlaskClient) -> None:
    address = f"/charges/{scene.charged().id}"
    sign_in(client, scene.student).post(f"{address}/dispute", data={"reason": "Too long"})
    number = db.session.scalars(select(Dispute.id)).one()
    form = {"dispute": str(number), "decision": "adjusted", "less": "much", "reason": ""}
    wrong = sign_in(client, scene.manager).post(f"{address}/answer", data=form)
    assert wrong.status_code == 422
    assert "Enter an amount such as 120.50." in wrong.text and "Say why." in wrong.text
    assert "Enter by how much less it is to be." not in wrong.text


def test_of_how_an_institution_charges(scene: Scene, client: FlaskClient) -> None:
    sign_in(client, scene.finance)
    form = {"share": "many", "tax": "101", "above": "-1", "days": "0"}
    wrong = client.post(f"/institutions/{scene.house.id}/charging", data=form)
    assert set(refused_at(wrong)) == {"share", "tax", "above", "days"}


def test_of_payments_and_refunds(scene: Scene, client: FlaskClient) -> None:
    row = bill(scene)
    sign_in(client, scene.finance)
    wrong = client.post(
        f"/statements/{row.id}/payments", data={"amount": "x", "day": "", "bank_account": "6" * 81}
    )
    assert set(refused_at(wrong)) == {"amount", "day", "bank_account", "reference"}
    number = paid(scene, row, 50_000)
    form = {"payment_id": str(number), "amount": "x", "day": "2999-12-31", "reference": ""}
    wrong = client.post(f"/statements/{row.id}/refunds", data=form)
    assert {each.split("-")[1] for each in refused_at(wrong)} == {"amount", "day", "reference"}
    headers = bearer(scene.world.token(scene.finance, MONEY))
    sent = {"amount": "0", "day": "2027-02-10", "bank_account": "", "reference": ""}
    told = client.post(f"/api/v1/statements/{row.id}/payments", headers=headers, json=sent)
    assert fields(told) == {"amount", "bank_account", "reference"}


def test_of_an_item_of_invoices(scene: Scene, client: FlaskClient) -> None:
    sign_in(client, scene.finance)
    address = f"/institutions/{scene.house.id}/invoices/items"
    form = {"lab_id": "elsewhere", "name": "x" * 101, "code": "123", "unit": "x" * 21}
    assert set(refused_at(client.post(address, data=form))) == {
        "lab-lab_id",
        "lab-name",
        "lab-code",
        "lab-unit",
    }
    assert set(refused_at(client.post(address, data={"unit": "x" * 21}))) == {"name", "code", "unit"}
