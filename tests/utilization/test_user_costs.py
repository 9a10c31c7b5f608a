"""What was charged for what somebody used: told to who may read their charges alone, and what their shares come to."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.charges.borne import borne
from instruments.charges.dispute_models import ChargingSettings
from instruments.charges.models import Charge
from instruments.charges.reversing import take_back
from instruments.charges.settings import lock_books
from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.rights import Role
from tests.charges.scene import MORNING, Scene
from tests.charges.test_by_hand import enter
from tests.charges.test_subsidies import charged_with_voucher
from tests.conftest import NOW
from tests.live import faults, sign_in_page
from tests.world import World, bearer, sign_in

WHOLE = (date(2027, 1, 1), date(2028, 1, 1))
DAY = timedelta(days=1)


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


def _group(scene: Scene) -> list[tuple[str, str, int]]:
    return [tuple(each) for each in borne(scene.group.id, None, *WHOLE)]


def _home(scene: Scene) -> list[tuple[str, str, int]]:
    return [tuple(each) for each in borne(None, scene.house.id, *WHOLE)]


def test_it_is_told_to_who_may_read_their_charges_alone(client, world, scene) -> None:
    scene.charged()
    manager, auditor, platform = (world.person(scene.house) for _ in range(3))
    world.grant(manager, Role.INSTITUTION_MANAGER, scene.house)
    world.grant(auditor, Role.AUDITOR, scene.house)
    world.grant(platform, Role.PLATFORM_ADMINISTRATOR)
    group, home = f"/groups/{scene.group.id}/utilization", f"/institutions/{scene.house.id}/used"
    seen = {
        scene.head: {group: True, home: None}, manager: {group: True, home: True}, auditor: {group: True, home: True},
        scene.finance: {group: True, home: True}, platform: {group: False, home: False}, scene.student: {group: None, home: None},
    }  # fmt: skip
    for person, of in seen.items():
        sign_in(client, person)
        key = bearer(world.token(person, "usage:read"))
        for address, told in of.items():
            page = client.get(f"{address}?period=2027-02")
            assert page.status_code == (404 if told is None else 200), address
            assert ("costs-card" in page.text) == bool(told), address
            for path in (f"{address}/costs-card", f"{address}.csv"):
                answer = client.get(f"{path}?period=2027-02&part=costs")
                assert answer.status_code == (200 if told else 404), path
            through = client.get(f"/api/v1{address}?period=2027-02", headers=key)
            if told is not None:
                assert (through.json["costs"] is not None) == told, address


def test_it_is_what_their_shares_come_to(scene) -> None:
    first = scene.charged()
    assert (_group(scene), _home(scene)) == ([("2027-02", "CNY", 12_000)], [("2027-02", "CNY", 12_000)])
    second = scene.charged(start=MORNING + 35 * DAY)
    enter(scene, first, "waiver", "20.00")
    assert _group(scene) == [("2027-02", "CNY", 10_000), ("2027-03", "CNY", 12_000)]
    wrong, house = second.id, scene.house.id

    def act() -> None:
        lock_books([house])
        take_back(wrong, "wrong", NOW, None)

    perform(act)
    assert [row for row in _group(scene) if row[2]] == [("2027-02", "CNY", 10_000)]
    other = scene.world.group(scene.house, scene.head)
    assert borne(other.id, None, *WHOLE) == borne(None, scene.world.institution().id, *WHOLE) == []


def test_what_a_programme_bears_and_the_tax_are_not_theirs(scene) -> None:
    db.session.add(ChargingSettings(institution_id=scene.house.id, tax_rate=600))
    db.session.commit()
    number, _, wallet = charged_with_voucher(scene)
    [(month, currency, net)] = borne(None, wallet.owner_institution_id, *WHOLE)
    charge = db.session.get_one(Charge, number)
    assert (month, currency, charge.tax_rate, charge.total_units) == ("2027-02", "CNY", 600, 100_000)
    assert net == round(Decimal(70_000) / Decimal("1.06"))


def test_page_files_and_api_say_the_same(client, world, scene) -> None:
    scene.charged()
    scene.charged(start=MORNING + 35 * DAY)
    sign_in(client, scene.head)
    address = f"/groups/{scene.group.id}/utilization"
    card = client.get(f"{address}/costs-card?period=2027").text
    assert "240.00" in card
    assert f'href="/groups/{scene.group.id}/charges?month=2027-03"' in card
    charges = f"/groups/{scene.group.id}/charges?month=2027-01-01..2027-12-31"
    assert f'href="{charges}"' in card and f'href="{charges}"' in client.get(f"{address}?period=2027").text
    rows = list(
        csv.reader(io.StringIO(client.get(f"{address}.csv?period=2027&part=costs").data.decode("utf-8-sig")))
    )
    assert rows == [
        ["Month", "Currency", "Charged, before tax"], ["2027-02", "CNY", "120.00"], ["2027-03", "CNY", "120.00"],
    ]  # fmt: skip
    key = bearer(world.token(scene.head, "usage:read"))
    told = client.get(f"/api/v1{address}?period=2027", headers=key).json["costs"]
    assert told == [{"month": row[0], "currency": "CNY", "charged": "120.00"} for row in rows[1:]]
    empty = client.get(f"{address}/costs-card?period=2026").text
    assert "Nothing was charged to them for this period." in empty


def test_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    scene = Scene(world)
    scene.charged()
    page = view()
    sign_in_page(page, app, scene.head)
    page.goto(f"/groups/{scene.group.id}/utilization?period=2027-02")
    page.wait_for_selector("#costs details")
    page.click("#costs summary")
    assert "120.00" in page.inner_text("#costs table")
    assert faults(page) == []
    page.click("#costs table a")
    page.wait_for_url("**/charges?month=2027-02")
