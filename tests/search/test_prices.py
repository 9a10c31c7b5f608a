"""Prices in a search: what each hit costs this person, lowest first, and no more than they would pay."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.database.transactions import perform
from instruments.people.models import Person
from instruments.people.signing import actor_by_id
from instruments.reservations.booking import BookingRequest, book
from instruments.reservations.payment import from_fund
from instruments.search import find
from tests.conftest import NOW
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
    assert "by what the first free time of each costs, of all that are free up to" in page


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


class Guest:
    """Somebody of a partner who may charge a fund of the house: partners pay 90.00 for what costs the house 30.00, and the other
    way round."""

    def __init__(self, world: World) -> None:
        self.world, house = world, world.institution()
        self.things = {}
        for name, own, partner in (("Alpha", 3_000, 9_000), ("Beta", 9_000, 3_000)):
            thing = world.instrument(world.lab(house), name_en=name, name_zh=name, audience="partners")
            published(thing, prices=[price("own_institution", own), price("partner", partner)])
            self.things[name] = thing.id
        self.person = world.person(world.institution())
        self.person_id = self.person.id
        self.fund = world.fund(house, self.person, code="NF-1", name_en="House grant")
        self.fund_id = self.fund.id

    def second(self) -> int:
        """A fund of their own institution, named last when they booked."""
        other = self.world.fund(
            db.session.get_one(Person, self.person_id).institution, self.person, code="OWN-1"
        )
        start = NOW + timedelta(days=1, hours=2)
        wanted = BookingRequest(
            self.things["Beta"], start, start + timedelta(hours=1), payment=from_fund(other.id)
        )
        actor = actor_by_id(self.person_id, NOW)
        assert actor is not None
        perform(lambda: book(actor, actor, wanted, NOW).id)
        return int(other.id)


@pytest.fixture
def guest(world: World, now: datetime) -> Guest:
    return Guest(world)


def test_prices_are_those_of_the_fund_that_is_usual_or_chosen(guest: Guest, client: FlaskClient) -> None:
    reader = sign_in(client, guest.person)
    listed, page = found(reader, sort="price")
    assert listed == ["Alpha", "Beta"]
    assert "Prices paid from" in page
    assert f'<option value="{guest.fund_id}" selected>House grant (NF-1)</option>' in page
    # Nobody yet: as a partner pays.
    listed, page = found(reader, sort="price", fund_id="")
    assert listed == ["Beta", "Alpha"]
    assert "&fund_id=#booking" in page
    assert found(reader, fund_id="", at_most="60")[0] == ["Beta"]
    assert found(reader, fund_id=str(guest.fund_id), at_most="60")[0] == ["Alpha"]
    # With two funds the one that was paid from last is usual.
    other = guest.second()
    listed, page = found(reader, sort="price")
    assert listed == ["Beta", "Alpha"]
    assert f'<option value="{other}" selected>' in page
    listed, page = found(reader, sort="price", fund_id=str(guest.fund_id))
    assert listed == ["Alpha", "Beta"]
    assert f"&fund_id={guest.fund_id}#booking" in page


@pytest.mark.parametrize("values", [
    {"state": "blocked"}, {"overdrawn": True}, {"valid_to": NOW.date() - timedelta(days=1)},
])  # fmt: skip
def test_a_fund_that_cannot_pay_is_not_the_usual_one(guest: Guest, client: FlaskClient, values: dict) -> None:
    for name, value in values.items():
        setattr(guest.fund, name, value)
    db.session.commit()
    listed, page = found(sign_in(client, guest.person), sort="price")
    assert listed == ["Beta", "Alpha"]
    assert "House grant" not in page


def test_anothers_fund_changes_nothing_and_is_not_passed_on(guest: Guest, client: FlaskClient) -> None:
    strange = guest.world.fund(guest.world.institution(kind="company"), id=888_888_888, name_en="Secret")
    listed, page = found(sign_in(client, guest.person), sort="price", fund_id=str(strange.id))
    assert listed == ["Alpha", "Beta"]
    assert "Secret" not in page
    assert f'value="{strange.id}"' not in page and f"fund_id={strange.id}" not in page


def test_the_table_tells_prices_too(guest: Guest, client: FlaskClient) -> None:
    _, page = found(sign_in(client, guest.person), sort="price", view="table")
    assert page.index("CNY 60.00") < page.index("CNY 180.00")
    assert '<td class="num nowrap" data-label="Price">CNY 60.00</td>' in page


def test_strangers_see_no_column_of_prices(guest: Guest, client: FlaskClient) -> None:
    _, page = found(client, view="table")
    assert 'data-label="Price"' not in page and "Prices paid from" not in page


def test_the_cheapest_is_found_however_late_it_is_free(
    names, client: FlaskClient, world: World, monkeypatch
) -> None:
    """Of three hundred that are free at once, and one that is free last of all."""
    house = names["reader"].institution
    lab = world.lab(house)
    published(lab, prices=[price("own_institution", 8_000)])
    for number in range(300):
        world.instrument(lab, name_en=f"Other {number}", name_zh=f"Other {number}")
    start = NOW.replace(minute=0) - timedelta(hours=1)
    world.reservation(names["Cheap"], names["reader"], start, start + timedelta(hours=40))
    reader = sign_in(client, names["reader"])
    listed, page = found(reader, sort="price")
    assert listed[:2] == ["Cheap", "Middling"] and len(listed) == 20
    assert "of all that are free" in page and "303 instruments" in page or "304 instruments" in page
    last = found(reader, sort="price", page="16")[0]
    assert last[-1] == "Unpriced" and "Dear" in last
    # Where more are free than are compared, it says so.
    monkeypatch.setattr(find, "MOST_PRICED", 200)
    listed, page = found(reader, sort="price")
    assert "Cheap" not in listed and "among the" in page and "of all that are free" not in page


def test_sorting_all_costs_as_many_statements_as_sorting_few(
    names, client: FlaskClient, world: World, statements
) -> None:
    reader = sign_in(client, names["reader"])
    counts = []
    for more in (1, 60):
        lab = world.lab(names["reader"].institution)
        published(lab, prices=[price("own_institution", 8_000)])
        for _ in range(more):
            world.instrument(lab)
        found(reader, sort="price")
        statements.clear()
        found(reader, sort="price")
        counts.append(len(statements))
    assert counts[0] == counts[1]
