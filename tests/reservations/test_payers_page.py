"""Who pays for a reservation: shown with its price, said anew before it begins, and refused where it cannot be."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Stale
from instruments.journal.models import JournalEntry
from instruments.reservations.listing import one_whole
from instruments.reservations.models import Reservation
from instruments.reservations.naming_payers import name_payers
from instruments.reservations.paying.recalling import prices_of
from instruments.reservations.payment import Part, Payment
from tests.rates.pricing_world import price, published
from tests.reservations.test_paying import NOW, START, Scene, refusal_of
from tests.world import World, bearer, sign_in

EN = {"Accept-Language": "en"}


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


@pytest.fixture
def student(scene: Scene, client: FlaskClient) -> FlaskClient:
    return sign_in(client, scene.student)


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=EN)
    assert answer.status_code == 200
    return unescape(answer.get_data(as_text=True))


def version(number: int) -> int:
    return int(one_whole(number).version)


def say(client: FlaskClient, number: int, **typed: Any) -> Any:
    form = {"version": version(number), **typed}
    return client.post(f"/reservations/{number}/payers", data=form, headers=EN)


@pytest.mark.parametrize("state", ["cancelled", "declined", "expired"])
def test_what_does_not_take_place_is_said_to_cost_nothing_by_its_quote(
    scene: Scene, student: FlaskClient, state: str
) -> None:
    number = scene.book(hours=2)
    db.session.get(Reservation, number).state = state
    db.session.commit()
    found = page(student, f"/reservations/{number}")
    assert "It would have cost" in found and "CNY 120.00" in found
    for words in ("Quoted", "Who pays", "who pays is said after the use"):
        assert words not in found


def test_the_page_shows_what_was_quoted_and_who_pays(scene: Scene, student: FlaskClient) -> None:
    number = scene.book(hours=2)
    found = page(student, f"/reservations/{number}")
    for words in ("2 h at CNY 60.00 an hour", "CNY 120.00", "Own institution", "Change who pays"):
        assert words in found


def test_who_is_only_the_second_person_reads_no_price(scene: Scene, client: FlaskClient) -> None:
    number = scene.book()
    other = scene.world.person(scene.house)
    db.session.get(Reservation, number).second_id = other.id
    db.session.commit()
    found = page(sign_in(client, other), f"/reservations/{number}")
    assert "60.00" not in found


def test_another_fund_pays_and_the_hold_moves(scene: Scene, student: FlaskClient) -> None:
    number, other = scene.book(hours=2), scene.grant(50_000)
    assert "CNY 80.00 left after this booking" in page(student, f"/reservations/{number}/payers")
    answer = say(student, number, fund_id=other.id)
    assert answer.status_code == 303
    assert (scene.held(), scene.held(other.id)) == ([], [12_000])
    assert version(number) == 2
    entry = db.session.scalars(
        select(JournalEntry).where(JournalEntry.deed == "reservation.payers_named")
    ).one()
    assert entry.detail == {"from": [[scene.fund_id, "100"]], "to": [[other.id, "100"]]}
    assert "Said who pays" in page(student, f"/reservations/{number}")


def test_shared_and_back_to_nobody(scene: Scene, student: FlaskClient) -> None:
    number, other = scene.book(hours=2), scene.grant(50_000)
    shared = {"fund_id": scene.fund_id, "second_fund": other.id, "fund_percent": "75"}
    assert say(student, number, **shared).status_code == 303
    assert (scene.held(), scene.held(other.id)) == ([9_000], [3_000])
    assert say(student, number, fund_id="").status_code == 303
    assert (scene.held(), scene.held(other.id)) == ([], [])
    assert "who pays is said after the use" in page(student, f"/reservations/{number}")
    assert str(prices_of([number])[number].total) == "CNY 120.00"


def test_the_prices_that_bind_it_stay(scene: Scene, student: FlaskClient) -> None:
    number, other = scene.book(hours=2, payment=Payment()), scene.grant(50_000)
    scene.version.valid_to = date(2027, 3, 2)
    db.session.commit()
    published(scene.lab, date(2027, 3, 2), prices=[price("own_institution", 9_900)])
    assert say(student, number, fund_id=other.id).status_code == 303
    assert scene.held(other.id) == [12_000]
    assert prices_of([number])[number].version_id == scene.version.id


def test_the_price_follows_the_form_before_it_is_saved(scene: Scene, student: FlaskClient) -> None:
    number = scene.book(hours=2)
    other = scene.grant(50_000)
    scene.version.valid_to = date(2027, 3, 2)
    db.session.commit()
    published(scene.lab, date(2027, 3, 2), prices=[price("own_institution", 9_900)])
    form = page(student, f"/reservations/{number}/payers")
    assert f'hx-get="/reservations/{number}/payers/price"' in form
    address = f"/reservations/{number}/payers/price"
    found = page(student, f"{address}?fund_id={other.id}")
    for words in ("2 h at CNY 60.00 an hour", "You pay", "CNY 120.00", "CNY 380.00 left after this booking"):
        assert words in found
    shared = f"fund_id={scene.fund_id}&second_fund={other.id}&fund_percent=75"
    found = page(student, f"{address}?{shared}")
    assert "CNY 90.00" in found and "CNY 30.00" in found
    poor = scene.grant(1_000).id
    assert "CNY 110.00 is missing." in page(student, f"{address}?fund_id={poor}")
    assert (scene.held(), version(number)) == ([12_000], 1)


def test_without_scripts_the_form_comes_back_with_its_price(scene: Scene, student: FlaskClient) -> None:
    number, other = scene.book(hours=2), scene.grant(50_000)
    sent = student.post(f"/reservations/{number}/payers/price", data={"version": 1, "fund_id": other.id})
    assert sent.status_code == 303
    assert "CNY 380.00 left after this booking" in page(student, sent.location)


def test_nobody_else_asks_what_it_would_cost(scene: Scene, client: FlaskClient) -> None:
    number = scene.book()
    sign_in(client, scene.world.person(scene.world.institution()))
    address = f"/reservations/{number}/payers/price"
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)


def test_a_program_asks_what_others_would_pay(scene: Scene, client: FlaskClient) -> None:
    number, other, poor = scene.book(hours=2), scene.grant(50_000), scene.grant(1_000)
    headers = bearer(scene.world.token(scene.student, "reservations:read"))
    address = f"/api/v1/reservations/{number}/payers/quote"
    told = client.post(address, json={"fund_id": other.id}, headers=headers)
    assert (told.status_code, told.json["price"]["to_pay"]["amount"], told.json["reasons"]) == (
        200,
        "120.00",
        [],
    )
    told = client.post(address, json={"fund_id": poor.id}, headers=headers).json
    assert told["price"]["total"]["amount"] == "120.00" and told["reasons"][0]["field"] == "fund_id"
    told = client.post(address, json={"fund_id": 999_999}, headers=headers).json
    assert (told["price"], [each["field"] for each in told["reasons"]]) == (None, ["fund_id"])
    assert (scene.held(), version(number)) == ([12_000], 1)
    stranger = bearer(scene.world.token(scene.world.person(), "reservations:read"))
    assert client.post(address, json={}, headers=stranger).status_code == 404


@pytest.mark.parametrize(("typed", "words"), [
    ({"fund_id": "{strange}"}, "There is no such fund."),
    ({"fund_id": "{poor}"}, "CNY 110.00 is missing."),
    ({"fund_id": "{old}"}, "before the use on Wed 3 Mar."),
    ({"fund_id": "999999"}, "There is no such fund."),
    ({"fund_id": "{fund}", "second_fund": "{poor}", "fund_percent": "50", "second_percent": "40"}, "come to 90"),
])  # fmt: skip
def test_refusals_leave_it_as_it_was(
    scene: Scene, student: FlaskClient, typed: dict[str, str], words: str
) -> None:
    number = scene.book(hours=2)
    funds = {
        "fund": scene.fund_id, "poor": scene.grant(1_000).id, "old": scene.grant(90_000, valid_to=date(2027, 3, 2)).id,
        "strange": scene.world.fund(scene.world.group(scene.house, scene.head), budget_units=9_999_999).id,
    }  # fmt: skip
    answer = say(student, number, **{name: text.format(**funds) for name, text in typed.items()})
    assert answer.status_code == 422
    assert words in unescape(answer.get_data(as_text=True))
    assert (scene.held(), version(number)) == ([12_000], 1)


def test_changed_meanwhile_begun_or_anothers(scene: Scene, client: FlaskClient, student: FlaskClient) -> None:
    number = scene.book(hours=2)
    answer = student.post(f"/reservations/{number}/payers", data={"version": 7, "fund_id": ""})
    assert answer.status_code == 412
    late = START + timedelta(minutes=1)
    parts = (Part(scene.fund_id),)
    refusal = refusal_of(
        lambda: perform(lambda: name_payers(scene.actor(), scene.actor(), number, Payment(parts), None, late))
    )
    assert [reason.code for reason in refusal.reasons] == ["begun"]
    with pytest.raises(Stale):
        name_payers(scene.actor(), scene.actor(), number, Payment(parts), 9, NOW, dry=True)
    db.session.rollback()
    stranger = sign_in(client, scene.world.person(scene.world.institution()))
    assert stranger.get(f"/reservations/{number}/payers").status_code == 404


def test_where_somebody_has_to_be_named_nobody_is_refused(scene: Scene, student: FlaskClient) -> None:
    number = scene.book()
    scene.world.rules(scene.lab, payer_named="when_booked")
    answer = say(student, number, fund_id="")
    assert answer.status_code == 422
    assert "Here somebody has to be named who pays." in unescape(answer.get_data(as_text=True))
