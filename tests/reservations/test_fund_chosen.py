"""Which fund the booking form chooses: one that lacks only money stays chosen, and says what is missing."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.funds.models import FundUser
from tests.reservations.test_price_form import WHEN, Place, book, shown
from tests.world import World, sign_in


@pytest.mark.parametrize("limits", [{"limit_units": 15_000}, {}], ids=["of the person", "of the fund"])
def test_a_fund_in_which_too_little_is_left_is_not_left_for_another(
    world: World, now: datetime, client: FlaskClient, limits: dict[str, int]
) -> None:
    place = Place(world)
    student = sign_in(client, place.student)
    place.grant("Cost code", 900_000)
    own = place.grant("Own", 90_000 if limits else 15_000)
    if limits:
        db.session.scalars(select(FundUser).where(FundUser.fund_id == own.id)).one().limit_units = 15_000
        db.session.commit()
    first = WHEN | {"day": "2027-03-04", "until": "11:00"}
    assert student.post(
        f"/instruments/{place.id}/reservations", data=first | {"fund_id": own.id}
    ).status_code == 303  # fmt: skip
    # 90.00 are left: it is chosen for what costs 60.00, and stays when what is typed comes to 120.00.
    found = shown(student, place, until="11:00")
    assert f'<option value="{own.id}" selected>' in found
    key = re.search(r'name="payer_key" value="([^"]*)"', found)
    assert key is not None
    for more in ({}, {"fund_id": own.id, "payer_key": key[1]}):
        found = shown(student, place, **more)
        assert f'<option value="{own.id}" selected>' in found and "CNY 30.00 is missing" in found
    # Who books all the same is refused with what is missing, and pays from no other.
    answer = book(student, place, fund_id=own.id)
    assert answer.status_code == 422 and "CNY 30.00 is missing" in unescape(answer.text)
