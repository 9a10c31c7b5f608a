"""Who runs which programme on its pages: an institution's finance its own, the platform's administrators the platform's."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.funds.programme_models import ProgrammePayer, ProgrammeRow
from tests.funds.test_pages import PDF, Money, words
from tests.world import World


@pytest.fixture
def money(world: World, client: FlaskClient, now: Any) -> Money:
    """People and their money."""
    return Money(world, client)


# Who runs which: an institution's programme its finance, the platform's the platform; for the rest there is none to decide on.
@pytest.mark.parametrize(
    ("owner", "who", "runs"),
    [
        ("house", "finance", True),
        ("house", "admin", False),
        ("house", "auditor", False),
        ("house", "head", False),
        ("house", "rival", False),
        ("platform", "admin", True),
        ("platform", "finance", False),
        ("platform", "auditor", False),
    ],
)
def test_who_runs_a_programme(money: Money, owner: str, who: str, runs: bool) -> None:
    boss, home = ("finance", str(money.house_id)) if owner == "house" else ("admin", "")
    fields = {"institution_id": home, "currency": "CNY", "code": "V1", "name_en": "Vouchers", "name_zh": "", "rate": "50",
              "valid_from": "2027-01-01", "valid_to": "2027-12-31", "payer_kinds": ["company"], "lines": ["time"],
              "needs_proof": "1", "settled": "directly", "budget": "1000"}  # fmt: skip
    assert money.post(boss, "/programmes/new", **fields).status_code == 303
    number = db.session.scalars(select(ProgrammeRow.id)).one()
    sent = {
        "institution_id": money.company_id,
        "document": (io.BytesIO(PDF), "proof.pdf"),
        "declaration": "58 people",
    }
    assert money.post("manager", f"/programmes/{number}/apply", **sent).status_code == 303
    admission = db.session.scalars(select(ProgrammePayer.id)).one()
    asks = "1 payer asks for admission to a programme"
    assert (asks in words(money.get(who, "/home"))) == runs
    assert ("58 people" in words(money.get(who, f"/programmes/{number}"))) == runs
    one = f"/programmes/admissions/{admission}"
    assert money.get(who, f"{one}/proof").status_code == (200 if runs else 404)
    assert money.get(who, f"/programmes/{number}/edit").status_code == (200 if runs else 403)
    decided = money.post(who, f"{one}/decide", do="admit", version="1")
    assert decided.status_code == (303 if runs else 404)
    state = db.session.scalars(select(ProgrammePayer.state)).one()
    assert state == ("admitted" if runs else "asked")
    version = "2" if runs else "1"
    assert money.post(who, f"{one}/end", reason="Grown", version=version).status_code == (
        303 if runs else 404
    )


def test_who_opens_programmes(money: Money) -> None:
    for who, opens in (("finance", True), ("admin", True), ("auditor", False), ("head", False)):
        assert ("/programmes/new" in money.get(who, "/programmes").text) == opens
    fields = {"institution_id": str(money.house_id), "currency": "CNY", "code": "V1", "name_en": "Vouchers", "name_zh": "",
              "rate": "50", "valid_from": "2027-01-01", "valid_to": "2027-12-31", "payer_kinds": ["company"],
              "lines": ["time"], "settled": "directly"}  # fmt: skip
    assert money.post("admin", "/programmes/new", **fields).status_code == 403
