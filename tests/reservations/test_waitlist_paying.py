"""Who pays for what is waited for: weighed when it is asked, remembered, shown, and taken where an offer is accepted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.database import db
from instruments.errors import Refusal
from instruments.funds.models import Fund, FundHold, FundUser
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from instruments.reservations.paying.recalling import payment_of
from instruments.reservations.payment import NOTHING_SAID, Part, Payment, from_fund
from instruments.reservations.waitlist.models import WaitRequest
from instruments.reservations.waitlist.paying import remembered
from tests.rates.pricing_world import published
from tests.reservations.waiting import HOUR, Queue, offers
from tests.world import World, bearer, sign_in

EN = {"Accept-Language": "en"}


class Line(Queue):
    """An instrument at 60.00 an hour that is held for two hours; a student waits whose group has two grants."""

    def __init__(self, world: World, now: datetime) -> None:
        super().__init__(world, now, people=1)
        published(self.lab)
        [self.student] = self.people
        self.group = world.group(self.home)
        world.grant(self.student, Role.MEMBER, self.group)
        self.first, self.second = (self.grant(code) for code in ("NF-1", "NF-2"))
        self.student_id, self.instrument_id = self.student.id, self.instrument.id

    def grant(self, code: str, **values: Any) -> int:
        fund = self.world.fund(
            self.group, code=code, name_en=f"Grant {code}", **({"budget_units": 50_000} | values)
        )
        db.session.add(FundUser(fund_id=fund.id, given_at=self.now))
        db.session.commit()
        return int(fund.id)

    def asks(self, payment: Payment, **more: Any) -> int:
        return self.wait(
            db.session.get_one(Person, self.student_id), payment=payment, group_id=self.group.id, **more
        )

    def offered(self, app: Flask) -> None:
        self.free()
        assert self.sweep(app) == 1

    def taken(self, number: int) -> Any:
        return self.answer(db.session.get_one(Person, self.student_id), number)

    @property
    def tomorrow(self) -> dict[str, str]:
        return {"from": self.start.isoformat(), "to": self.end.isoformat()}


@pytest.fixture
def line(world: World, now: datetime) -> Line:
    return Line(world, now)


def codes(act: Any) -> list[str]:
    with pytest.raises(Refusal) as refused:
        act()
    db.session.rollback()
    return [reason.code for reason in refused.value.reasons]


# --- Weighed when it is asked


@pytest.mark.parametrize(("values", "expected"), [
    ({"state": "blocked", "blocked_why": "Audit"}, ["fund_blocked"]),
    ({"overdrawn": True}, ["fund_overdrawn"]),
    ({"valid_to": date(2027, 3, 1)}, ["fund_over"]),
    ({"valid_from": date(2027, 3, 9)}, ["fund_not_yet"]),
    ({"budget_units": 1}, []),
])  # fmt: skip
def test_a_fund_that_can_never_pay_is_refused_and_one_that_is_short_is_not(
    line: Line, values: dict[str, Any], expected: list[str]
) -> None:
    for name, value in values.items():
        setattr(db.session.get_one(Fund, line.first), name, value)
    db.session.commit()
    if expected:
        assert codes(lambda: line.asks(from_fund(line.first))) == expected
    else:
        line.asks(from_fund(line.first))


def test_one_that_is_valid_on_some_of_the_days_may_wait(line: Line) -> None:
    db.session.get_one(Fund, line.first).valid_to = date(2027, 3, 3)
    db.session.commit()
    days = {"earliest": line.start, "latest": line.start + timedelta(days=6)}
    line.asks(from_fund(line.first), hours=2, **days)


def test_what_is_said_wrongly_or_of_anothers_fund_is_refused(line: Line) -> None:
    assert codes(lambda: line.asks(Payment((Part(line.first, Decimal(60)),)))) == ["not_the_whole"]
    strange = line.world.fund(line.world.group(line.home), name_en="Secret")
    for number in (strange.id, 999_999_999):
        assert codes(lambda number=number: line.asks(from_fund(number))) == ["no_fund"]


def test_of_a_class_the_place_is_not_weighed(line: Line) -> None:
    wallet = line.world.fund(line.home, line.student, creditor=line.world.institution())
    line.asks(from_fund(wallet.id), class_code="010101", instrument_id=None)
    assert codes(lambda: line.asks(from_fund(wallet.id))) == ["fund_elsewhere"]


# --- Remembered, and taken


@pytest.mark.parametrize("payment", [
    NOTHING_SAID,
    Payment((Part(1, Decimal("33.34")), Part(2, Decimal("66.66"))), (), "service", {"tip": Decimal(3)}),
])  # fmt: skip
def test_it_is_remembered_whole(line: Line, payment: Payment) -> None:
    parts = tuple(
        Part(number, part.percent)
        for number, part in zip((line.first, line.second), payment.parts, strict=False)
    )
    said = Payment(parts, payment.programmes, payment.mode, payment.counts)
    assert remembered(line.asks(said)) == said


def test_what_is_offered_is_paid_from_the_fund_that_was_named(line: Line, app: Flask) -> None:
    number = line.asks(from_fund(line.second))
    line.offered(app)
    made = line.taken(number)
    assert payment_of(made.id).parts == (Part(line.second, Decimal(100)),)
    assert [(row.fund_id, row.amount_units) for row in db.session.query(FundHold)] == [(line.second, 12_000)]


def test_where_a_payer_has_to_be_named_time_is_offered_all_the_same(line: Line, app: Flask) -> None:
    line.world.rules(line.lab, payer_named="when_booked")
    number = line.asks(NOTHING_SAID)
    line.offered(app)
    assert codes(lambda: line.taken(number)) == ["payer_needed"]
    assert offers() == [(number, "open")]


def test_a_fund_that_is_short_by_then_refuses_with_the_sum_and_the_offer_stays(
    line: Line, app: Flask
) -> None:
    number = line.asks(from_fund(line.first))
    db.session.get_one(Fund, line.first).budget_units = 11_999
    db.session.commit()
    line.offered(app)
    assert codes(lambda: line.taken(number)) == ["fund_short"]
    assert offers() == [(number, "open")]


def test_one_that_may_not_be_charged_any_more_is_named(line: Line, app: Flask, client: FlaskClient) -> None:
    number = line.asks(from_fund(line.first))
    db.session.query(FundUser).filter_by(fund_id=line.first).delete()
    db.session.commit()
    line.offered(app)
    assert codes(lambda: line.taken(number)) == ["fund_not_yours"]
    page = unescape(sign_in(client, line.student).get("/waitlist", headers=EN).text)
    assert "Grant NF-1 (NF-1) may no longer be charged for this person." in page
    # Then the usual one is chosen.
    assert f'<option value="{line.second}" selected>' in page


# --- Pages and programs


def test_programs_say_who_pays_and_may_say_it_anew(line: Line, app: Flask, client: FlaskClient) -> None:
    token = bearer(line.world.token(line.student))
    body = {"instrument_id": line.instrument_id, **line.tomorrow, "fund_id": line.first}
    asked = client.post("/api/v1/wait-requests", json=body, headers=token)
    assert asked.status_code == 201
    assert asked.json["paid_from"] == [
        {
            "fund_id": line.first,
            "name_en": "Grant NF-1",
            "name_zh": asked.json["paid_from"][0]["name_zh"],
            "percent": "100",
        }
    ]
    number = asked.json["id"]
    assert (
        client.get("/api/v1/wait-requests", headers=token).json["items"][0]["paid_from"][0]["fund_id"]
        == line.first
    )
    line.offered(app)
    match = token | {"If-Match": "*"}
    taken = client.post(
        f"/api/v1/wait-requests/{number}/accept", json={"fund_id": line.second}, headers=match
    )
    assert [each["fund_id"] for each in taken.json["price"]["paid_from"]] == [line.second]


def test_programs_that_say_nothing_take_what_was_said(line: Line, app: Flask, client: FlaskClient) -> None:
    token = bearer(line.world.token(line.student))
    number = line.asks(from_fund(line.first))
    line.offered(app)
    match = token | {"If-Match": "*"}
    taken = client.post(f"/api/v1/wait-requests/{number}/accept", json={}, headers=match)
    assert [each["fund_id"] for each in taken.json["price"]["paid_from"]] == [line.first]


def test_the_page_keeps_it_from_the_refused_booking_to_the_offer(
    line: Line, app: Flask, client: FlaskClient
) -> None:
    sign_in(client, line.student)
    wall = {"day": "2027-03-02", "from": "10:00", "until": "12:00", "purpose": "research"}
    shares = {
        "fund_id": str(line.second),
        "second_fund": str(line.first),
        "fund_percent": "60",
        "second_percent": "40",
    }
    refused = client.post(f"/instruments/{line.instrument_id}/reservations", data=wall | shares, headers=EN)
    page = unescape(refused.text)
    assert "Or wait for it" in page
    for name, value in shares.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    sent = {**wall, **shares, "instrument": line.instrument_id}
    assert client.post("/waitlist", data=sent).status_code == 303
    assert "Paid from: Grant NF-2 (NF-2), Grant NF-1 (NF-1)" in unescape(
        client.get("/waitlist", headers=EN).text
    )
    line.offered(app)
    page = unescape(client.get("/waitlist", headers=EN).text)
    assert page.count(f'<option value="{line.second}" selected>') == 1
    assert 'value="60"' in page and 'value="40"' in page
    number = db.session.query(WaitRequest.id).scalar()
    accepted = client.post(f"/waitlist/{number}/accept", data={"version": 2, **shares})
    made = int(accepted.location.rsplit("/", 1)[1])
    assert payment_of(made).parts == (Part(line.second, Decimal(60)), Part(line.first, Decimal(40)))


def test_the_form_offers_the_usual_fund_and_refuses_beside_the_field(line: Line, client: FlaskClient) -> None:
    made = line.world.reservation(line.instrument, line.student, line.end + HOUR, line.end + 2 * HOUR)
    db.session.delete(db.session.get(Reservation, made.id))
    db.session.commit()
    sign_in(client, line.student)
    address = f"/waitlist/new?instrument={line.instrument_id}"
    page = client.get(address, headers=EN).text
    assert "Grant NF-1 (NF-1)" in page and '<option value="">Nobody yet: said after the use</option>' in page
    form = {"instrument": line.instrument_id, "first": "2027-03-02", "last": "2027-03-05", "hours": "2"}
    strange = line.world.fund(line.world.group(line.home), name_en="Secret").id
    refused = client.post("/waitlist", data=form | {"fund_id": strange}, headers=EN)
    assert refused.status_code == 422
    assert "There is no such fund." in refused.text and "Secret" not in refused.text
    assert client.post("/waitlist", data=form | {"fund_id": line.first}).status_code == 303
