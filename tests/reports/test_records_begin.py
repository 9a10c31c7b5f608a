"""A form of a period that begins before the records says so."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.reports.scene import House
from tests.world import World, sign_in

Q4 = "2026-Q4"


@pytest.fixture
def house(app: Flask, world: World) -> House:
    return House(world)


def test_a_form_says_from_when_uses_are_known(client: FlaskClient, house: House) -> None:
    """Not one of an occasion, which tells of no period."""
    house.use("2026-11-25", "09:00-10:00")
    quarters = [house.draft("service_record", period).id for period in (Q4, "2026-Q3")]
    occasion = house.draft("instrument_record", "2026-11-01..2026-11-01").id
    sign_in(client, house.manager)
    said = "Records begin on 25 Nov 2026: of the days of this period before it no use is known."
    for number in quarters:
        assert said in client.get(f"/reports/{number}").text
    assert "Records begin" not in client.get(f"/reports/{occasion}").text
    client.get("/language/zh_Hans_CN?next=/")
    assert "记录始于 2026年11月25日" in client.get(f"/reports/{quarters[0]}").text
    client.get("/language/en?next=/")
    house.use("2026-10-01", "09:00-10:00")
    house.count_anew(quarters[0])
    assert "Records begin" not in client.get(f"/reports/{quarters[0]}").text
