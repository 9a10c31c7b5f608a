"""One wrong value at a time: nothing leaves by which a form could not be read, whatever the catalogue let in before."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask

from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.reports.entering import enter
from tests.reports.scene import NOW, House, lacks_of_rows
from tests.world import World

DAY = "2027-01-20..2027-01-20"
OWN = [
    ({"maker": "  "}, ("missing", "maker")),
    ({"contact_phone": "none"}, ("unlike", "contact_phone")),
    ({"contact_phone": "029-0000 0001 转 12"}, None),
    ({"contact_mail": "a@b"}, ("unlike", "contact_mail")),
    ({"name_en": "透射电镜"}, ("unlike", "name_en")),
    ({"city_zh": "Xi'an"}, ("unlike", "city_zh")),
]
RECORD = [
    ({"fees": " "}, ("missing", "fees")),
    ({"province": "Shaanxi"}, ("no_province", "province")),
    ({"booking_address": "ask us"}, ("pattern", "booking_address")),
    ({"booked_on": "2027-01-21"}, ("to_come", "booked_on")),
    ({"booked_on": "2027-01-20"}, None),
    ({"category": "x"}, ("choice", "category")),
    ({"customs_supervised": "x"}, ("choice", "customs_supervised")),
    ({"customs_supervised": "是", "customs_declaration": "2" * 18, "customs_item": "01", "customs_name": "镜",
      "customs_released_on": "2027-02-01"}, ("to_come", "customs_released_on")),
]  # fmt: skip


@pytest.fixture
def house(app: Flask, world: World) -> House:
    return House(world)


@pytest.mark.parametrize(("values", "lack"), OWN)
def test_what_an_instrument_says(house: House, values: dict[str, Any], lack: tuple[str, str] | None) -> None:
    house.instrument(**values)
    assert lacks_of_rows(house.draft("instrument_record", DAY)) == [set(), {lack} if lack else set()]


@pytest.mark.parametrize(("record", "lack"), RECORD)
def test_what_its_record_says(house: House, record: dict[str, str], lack: tuple[str, str] | None) -> None:
    house.instrument(record=record)
    assert lacks_of_rows(house.draft("instrument_record", DAY)) == [set(), {lack} if lack else set()]


def test_a_phone_is_one_wherever_it_comes_from(house: House) -> None:
    house.use("2026-11-25", "09:00-10:00", house.person(house.home, phone="ask me"))
    use = house.use("2026-11-26", "09:00-10:00", house.person(house.home, phone=""))
    report = house.draft("service_record", "2026-Q4")
    number = report.id
    assert lacks_of_rows(report) == [{("unlike", "phone")}, {("missing", "phone")}]
    with pytest.raises(Refusal) as refusal:
        perform(
            partial(enter, house.actor(), number, None, "records", [f"use:{use.id}:0"], "phone", "later", NOW)
        )
    assert [(each.code, each.field) for each in refusal.value.reasons] == [("unlike", "phone")]
