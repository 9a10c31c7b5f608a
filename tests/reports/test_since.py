"""What a draft says of its age: when it was worked out, and which rows were mended since."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.models import Charge
from instruments.database import db
from instruments.database.transactions import perform
from instruments.journal.record import record
from instruments.reports.entering import enter
from instruments.reports.models import Report
from instruments.reports.seeing import Sight
from instruments.reports.since import since
from tests.reports.scene import NOW, House
from tests.reports.test_filing import file_it
from tests.reports.test_pages import Q4, key_of, posted
from tests.world import World, sign_in

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def house(app: Flask, world: World) -> House:
    return House(world)


def noted(house: House, deed: str, kind: str, number: int, at: Any = LATER) -> None:
    where = {"institution_id": house.home.id, "lab_id": house.lab.id}
    perform(lambda: record(now=at, actor_id=None, deed=deed, thing=(kind, number), **where))


def seen(number: int, labs: frozenset[int] | None = None) -> Any:
    db.session.rollback()
    return since(Sight(db.session.get_one(Report, number, populate_existing=True), labs, True))


def test_rows_are_named_whose_things_were_changed_since(house: House) -> None:
    uses = [
        house.use("2026-11-25", "09:00-10:00"),
        house.use("2026-11-26", "09:00-10:00", thing=house.instrument()),
    ]
    charge = db.session.scalars(select(Charge.id).where(Charge.use_id == uses[0].id)).one()
    number = house.draft("service_record", Q4).id
    first, second = (("records", f"use:{use.id}:0") for use in uses)
    other = uses[1].instrument_id
    assert seen(number).rows == set()
    for deed, kind, thing, at, rows in (
        ("use.amended", "use", uses[0].id, NOW, set()), ("rules.changed", "instrument", other, LATER, set()),
        ("use.amended", "use", 999_999_999, LATER, set()), ("charge.reversed", "charge", charge, LATER, {first}),
        ("instrument.changed", "instrument", other, LATER, {first, second}),
    ):  # fmt: skip
        noted(house, deed, kind, thing, at)
        assert seen(number).rows == rows, deed
    assert seen(number, frozenset({999_999_999})).rows == set()
    file_it(house, db.session.get_one(Report, number))
    assert seen(number).rows == set()


def test_what_is_entered_by_hand_has_a_moment_of_its_own(house: House) -> None:
    use = house.use("2026-11-25", "09:00-10:00", subject="")
    number = house.draft("service_record", Q4).id
    assert seen(number).entered_at is None
    keys = [f"use:{use.id}:0"]
    perform(partial(enter, house.actor(), number, None, "records", keys, "subjectArea", "430", LATER))
    assert seen(number).entered_at == LATER
    assert db.session.get_one(Report, number).counted_at == NOW


def test_after_mending_the_draft_says_that_it_is_old(client: FlaskClient, house: House) -> None:
    use = house.use("2026-11-25", "09:00-10:00", subject="")
    number = house.draft("service_record", Q4).id
    sign_in(client, house.manager)
    one, token = f"/reports/{number}", key_of(house, house.manager)
    lists = (one, f"{one}/rows?lacking=1")
    for address in lists:
        page = client.get(address).text
        assert "What is mended since counts" in page and "something was changed" not in page
        assert f'action="{one}/count"' in page
    noted(house, "use.amended", "use", use.id)
    for address in lists:
        assert "Of 1 row something was changed since this was worked out." in client.get(address).text
    assert "changed since, not counted yet" in client.get(lists[1]).text
    assert "Of 1 row something" in client.get(f"{one}/rows/records/use:{use.id}:0").text
    assert client.get(f"/api/v1{one}", headers=token).json["rows_changed"] == 1
    sign_in(client, house.keeper)
    page = client.get(lists[1]).text
    assert "Whoever files it works it out anew." in page and f'action="{one}/count"' not in page
    sign_in(client, house.manager)
    current_app.config["FROZEN_NOW"] = LATER + timedelta(minutes=1)
    counted = posted(client, f"{one}/count", back=f"{one}/rows?sheet=records&lacking=1")
    assert counted.location == f"{one}/rows?sheet=records&lacking=1"
    assert posted(client, f"{one}/count", back="https://elsewhere.example/").location == one
    assert client.get(f"/api/v1{one}", headers=token).json["rows_changed"] == 0
