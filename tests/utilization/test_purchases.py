"""Purchase reviews: who sees and writes them, what is compared and withheld, and that a signed one stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from instruments.database import db
from instruments.database.transactions import deed
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.utilization import tasks
from instruments.utilization.purchases.models import PurchaseAlternative, PurchaseReview
from tests.live import faults, sign_in_page, violations
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW, Campus
from tests.world import World, bearer, sign_in

SCOPES = "reports:read reports:write"
YEAR = "2026"
ACADEMIC = "2025/26"
FITS = {"substitutable": True, "reason": "The same range"}


class House(Campus):
    """A campus whose first institution wants to buy something."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world = world
        home, other = self.homes
        self.manager, self.auditor, self.platform, self.keeper, self.elsewhere = (
            world.person(home) for _ in range(5)
        )
        world.grant(self.manager, Role.INSTITUTION_MANAGER, home)
        world.grant(self.auditor, Role.AUDITOR, home)
        world.grant(self.platform, Role.PLATFORM_ADMINISTRATOR)
        world.grant(self.keeper, Role.LAB_MANAGER, self.labs[0])
        world.grant(self.elsewhere, Role.INSTITUTION_MANAGER, other)
        self.own, self.foreign = self.things[0], self.things[2]

    def key(self, who: str) -> dict[str, str]:
        """The header of a program of this person."""
        return bearer(self.world.token(getattr(self, who), SCOPES))


@pytest.fixture
def house(app: Flask, world: World) -> House:
    app.config["FROZEN_NOW"] = NOW
    return House(world)


def begun(client: FlaskClient, house: House, **values: Any) -> tuple[str, dict[str, Any], str]:
    """A draft by the API: its address, what is told of it, its ETag."""
    body = {"name": "Electron microscope", "period": YEAR, **values}
    answer = client.post(
        f"/api/v1/institutions/{house.homes[0].id}/purchases", json=body, headers=house.key("manager")
    )
    assert answer.status_code == 201, answer.json
    return answer.headers["Location"], answer.json, answer.headers["ETag"]


def change(client: FlaskClient, house: House, how: str, address: str, **body: Any) -> Any:
    """A change of what was read last."""
    one = "/".join(address.split("/")[:5])
    etag = client.get(one, headers=house.key("manager")).headers["ETag"]
    headers = house.key("manager") | {"If-Match": etag}
    return getattr(client, how)(address, json=body or None, headers=headers)


def test_who_sees_and_who_writes(client, house) -> None:
    address, told, _ = begun(client, house)
    number, home = told["id"], house.homes[0].id
    sees = {"manager", "auditor", "platform"}
    for who in ("manager", "auditor", "platform", "keeper", "elsewhere"):
        sign_in(client, getattr(house, who))
        expected = 200 if who in sees else 404
        for page in (f"/purchases/{number}", f"/institutions/{home}/purchases"):
            assert client.get(page).status_code == expected, (who, page)
        writes = {"manager": 200, "auditor": 403, "platform": 403}.get(who, 404)
        assert client.get(f"/purchases/{number}/edit").status_code == writes, who
        assert client.get(f"/purchases/{number}/instruments").status_code == writes, who
        key = house.key(who)
        assert client.get(address, headers=key).status_code == expected
        put = client.put(
            f"{address}/opinion", json={"conclusion": "buy", "opinion": "x"}, headers=key | {"If-Match": "*"}
        )
        assert put.status_code == writes, who
        made = client.post(f"/api/v1/institutions/{home}/purchases", json={"name": "x"}, headers=key)
        assert made.status_code == (201 if who == "manager" else 404), who


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"name": " "}, {"missing"}),
        ({"name": "x", "period": "2026-11"}, {"twelve_months"}),
        ({"name": "x", "period": "2027"}, {"twelve_months"}),
        ({"name": "x", "period": "soon"}, {"period"}),
        (
            {"name": "\x07", "need": "\x07", "class": "980000", "period": "2026-11"},
            {"unreadable", "class", "twelve_months"},
        ),
        ({"name": "x", "amount": "much"}, {"invalid"}),
    ],
)
def test_what_cannot_be_reviewed_is_refused(client, house, body, codes) -> None:
    answer = client.post(
        f"/api/v1/institutions/{house.homes[0].id}/purchases", json=body, headers=house.key("manager")
    )
    assert answer.status_code == 422
    assert {reason["code"] for reason in answer.json["reasons"]} == codes


def test_a_form_that_cannot_be_saved_keeps_what_was_typed(client, house) -> None:
    sign_in(client, house.manager)
    address = f"/institutions/{house.homes[0].id}/purchases/new"
    typed = {"name": "", "amount": "much", "need": "For thin films", "period": "2026-11"}
    answer = client.post(address, data=typed)
    assert answer.status_code == 422
    for words in ("Say what is to be bought.", "twelve whole months", "For thin films", "much"):
        assert words in answer.text


def test_what_could_serve_and_what_cannot_needs_a_reason(client, house) -> None:
    address, _, _ = begun(client, house)
    path = f"{address}/instruments/{house.own.id}"
    for fits in (True, False):
        refused = change(client, house, "put", path, substitutable=fits, reason=" ")
        assert [reason["field"] for reason in refused.json["reasons"]] == ["reason"]
        assert change(client, house, "put", path, substitutable=fits).status_code == 422
    marked = change(client, house, "put", path, substitutable=False, reason="Too coarse")
    assert [row["reason"] for row in marked.json["alternatives"]] == ["Too coarse"]
    gone = change(client, house, "put", f"{address}/instruments/999999", **FITS)
    assert {reason["code"] for reason in gone.json["reasons"]} == {"not_found"}
    assert change(client, house, "delete", path).json["alternatives"] == []
    assert change(client, house, "delete", path).status_code == 404


def test_instruments_are_compared_by_the_figures_of_utilization(client, house) -> None:
    address, _, _ = begun(client, house)
    told = change(client, house, "put", f"{address}/instruments/{house.own.id}", **FITS).json
    [row] = told["alternatives"]
    figures = client.get(
        f"/api/v1/utilization?of=instrument-{house.own.id}&period={YEAR}",
        headers=bearer(house.world.token(house.manager, "usage:read")),
    ).json["items"][0]["measures"]
    for name in ("effective", "bookable", "open", "down", "external"):
        assert float(row[name]) == pytest.approx(float(figures[name]), abs=0.05), name
    assert float(row["free"]) == pytest.approx(float(figures["bookable"]) - float(figures["inside"]), abs=0.1)
    assert (row["full"], row["withheld"], row["fresh"]) == ("1200.0", False, True)
    assert row["evidence"] == {"typed": 1.0}


def signed(client: FlaskClient, house: House) -> str:
    """The address of a review that is signed."""
    address, _, _ = begun(client, house)
    change(client, house, "put", f"{address}/instruments/{house.own.id}", **FITS)
    written = change(
        client, house, "put", f"{address}/opinion", conclusion="share", opinion="Half is free."
    ).json
    answer = change(client, house, "post", f"{address}/sign", digest=written["digest"])
    assert answer.status_code == 200, answer.json
    return address


def test_the_form_of_a_signed_review_leads_to_the_review_and_says_why(client, house) -> None:
    number = signed(client, house).split("/")[-1]
    sign_in(client, house.manager)
    for language, sentence in (("en", "This is signed and stays as it is."), ("zh_Hans_CN", "此评议已签署")):
        client.get(f"/language/{language}?next=/")
        answer = client.get(f"/purchases/{number}/edit")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/purchases/{number}")
        page = client.get(f"/purchases/{number}").text
        assert (sentence in page, f"/purchases/{number}/edit" in page) == (True, False)
    sign_in(client, house.auditor)
    assert client.get(f"/purchases/{number}/edit").status_code == 403


def test_nobody_signs_without_an_opinion_or_other_figures_than_they_saw(client, house) -> None:
    address, _, _ = begun(client, house)
    read = change(client, house, "put", f"{address}/instruments/{house.own.id}", **FITS).json
    refused = change(client, house, "post", f"{address}/sign", digest=read["digest"])
    assert {reason["field"] for reason in refused.json["reasons"]} == {"conclusion", "opinion"}
    read = change(client, house, "put", f"{address}/opinion", conclusion="buy", opinion="All are full.").json
    facts.use(house.own, house.manager, span("2026-06-10", "09:00-12:00"))
    tasks.keep_up()
    stale = change(client, house, "post", f"{address}/sign", digest=read["digest"])
    assert (stale.status_code, stale.json["reasons"][0]["code"]) == (412, "changed")


def test_a_draft_from_before_a_reason_was_asked_for_is_not_signed_without(client, house) -> None:
    address, told, _ = begun(client, house)
    with deed():
        db.session.add(PurchaseAlternative(review_id=told["id"], instrument_id=house.own.id))
    read = change(client, house, "put", f"{address}/opinion", conclusion="buy", opinion="Needed.").json
    refused = change(client, house, "post", f"{address}/sign", digest=read["digest"])
    assert [reason["code"] for reason in refused.json["reasons"]] == ["no_reason"]


def test_what_is_signed_stays_whatever_happens_later(client, house) -> None:
    address = signed(client, house)
    before = client.get(address, headers=house.key("auditor")).json
    assert (before["state"], before["signer_en"]) == ("signed", house.manager.name_en)
    facts.use(house.own, house.manager, span("2026-06-10", "09:00-12:00"))
    tasks.keep_up()
    with deed():
        db.session.execute(
            text("UPDATE instrument SET name_en = 'Another' WHERE id = :id"), {"id": house.own.id}
        )
    assert client.get(address, headers=house.key("auditor")).json == before
    for how, path, body in (
        ("patch", address, {"name": "y"}),
        ("put", f"{address}/opinion", {"conclusion": "buy", "opinion": "y"}),
        ("put", f"{address}/instruments/{house.foreign.id}", FITS),
        ("delete", address, {}),
    ):
        assert change(client, house, how, path, **body).json["reasons"][0]["code"] == "signed", (how, path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE purchase_review SET opinion = 'y'",
        "UPDATE purchase_review SET state = 'draft'",
        "DELETE FROM purchase_review",
        "UPDATE purchase_alternative SET kept = '{}'",
        "DELETE FROM purchase_alternative",
        "INSERT INTO purchase_alternative (review_id, instrument_id)"
        " SELECT id, (SELECT max(id) FROM instrument) FROM purchase_review",
    ],
)
def test_the_database_keeps_what_is_signed(client, house, statement) -> None:
    signed(client, house)
    with pytest.raises((IntegrityError, DBAPIError), match="signed"), deed():
        db.session.execute(text(statement))


def test_the_journal_tells_who_did_what(client, house) -> None:
    signed(client, house)
    asked = select(JournalEntry.deed).where(JournalEntry.thing_kind == "purchase_review")
    found = list(db.session.scalars(asked.order_by(JournalEntry.id)))
    assert found == ["purchase.begun", "purchase.marked", "purchase.opinion", "purchase.signed"]


def test_pages_do_what_programs_do(client, house) -> None:
    sign_in(client, house.manager)
    home = house.homes[0].id
    assert "No purchase was reviewed here yet" in client.get(f"/institutions/{home}/purchases").text
    begun_here = client.post(
        f"/institutions/{home}/purchases/new",
        data={"name": "Diffractometer", "amount": "2,500,000", "period": YEAR},
    )
    number = db.session.scalar(select(PurchaseReview.id))
    address = f"/purchases/{number}"
    assert begun_here.headers["Location"].endswith(f"{address}/instruments")
    assert house.own.name_en in client.get(f"{address}/instruments?q={house.own.name_en}").text
    silent = client.post(f"{address}/instruments", data={"instrument_id": house.own.id, "reason": ""})
    assert silent.status_code == 422
    assert "Say why it could serve instead." in silent.text
    client.post(f"{address}/instruments", data={"instrument_id": house.own.id, "reason": "The same range"})
    unsaid = client.post(
        f"{address}/instruments/{house.own.id}", data={"substitutable": "0", "reason": ""}
    ).text
    assert "Say why it cannot serve instead." in unsaid
    client.post(
        f"{address}/instruments/{house.own.id}", data={"substitutable": "0", "reason": "Another range"}
    )
    assert "Another range" in client.get(address).text
    assert (
        client.post(f"{address}/opinion", data={"conclusion": "buy", "opinion": "Needed"}).status_code == 303
    )
    page = client.get(address).text
    digest = page.split('name="digest" value="')[1].split('"')[0]
    client.post(f"{address}/sign", data={"digest": digest})
    assert "Signed, it stays as it is" in client.get(address).text
    assert client.post(f"{address}/give-up").status_code == 422
    assert "Diffractometer" in client.get(f"/institutions/{home}/purchases").text


def test_a_draft_is_given_up(client, house) -> None:
    address, _, _ = begun(client, house)
    assert change(client, house, "delete", address).status_code == 200
    assert client.get(address, headers=house.key("manager")).status_code == 404


def test_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    house = House(world)
    page = view()
    sign_in_page(page, app, house.manager)
    page.goto(f"/institutions/{house.homes[0].id}/purchases")
    found = violations(page)
    page.click("main a.btn-primary")
    page.fill(
        "#f-name", "A diffractometer with a very long name that goes on and on, for thin films and powders"
    )
    page.click("main button[type=submit]")
    page.wait_for_url("**/instruments")
    found += violations(page)
    page.click("main td summary >> nth=0")
    page.fill("details[open] input[name=reason]", "Does the same measurements")
    page.click("details[open] button")
    page.click("main a.btn-primary")
    page.check("input[name=conclusion][value=share]")
    page.fill("#f-opinion", "Half of it is free.")
    page.click("form[action$='/opinion'] button")
    page.wait_for_selector("form[action$='/sign']")
    assert found + faults(page) == []
    page.click("form[action$='/sign'] button")
    page.wait_for_selector("text=Half of it is free.")
    assert violations(page) == []
