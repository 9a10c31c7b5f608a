"""Formal quotes as pages: another company finds nothing; who may reads, prints, accepts, declines, withdraws, agrees."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.journal.models import JournalEntry
from instruments.people.models import Lab, Person
from instruments.reservations.formal_quotes.agreements import publish
from instruments.reservations.formal_quotes.models import FormalQuote
from instruments.reservations.models import Reservation
from tests.reservations.test_formal_quotes import HOUR, NOW, START, TEXTS, Deal
from tests.world import World, sign_in

TYPED = {"day": "2027-03-10", "from": "10:00", "until": "12:00", "purpose": "service", "key": "one"}


@pytest.fixture
def deal(world: World, now: Any) -> Deal:
    return Deal(world)


def signed(client: FlaskClient, deal: Deal, name: str) -> FlaskClient:
    return sign_in(client, db.session.get_one(Person, deal.ids[name]))


def agreed(deal: Deal, number: int = 1) -> None:
    perform(lambda: publish(deal.actor("officer"), deal.house_id, TEXTS, number - 1, NOW))


@pytest.mark.parametrize("name", ["rival", "insider"])
def test_another_company_finds_nothing(client: FlaskClient, deal: Deal, name: str) -> None:
    number = deal.make()
    accepted = deal.make(start=START + 5 * HOUR)
    deal.accept(accepted)
    signed(client, deal, name)
    for address in ("", ".pdf", "/annex.pdf"):
        assert client.get(f"/formal-quotes/{accepted}{address}").status_code == 404
    for deed in ("accept", "decline", "withdraw"):
        answer = client.post(f"/formal-quotes/{number}/{deed}", data={"version": 1, "reason": "no"})
        assert answer.status_code == 404
    assert "Q-2027" not in client.get("/formal-quotes").text
    assert client.get(f"/labs/{deal.lab_id}/formal-quotes").status_code in (403, 404)
    assert deal.row(number).state == "offered"


def test_inside_the_institution_there_is_no_button_and_no_quote(client: FlaskClient, deal: Deal) -> None:
    signed(client, deal, "insider")
    button = f'formaction="/instruments/{deal.instrument_id}/formal-quotes"'
    assert button not in client.get(f"/instruments/{deal.instrument_id}").text
    answer = client.post(f"/instruments/{deal.instrument_id}/formal-quotes", data=TYPED)
    assert answer.status_code == 422
    assert "Inside an institution no formal quote is needed." in answer.text
    assert db.session.scalar(select(func.count()).select_from(FormalQuote)) == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            {"day": "never", "second_percent": "x", "fund_id": "1", "second_fund": "2"},
            "Write each percentage",
        ),
        ({"day": "never"}, "Choose a day."),
        ({"day": "2027-02-10"}, "has passed."),
    ],
)
def test_what_cannot_be_booked_is_not_quoted(
    client: FlaskClient, deal: Deal, typed: dict[str, str], said: str
) -> None:
    signed(client, deal, "engineer")
    answer = client.post(f"/instruments/{deal.instrument_id}/formal-quotes", data=TYPED | typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "Back to the form" in answer.text


def test_a_time_that_is_taken_offers_others(client: FlaskClient, deal: Deal) -> None:
    deal.world.reservation(deal.instrument, deal.world.person(), START, START + HOUR)
    answer = signed(client, deal, "engineer").post(
        f"/instruments/{deal.instrument_id}/formal-quotes", data=TYPED
    )
    assert answer.status_code == 409
    assert f'action="/instruments/{deal.instrument_id}/formal-quotes"' in answer.text


def test_a_form_that_is_sent_twice_is_one_quote(client: FlaskClient, deal: Deal) -> None:
    signed(client, deal, "engineer")
    assert "Get a formal quote" in client.get(f"/instruments/{deal.instrument_id}").text
    answers = [client.post(f"/instruments/{deal.instrument_id}/formal-quotes", data=TYPED) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    page = client.get(answers[0].location).text
    assert all(said in page for said in ("Q-2027-000001", "CNY 400.00", "Companies", "Accept for CNY 400.00"))
    assert "Q-2027-000001" in client.get("/formal-quotes").text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_its_papers_are_for_both_sides(client: FlaskClient, deal: Deal, language: str) -> None:
    number = deal.make()
    signed(client, deal, "boss")
    assert client.get(f"/formal-quotes/{number}/annex.pdf").status_code == 404
    deal.accept(number)
    for address in (".pdf", "/annex.pdf"):
        answer = client.get(f"/formal-quotes/{number}{address}?lang={language}")
        assert (answer.status_code, answer.content_type) == (200, "application/pdf")
        assert answer.data.startswith(b"%PDF-")
        assert "Q-2027-000001" in answer.headers["Content-Disposition"]


def test_the_looks_of_the_lab_are_noted_and_those_of_the_company_are_not(
    client: FlaskClient, deal: Deal
) -> None:
    number = deal.make()
    looks = select(func.count()).where(JournalEntry.deed == "money.looked_at")
    signed(client, deal, "engineer").get(f"/formal-quotes/{number}")
    assert db.session.scalar(looks) == 0
    signed(client, deal, "manager")
    assert "Withdraw it" in client.get(f"/formal-quotes/{number}").text
    assert "Q-2027-000001" in client.get(f"/labs/{deal.lab_id}/formal-quotes").text
    assert db.session.scalar(looks) == 2


def test_the_page_says_whether_the_lab_still_decides(client: FlaskClient, deal: Deal, world: World) -> None:
    number = deal.make()
    page = signed(client, deal, "engineer")
    at_once, held = "The time is booked at once", "the lab answers whether it is yours"
    said = page.get(f"/formal-quotes/{number}").text
    assert at_once in said and held not in said
    world.approval_rule(db.session.get_one(Lab, deal.lab_id), "companies")
    said = page.get(f"/formal-quotes/{number}").text
    assert at_once not in said and held in said


def test_accepting_books_with_the_fund_that_was_chosen(client: FlaskClient, deal: Deal) -> None:
    number = deal.make()
    signed(client, deal, "engineer")
    stale = client.post(f"/formal-quotes/{number}/accept", data={"version": 7})
    assert (stale.status_code, "changed since you opened it" in stale.text) == (412, True)
    strange = client.post(f"/formal-quotes/{number}/accept", data={"version": 1, "fund_id": 999999999})
    assert strange.status_code == 422
    answer = client.post(
        f"/formal-quotes/{number}/accept", data={"version": 1, "fund_id": deal.fund_id}, follow_redirects=True
    )
    assert "The time is booked at the price of the quote." in answer.text
    assert "annex.pdf" in answer.text
    assert f"/reservations/{db.session.scalar(select(Reservation.id))}" in answer.text
    assert client.post(f"/formal-quotes/{number}/accept", data={"version": 2}).status_code == 422


def test_a_time_that_was_taken_meanwhile_says_so_and_offers_others(client: FlaskClient, deal: Deal) -> None:
    number = deal.make()
    deal.world.reservation(deal.instrument, deal.world.person(), START, START + HOUR)
    answer = signed(client, deal, "engineer").post(f"/formal-quotes/{number}/accept", data={"version": 1})
    assert answer.status_code == 409
    assert f'action="/instruments/{deal.instrument_id}/formal-quotes"' in answer.text
    assert "Accept for CNY 400.00" in answer.text


def test_the_lab_withdraws_with_a_reason_and_the_payer_declines(client: FlaskClient, deal: Deal) -> None:
    first, second = deal.make(), deal.make(start=START + 5 * HOUR)
    signed(client, deal, "manager")
    assert client.post(f"/formal-quotes/{first}/accept", data={"version": 1}).status_code == 403
    wordless = client.post(f"/formal-quotes/{first}/withdraw", data={"version": 1, "reason": " "})
    assert (wordless.status_code, "Say why you withdraw it." in wordless.text) == (422, True)
    client.post(f"/formal-quotes/{first}/withdraw", data={"version": 1, "reason": "The laser broke."})
    signed(client, deal, "engineer")
    page = client.get(f"/formal-quotes/{first}").text
    assert "Withdrawn by the lab: The laser broke." in page and "Accept for" not in page
    assert client.post(f"/formal-quotes/{second}/withdraw", data={"reason": "x"}).status_code == 403
    client.post(f"/formal-quotes/{second}/decline", data={"version": 1})
    assert deal.row(second).state == "declined"


def test_the_agreement_is_read_by_all_and_accepted_by_who_binds(client: FlaskClient, deal: Deal) -> None:
    number, address = deal.make(), f"/institutions/{deal.house_id}/agreement"
    signed(client, deal, "engineer")
    assert "No framework agreement" in client.get(address).text
    agreed(deal)
    assert TEXTS[0] in client.get(address).text
    assert f"{address}?quote={number}" in client.get(f"/formal-quotes/{number}").text
    assert client.post(f"/formal-quotes/{number}/accept", data={"version": 1}).status_code == 422
    assert client.post(f"{address}/accept", data={"number": 1}).status_code == 403
    signed(client, deal, "boss")
    assert client.post(f"{address}/accept", data={"number": 2}).status_code == 412
    answer = client.post(f"{address}/accept", data={"number": 1, "quote": number})
    assert answer.location == f"/formal-quotes/{number}"
    assert client.post(f"/formal-quotes/{number}/accept", data={"version": 1}).status_code == 303
    agreed(deal, 2)
    assert "No. 2 replaced it" in client.get(f"{address}?number=1").text
    assert client.get(f"{address}?number=3").status_code == 404
    assert f"{address}?number=1" in client.get(f"/formal-quotes/{number}").text


def test_finance_publishes_the_agreement(client: FlaskClient, deal: Deal) -> None:
    address = f"/institutions/{deal.house_id}/agreement"
    texts = {"text_en": TEXTS[0], "text_zh": TEXTS[1]}
    for name in ("engineer", "manager"):
        signed(client, deal, name)
        assert client.get(f"{address}/new").status_code == 403
        assert client.post(address, data=texts).status_code == 403
    signed(client, deal, "officer")
    half = client.post(address, data=texts | {"text_zh": ""})
    assert (half.status_code, "Write the agreement in both languages." in half.text) == (422, True)
    assert client.post(address, data=texts | {"seen": 0}).status_code == 303
    late = client.post(address, data=texts | {"seen": 0})
    assert late.status_code == 412
    assert 'name="seen" value="1"' in late.text
    assert TEXTS[0] in client.get(f"{address}/new").text
