"""Vouchers where somebody books: which are offered, what they bear and what is left to pay, chosen, changed, and refused."""

from __future__ import annotations

from datetime import datetime
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.people.models import Person
from instruments.reservations.listing import one_whole
from instruments.reservations.paying.recalling import prices_of
from tests.reservations.test_subsidies import Voucher
from tests.world import World, bearer, sign_in

EN = {"Accept-Language": "en"}
WHEN = {"day": "2027-03-10", "from": "10:00", "until": "12:00"}


@pytest.fixture
def voucher(world: World, now: datetime) -> Voucher:
    return Voucher(world)


@pytest.fixture
def engineer(voucher: Voucher, client: FlaskClient) -> FlaskClient:
    return sign_in(client, db.session.get_one(Person, voucher.person_id))


def ticked(voucher: Voucher) -> dict[str, str]:
    return {f"programme-{voucher.programme_id}": "1"}


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    return unescape(answer.get_data(as_text=True))


def shown(client: FlaskClient, voucher: Voucher, **typed: Any) -> str:
    query = {**WHEN, "named_button": "yes", "fund_id": voucher.fund_id, **typed}
    return text(client.get(f"/instruments/{voucher.instrument_id}/price", query_string=query, headers=EN))


def book(client: FlaskClient, voucher: Voucher, **typed: Any) -> Any:
    form = {**WHEN, "purpose": "service", "key": "k", "fund_id": voucher.fund_id, **typed}
    return client.post(f"/instruments/{voucher.instrument_id}/reservations", data=form, headers=EN)


def test_what_it_bears_and_what_is_left_stand_beside_the_form(
    voucher: Voucher, engineer: FlaskClient
) -> None:
    before = shown(engineer, voucher)
    for words in ("Vouchers and subsidies", "Bears 50% of what it is for.", "At most CNY 300.00 for one order.",
                  "Book for CNY 400.00"):  # fmt: skip
        assert words in before
    found = shown(engineer, voucher, **ticked(voucher))
    for words in ("It costs", "CNY 400.00", "Voucher 1", "CNY −200.00", "pays 50 % of CNY 400.00", "Left to pay",
                  "Book for CNY 200.00", "CNY 4,800.00 left after this booking", "CNY 200.00 of CNY 400.00"):  # fmt: skip
        assert words in found


def test_what_is_for_others_is_not_spoken_of_and_what_can_be_had_is(
    voucher: Voucher, engineer: FlaskClient
) -> None:
    following = voucher.programme(admitted=False, name_en="Next one", small_firms_only=True)
    voucher.programme(admitted=False, name_en="Of universities", payer_kinds=["university"])
    voucher.programme(name_en="Elsewhere", class_codes=["99"])
    voucher.programme(admitted=False, name_en="Neither", class_codes=["99"])
    found = shown(engineer, voucher)
    for words in (
        "Why 2 programmes do not pay here",
        "Next one has not admitted this payer.",
        "Elsewhere is not for",
    ):
        assert words in found
    assert "Of universities" not in found
    assert "Neither" not in found
    refused = text(book(engineer, voucher, **{f"programme-{following}": "1"}), 422)
    assert "Next one has not admitted this payer." in refused[refused.index('<form class="card booking"') :]


def test_a_person_of_the_house_hears_nothing_of_vouchers_for_companies(
    voucher: Voucher, client: FlaskClient
) -> None:
    sign_in(client, voucher.world.person(voucher.lab.institution))
    assert "Voucher" not in shown(client, voucher)


@pytest.mark.parametrize(
    "name", ["programme-x", "programme-", "programme-99999999999999999999", "programme-7777"]
)
def test_nonsense_is_no_programme(voucher: Voucher, engineer: FlaskClient, name: str) -> None:
    shown(engineer, voucher, **{name: "1"})
    assert "There is no such programme" in text(book(engineer, voucher, **{name: "1"}), 422)


def test_it_books_what_it_showed_and_can_be_said_anew(voucher: Voucher, engineer: FlaskClient) -> None:
    number = int(book(engineer, voucher, **ticked(voucher)).location.rsplit("/", 1)[1])
    assert (voucher.reserved(), voucher.held()) == ([20_000], [20_000])
    page = text(engineer.get(f"/reservations/{number}", headers=EN))
    for words in ("Voucher 1", "CNY −200.00", "Left to pay", "CNY 200.00"):
        assert words in page
    form = text(engineer.get(f"/reservations/{number}/payers", headers=EN))
    assert f'name="programme-{voucher.programme_id}" value="1" checked' in form

    def say(**typed: Any) -> int:
        said = {"version": one_whole(number).version, "fund_id": voucher.fund_id, **typed}
        return int(engineer.post(f"/reservations/{number}/payers", data=said, headers=EN).status_code)

    assert say() == 303
    assert (voucher.reserved(), voucher.held()) == ([], [40_000])
    assert say(**ticked(voucher)) == 303
    assert (voucher.reserved(), voucher.held()) == ([20_000], [20_000])
    assert say(**{"programme-7777": "1"}) == 422
    assert voucher.reserved() == [20_000]


def test_what_is_claimed_back_is_paid_first(voucher: Voucher, engineer: FlaskClient) -> None:
    later = f"programme-{voucher.programme(name_en='Claimed back', afterwards=True)}"
    assert "Is paid first, then CNY 200.00 is claimed back." in shown(engineer, voucher, **{later: "1"})
    number = int(book(engineer, voucher, **{later: "1"}).location.rsplit("/", 1)[1])
    assert voucher.held() == [40_000]
    assert str(prices_of([number])[number].to_pay) == "CNY 400.00"


def test_programs_choose_payers_and_programmes(voucher: Voucher, client: FlaskClient) -> None:
    number = voucher.book()
    token = bearer(voucher.world.token(db.session.get_one(Person, voucher.person_id)))
    stranger = bearer(voucher.world.token(voucher.world.person(voucher.world.institution())))
    address = f"/api/v1/reservations/{number}/payers"

    def put(body: Any, **headers: str) -> Any:
        return client.put(address, json=body, headers={"If-Match": '"1"'} | token | headers)

    assert put({}, **stranger).status_code == 404
    assert client.put(address, json={}, headers=token).status_code == 428
    assert put({}, **{"If-Match": '"7"'}).status_code == 412
    assert {each["code"] for each in put({"programmes": [7777]}).json["reasons"]} == {"no_programme"}
    assert put({"mode": "self"}).status_code == 422
    named = put({"fund_id": voucher.fund_id})
    assert (named.status_code, named.headers["ETag"], named.json["price"]["borne"]) == (200, '"2"', [])
    assert (voucher.reserved(), voucher.held()) == ([], [40_000])
    again = put({"fund_id": voucher.fund_id, "programmes": [voucher.programme_id]}, **{"If-Match": '"2"'})
    assert again.json["price"]["to_pay"] == {"amount": "200.00", "currency": "CNY"}
    assert again.json["price"]["borne"][0]["afterwards"] is False
