"""Prices in a search: what each hit costs this person, lowest first, and no more than they would pay."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape

import pytest
from flask.testing import FlaskClient

from tests.rates.pricing_world import price, published
from tests.world import World, sign_in

EN = {"Accept-Language": "en"}


@pytest.fixture
def names(world: World, now: datetime) -> dict[str, object]:
    """Four instruments of a lab: at 90.00, 30.00, 60.00 an hour, and one without a price."""
    house = world.institution()
    made = {}
    for name, units in (("Dear", 9_000), ("Cheap", 3_000), ("Middling", 6_000), ("Unpriced", None)):
        thing = world.instrument(world.lab(house), name_en=name, name_zh=name)
        if units is not None:
            published(thing, prices=[price("own_institution", units)])
        made[name] = thing
    return {"reader": world.person(house), **made}


def found(client: FlaskClient, **query: str) -> tuple[list[str], str]:
    """The names in their order, and the page."""
    answer = client.get("/", query_string={"hours": "2", **query}, headers=EN)
    page = unescape(answer.get_data(as_text=True))
    return re.findall(r'id="n[0-9]+" href="[^"]+">([^<]+)</a>', page), page


def test_each_hit_says_what_it_costs_this_person(names, client: FlaskClient) -> None:
    listed, page = found(sign_in(client, names["reader"]))
    assert len(listed) == 4
    for words in ("CNY 180.00", "CNY 60.00", "CNY 120.00"):
        assert words in page


def test_strangers_read_no_price_and_sort_by_none(names, client: FlaskClient) -> None:
    listed, page = found(client, sort="price", at_most="100")
    assert len(listed) == 4
    assert "CNY 60.00" not in page


def test_lowest_price_first_and_without_price_last(names, client: FlaskClient) -> None:
    listed, page = found(sign_in(client, names["reader"]), sort="price")
    assert listed == ["Cheap", "Middling", "Dear", "Unpriced"]
    assert "among the 200 that are free first" in page


def test_at_most_leaves_out_what_costs_more_or_has_no_price(names, client: FlaskClient) -> None:
    reader = sign_in(client, names["reader"])
    listed, page = found(reader, at_most="120", sort="price")
    assert listed == ["Cheap", "Middling"]
    assert 'value="120"' in page
    assert found(reader, at_most="1")[0] == []


def test_an_amount_that_is_none_is_refused_and_the_page_shown(names, client: FlaskClient) -> None:
    answer = sign_in(client, names["reader"]).get("/", query_string={"at_most": "cheap"}, headers=EN)
    assert answer.status_code == 422
    assert "like 100 or 99.50" in unescape(answer.get_data(as_text=True))
