"""A limit that is cut below what somebody has taken, on its page."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.funds.models import FundHold
from tests.conftest import NOW
from tests.funds.test_pages import Money, words
from tests.world import World, refused_at


@pytest.fixture
def money(world: World, client: FlaskClient, now: object) -> Money:
    return Money(world, client)


def test_a_limit_cut_below_what_is_taken_asks_with_the_numbers(money: Money) -> None:
    person = money.people["member"]
    db.session.add(
        FundHold(
            fund_id=money.fund_id,
            thing_kind="test",
            thing_id=1,
            amount_units=6_000,
            made_at=NOW,
            person_id=person.id,
        )
    )
    db.session.commit()
    address, typed = (
        f"/funds/{money.fund_id}/rights",
        {"whom": "people", "people": person.mail, "limit": "50.00"},
    )
    assert "Cut it all the same" not in words(money.get("head", address))
    refused = money.post("head", address, **typed)
    assert refused.status_code == 422 and set(refused_at(refused)) == {"limit"}
    said = words(refused)
    assert "has spent and holds CNY 60.00: that is CNY 10.00 above this limit" in said
    assert "Enter at least CNY 60.00, or say that it is meant so." in said and "Cut it all the same" in said
    assert money.post("head", address, **typed, meant="1").status_code == 303
