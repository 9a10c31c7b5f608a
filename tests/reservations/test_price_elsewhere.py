"""The price where a booking is made in another way: a series, an offer of the waitlist, a move, the lab's queue."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.catalog import revision
from instruments.database import db
from instruments.database.transactions import perform
from instruments.journal.models import JournalEntry
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reservations.models import Reservation
from instruments.reservations.paying.recalling import prices_of
from instruments.reservations.series_models import Series
from instruments.reservations.tasks import offer_freed
from tests.rates.pricing_world import price, published
from tests.reservations.test_paying import HOUR, START, Scene
from tests.world import World, sign_in

EN = {"Accept-Language": "en"}
NINE = {"day": "2027-03-04", "from": "09:00", "until": "12:00"}


@pytest.fixture
def scene(world: World, now: Any) -> Scene:
    return Scene(world)


@pytest.fixture
def student(scene: Scene, client: FlaskClient) -> FlaskClient:
    return sign_in(client, scene.student)


def read(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def test_a_move_shows_the_new_price_beside_the_old(scene: Scene, student: FlaskClient) -> None:
    number = scene.book(hours=2)
    assert "CNY 120.00" in read(student.get(f"/reservations/{number}/move", headers=EN))
    found = read(student.get(f"/reservations/{number}/move/price", query_string=NINE, headers=EN))
    assert "CNY 120.00" in found
    assert "CNY 180.00" in found
    for typed in ({}, {"day": "x"}, {**NINE, "day": "9999-01-01"}, {**NINE, "until": "08:00"}):
        read(student.get(f"/reservations/{number}/move/price", query_string=typed, headers=EN))


def test_a_labs_move_tells_that_the_price_stays(scene: Scene, client: FlaskClient) -> None:
    number = scene.book(hours=2)
    scene.version.valid_to = date(2027, 3, 4)
    db.session.commit()
    published(scene.lab, date(2027, 3, 4), prices=[price("own_institution", 9_900)])
    manager = sign_in(client, scene.manager)
    query = {**NINE, "until": "11:00"}
    found = read(manager.get(f"/reservations/{number}/move/price", query_string=query, headers=EN))
    assert "The price stays at CNY 120.00." in found


def test_a_stranger_asks_in_vain_what_a_move_costs(scene: Scene, client: FlaskClient) -> None:
    number = scene.book()
    stranger = sign_in(client, scene.world.person(scene.world.institution()))
    assert stranger.get(f"/reservations/{number}/move/price", query_string=NINE).status_code == 404


def test_every_date_of_a_series_has_its_price(scene: Scene, student: FlaskClient) -> None:
    form = {
        "day": "2027-03-03", "from": "10:00", "until": "11:00", "purpose": "research", "title": "", "key": "k",
        "repeats": "week", "times": "3", "fund_id": scene.fund_id,
    }  # fmt: skip
    found = read(student.post(f"/instruments/{scene.instrument_id}/series/plan", data=form, headers=EN))
    assert found.count("CNY 60.00") >= 3
    assert "CNY 180.00 together" in found
    # The bar of a phone says what its button books, not what one date costs.
    assert "3 of 3 can be booked · CNY 180.00 together" in found and 'id="bar-price"' not in found
    answer = student.post(
        f"/instruments/{scene.instrument_id}/series", data={**form, "do": "book"}, headers=EN
    )
    assert answer.status_code == 303
    assert scene.held() == [6_000, 6_000, 6_000]


def test_a_series_of_others_is_a_look_and_the_platform_reads_no_price(
    scene: Scene, client: FlaskClient, student: FlaskClient
) -> None:
    form = {
        "day": "2027-03-03", "from": "10:00", "until": "11:00", "purpose": "research", "title": "", "key": "k",
        "repeats": "week", "times": "2", "fund_id": scene.fund_id, "do": "book",
    }  # fmt: skip
    assert student.post(f"/instruments/{scene.instrument_id}/series", data=form).status_code == 303
    series = db.session.scalars(select(Series.id)).one()
    address = f"/api/v1/reservation-series/{series}"

    def asked(person: Person) -> list[Any]:
        token = scene.world.token(person)
        answer = client.get(address, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200
        return [each["price"] and each["price"]["total"]["amount"] for each in answer.get_json()["items"]]

    platform = scene.world.person(scene.house)
    scene.world.grant(platform, Role.PLATFORM_ADMINISTRATOR)
    assert asked(platform) == [None, None]
    assert asked(scene.student) == ["60.00", "60.00"]
    assert looks() == []
    assert asked(scene.manager) == ["60.00", "60.00"]
    assert looks() == [scene.manager.id] * 2


def looks() -> list[int]:
    db.session.rollback()
    return list(
        db.session.scalars(select(JournalEntry.actor_id).where(JournalEntry.deed == "money.looked_at"))
    )


def test_the_platform_reads_no_price_and_names_no_payer(scene: Scene, client: FlaskClient) -> None:
    number = scene.book(hours=2)
    platform = scene.world.person(scene.house)
    scene.world.grant(platform, Role.PLATFORM_ADMINISTRATOR)
    headers = {"Authorization": f"Bearer {scene.world.token(platform)}"}
    address = f"/api/v1/reservations/{number}"
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200 and answer.get_json()["price"] is None
    (row,) = client.get("/api/v1/reservations?scope=all", headers=headers).get_json()["items"]
    assert row["price"] is None
    body: dict[str, Any] = {"programmes": []}
    assert client.post(f"{address}/payers/quote", json=body, headers=headers).status_code == 403
    named = client.put(
        f"{address}/payers", json=body, headers={**headers, "If-Match": answer.headers["ETag"]}
    )
    assert named.status_code == 403
    signed = sign_in(client, platform)
    for page in ("", "/move"):
        assert "120.00" not in read(signed.get(f"/reservations/{number}{page}", headers=EN))
    assert "180.00" not in read(
        signed.get(f"/reservations/{number}/move/price", query_string=NINE, headers=EN)
    )
    read(signed.get(f"/reservations/{number}/payers", headers=EN), 403)
    assert looks() == []


def test_who_decides_sees_class_sum_and_who_pays(scene: Scene, client: FlaskClient) -> None:
    scene.world.approval_rule(scene.lab, "institution")
    scene.book(hours=2)
    manager = sign_in(client, scene.manager)
    found = read(manager.get(f"/labs/{scene.lab.id}/approvals", headers=EN))
    assert "CNY 120.00, Own institution: The payer belongs to the same institution as this lab." in found
    assert scene.fund.name_en in found


def test_an_offer_is_accepted_with_who_pays(scene: Scene, client: FlaskClient, student: FlaskClient) -> None:
    other = scene.world.person(scene.house)
    taken = scene.world.reservation(scene.instrument, other, START, START + 2 * HOUR)
    wait = {"instrument": scene.instrument_id, "day": "2027-03-03", "from": "10:00", "until": "12:00"}
    student.post("/waitlist", data=wait | {"purpose": "research"}, headers=EN)
    perform(
        lambda: (
            revision.lock([scene.instrument_id]),
            setattr(db.session.get(Reservation, taken.id), "state", "cancelled"),
        )
    )
    assert offer_freed()
    found = read(student.get("/waitlist", headers=EN))
    assert "Accept for CNY 120.00" in found
    assert "CNY 80.00 left after this booking" in found
    number = int(found.split("/accept", 1)[0].rsplit("/", 1)[1])
    asked = f"/waitlist/{number}/price"
    assert "Accept for CNY 120.00" in read(student.get(asked, query_string={"fund_id": ""}, headers=EN))
    poor = scene.grant(1_000, name_en="Poor")
    short = read(student.get(asked, query_string={"fund_id": poor.id}, headers=EN))
    assert "CNY 110.00 is missing." in short
    version = re.findall(r'name="version" value="([0-9]+)"', found)[0]
    wrong = {"version": version, "fund_id": scene.fund_id, "second_fund": scene.fund_id, "fund_percent": "50"}
    student.post(f"/waitlist/{number}/accept", data=wrong)
    assert scene.held() == []
    answer = student.post(f"/waitlist/{number}/accept", data={"version": version, "fund_id": scene.fund_id})
    made = int(answer.location.rsplit("/", 1)[1])
    assert [each.fund_id for each in prices_of([made])[made].paid_from] == [scene.fund_id]
    assert scene.held() == [12_000]
    assert student.get(asked, headers=EN).text == "", "it is offered no more"
    stranger = sign_in(client, scene.world.person())
    assert stranger.get(asked).status_code == 404
