"""Formal quotes with vouchers, several funds, hazardous samples and a second person: as quoted, so booked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.funds.models import FundHold
from instruments.funds.programme_models import ProgrammeHold, ProgrammePayer, ProgrammeRow
from instruments.people.models import Person
from instruments.reservations.booking import BookingRequest
from instruments.reservations.formal_quotes.answering import accept
from instruments.reservations.formal_quotes.making import make_quote
from instruments.reservations.formal_quotes.ordering import order_of, parties
from instruments.reservations.formal_quotes.printing import annex_paper, quote_paper
from instruments.reservations.models import Reservation
from instruments.reservations.payment import Part, Payment
from tests.reservations.test_formal_quotes import HOUR, NOW, START, Deal, codes, refused
from tests.world import World, bearer, sign_in

EN = {"Accept-Language": "en"}
TYPED = {"day": "2027-03-10", "from": "10:00", "until": "12:00", "purpose": "service", "key": "one"}


class Voucher(Deal):
    """The deal of formal quotes, and a voucher that bears half of it, at most 300.00 in all."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        row = ProgrammeRow(
            code="V1", name_en="Voucher", name_zh="创新券", rate=5000, valid_from=date(2027, 1, 1),
            valid_to=date(2027, 12, 31), payer_kinds=["company"], lines=["time", "minimum"], budget_units=30_000,
        )  # fmt: skip
        db.session.add(row)
        db.session.flush()
        admitted = {"state": "admitted", "asked_at": NOW, "decided_at": NOW}
        db.session.add(ProgrammePayer(programme_id=row.id, payer_institution_id=self.company.id, **admitted))
        db.session.commit()
        self.programme_id = int(row.id)

    @property
    def ticked(self) -> str:
        """Its field in a form."""
        return f"programme-{self.programme_id}"

    def quote(self, hours: int = 2, **more: Any) -> int:
        payment = Payment(programmes=(self.programme_id,))
        wanted = BookingRequest(
            self.instrument_id, START, START + hours * HOUR, "service", payment=payment, **more
        )
        return perform(lambda: make_quote(self.actor(), wanted, NOW))

    def take(self, number: int, programmes: Any = None) -> int:
        parts = [Part(self.fund_id)]
        return int(perform(lambda: accept(self.actor(), number, parts, None, NOW, programmes=programmes)).id)

    def reserved(self) -> list[int]:
        db.session.rollback()
        return list(
            db.session.scalars(select(ProgrammeHold.amount_units).where(ProgrammeHold.state == "reserved"))
        )

    def held(self) -> list[int]:
        return sorted(db.session.scalars(select(FundHold.amount_units).where(FundHold.state == "pending")))


@pytest.fixture
def voucher(world: World, now: Any) -> Voucher:
    return Voucher(world)


def test_it_tells_what_the_voucher_bears_and_reserves_it_when_accepted(voucher: Voucher) -> None:
    number = voucher.quote()
    row = voucher.row(number)
    assert [(each["name_zh"], each["units"]) for each in row.borne] == [("创新券", 20_000)]
    assert voucher.reserved() == []
    paper = quote_paper(row, *parties(row), "https://here/1", NOW)
    assert [total[1] for total in paper.blocks[0].totals] == ["400.00", "−200.00", "200.00"]
    voucher.take(number)
    assert (voucher.reserved(), voucher.held()) == ([20_000], [20_000])
    row = voucher.row(number)
    order = order_of(row)
    assert order is not None
    annex = annex_paper(row, order, *parties(row), NOW)
    assert [total[1] for total in annex.blocks[0].totals] == ["400.00", "−200.00", "200.00"]


def test_it_is_accepted_without_it_too_and_bears_what_is_left_by_then(voucher: Voucher) -> None:
    number = voucher.quote()
    voucher.take(number, ())
    assert (voucher.reserved(), voucher.held()) == ([], [40_000])
    wanted = BookingRequest(
        voucher.instrument_id,
        START + 5 * HOUR,
        START + 7 * HOUR,
        payment=Payment(programmes=(voucher.programme_id,)),
    )
    second = perform(lambda: make_quote(voucher.actor(), wanted, NOW))
    programme = db.session.get_one(ProgrammeRow, voucher.programme_id)
    programme.budget_units = 5_000
    db.session.commit()
    perform(lambda: accept(voucher.actor(), second, (), None, NOW))
    assert voucher.reserved() == [5_000]


def test_a_voucher_that_does_not_pay_refuses_the_quote(voucher: Voucher) -> None:
    db.session.execute(text("UPDATE programme_payer SET state = 'ended'"))
    db.session.commit()
    assert codes(refused(Refusal, voucher.quote)) == {"not_admitted"}
    voucher.programme_id = 99
    assert codes(refused(Refusal, voucher.quote)) == {"no_programme"}


@pytest.mark.parametrize("change", ["borne = '[]'", "lines = '[]'", "hazardous = true", "title = 'x'"])
def test_what_it_says_stays(voucher: Voucher, change: str) -> None:
    voucher.quote()
    with pytest.raises(IntegrityError):
        db.session.execute(text(f"UPDATE formal_quote SET {change}"))
    db.session.rollback()


def test_two_people_are_named_where_two_are_needed_and_booked_as_quoted(
    voucher: Voucher, client: FlaskClient
) -> None:
    voucher.world.needs(voucher.lab, two_if_hazardous=True)
    engineer, second = (db.session.get_one(Person, voucher.ids[name]) for name in ("engineer", "boss"))
    for person in (engineer, second):
        voucher.world.admission(person, voucher.house)
    address, mail = f"/instruments/{voucher.instrument_id}/formal-quotes", second.mail
    sign_in(client, engineer)
    typed = TYPED | {"hazardous": "1", voucher.ticked: "1"}
    assert (
        client.post(address, data=typed | {"second_person": "nobody@example.org"}, headers=EN).status_code
        == 422
    )
    alone = client.post(address, data=typed, headers=EN)
    assert alone.status_code == 422
    assert "second" in alone.text
    made = client.post(address, data=typed | {"second_person": mail, "key": "two"}, headers=EN)
    assert made.status_code == 303
    page = client.get(made.location, headers=EN).text
    for words in ("Hazardous samples", "Second person", "Left to pay", "Accept for CNY 200.00"):
        assert words in page
    number = int(made.location.rsplit("/", 1)[1])
    assert (
        client.post(f"{made.location}/accept", data={"version": 1, "said": "1"}, headers=EN).status_code
        == 303
    )
    booked = db.session.get_one(Reservation, voucher.row(number).reservation_id)
    assert (booked.hazardous, booked.second_id) == (True, voucher.ids["boss"])
    assert voucher.reserved() == [], "it was left unticked"


def test_several_funds_share_it_and_what_is_left_follows_the_form(
    voucher: Voucher, client: FlaskClient
) -> None:
    engineer = db.session.get_one(Person, voucher.ids["engineer"])
    other = voucher.world.fund(
        voucher.company, engineer, creditor=voucher.house, kind="wallet", budget_units=None
    )
    number, other_id = voucher.quote(), int(other.id)
    sign_in(client, engineer)
    address = f"/formal-quotes/{number}"
    assert "Accept for CNY 200.00" in client.get(address, headers=EN).text, "with the voucher of the quote"
    typed = {"said": "1", "fund_id": voucher.fund_id, "named_button": "1"}
    assert "Accept for CNY 400.00" in client.get(f"{address}/price", query_string=typed, headers=EN).text
    back = client.post(f"{address}/price", data=typed | {"csrf_token": "t"})
    assert "csrf" not in back.location
    assert "Accept for CNY 400.00" in client.get(back.location, headers=EN).text
    shares = {"version": 1, "second_fund": other_id, "fund_percent": "80", voucher.ticked: "1"}
    refused = client.post(f"{address}/accept", data=typed | shares | {"second_percent": "30"}, headers=EN)
    assert refused.status_code == 422
    assert "The percentages come to 110, not to 100." in refused.text
    assert 'value="30"' in refused.text
    assert client.post(f"{address}/accept", data=typed | shares, headers=EN).status_code == 422, (
        "the wallet is empty"
    )
    shares = {"version": 1, "fund_id": voucher.fund_id, voucher.ticked: "1"}
    assert client.post(f"{address}/accept", data=typed | shares, headers=EN).status_code == 303
    assert (voucher.reserved(), voucher.held()) == ([20_000], [20_000])
    sign_in(client, db.session.get_one(Person, voucher.ids["rival"]))
    assert client.get(f"{address}/price").status_code == 404
    assert client.post(f"{address}/price").status_code == 404
    sign_in(client, db.session.get_one(Person, voucher.ids["manager"]))
    assert client.get(f"{address}/price").text == "", "the lab reads no funds of the company"


def test_programs_quote_and_accept_with_vouchers(voucher: Voucher, client: FlaskClient) -> None:
    said = bearer(voucher.world.token(db.session.get_one(Person, voucher.ids["engineer"])))
    body = {
        "instrument_id": voucher.instrument_id, "start": START.isoformat(), "end": (START + 2 * HOUR).isoformat(),
        "programmes": [voucher.programme_id],
    }  # fmt: skip
    made = client.post("/api/v1/formal-quotes", json=body, headers=said)
    assert (made.status_code, made.json["hazardous"], made.json["second_person"]) == (201, False, None)
    assert made.json["price"]["to_pay"] == {"amount": "200.00", "currency": "CNY"}
    address = made.headers["Location"]
    wrong = client.post(f"{address}/accept", json={"programmes": [77]}, headers=said | {"If-Match": '"1"'})
    assert {each["code"] for each in wrong.json["reasons"]} == {"no_programme"}
    accepted = client.post(
        f"{address}/accept", json={"fund_id": voucher.fund_id}, headers=said | {"If-Match": '"1"'}
    )
    assert accepted.status_code == 200
    assert voucher.reserved() == [20_000]
