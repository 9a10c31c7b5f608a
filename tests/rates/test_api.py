"""Prices through the doors for programs: from a draft to what holds, refusals first, and what each step tells."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from instruments.rates.models import RateVersion
from tests.rates.pricing_world import JANUARY, JUNE, MARCH, keep, price, published
from tests.world import World, bearer

API = "/api/v1"
SAID: dict[str, Any] = {
    "valid_from": "2027-04-01",
    "increment": 15,
    "late_percent": "50",
    "free_hours": 24,
    "windows": [{"name_en": "Night", "name_zh": "夜间", "since": "22:00", "until": "08:00", "factor": "50"}],
    "prices": [
        {"customer_class": "own_lab", "unit": "hour", "price": "40.00"},
        {"customer_class": "partner", "unit": "hour", "price": "1,090.00"},
        {"customer_class": "partner", "unit": "minimum", "price": "50"},
        {"customer_class": "partner", "unit": "sample", "code": "grid", "name_en": "Grid", "price": "0"},
    ],
}


class Lab:
    """A lab with an instrument, who runs it, who approves for its institution, and a stranger."""

    def __init__(self, world: World, client: FlaskClient) -> None:
        self.client, self.thing = client, world.instrument(audience="partners")
        self.lab, self.home = self.thing.lab, self.thing.institution
        self.manager, self.approver, self.stranger = (world.person(self.home) for _ in range(3))
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)
        world.grant(self.approver, Role.INSTITUTION_MANAGER, self.home)
        self.tokens = {who: world.token(who) for who in (self.manager, self.approver, self.stranger)}

    def ask(self, who: Any, method: str, path: str, body: Any = None, match: str = "*") -> Any:
        headers = bearer(self.tokens[who]) | ({"If-Match": match} if match else {})
        return self.client.open(f"{API}{path}", method=method, json=body, headers=headers)

    def drafted(self, said: Any = SAID, of: str = "") -> int:
        answer = self.ask(self.manager, "POST", f"{of or f'/labs/{self.lab.id}'}/price-versions", said)
        assert answer.status_code == 201, answer.json
        return int(answer.json["id"])

    def step(self, number: int, step: str, who: Any = None, body: Any = None) -> Any:
        return self.ask(who or self.manager, "POST", f"/price-versions/{number}/{step}", body)


@pytest.fixture
def lab(world: World, client: FlaskClient, now) -> Lab:
    return Lab(world, client)


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer.json["reasons"]]


def deeds() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)))


def test_who_does_not_run_the_lab_sees_and_changes_nothing(lab) -> None:
    number = lab.drafted()
    assert lab.ask(lab.stranger, "GET", f"/labs/{lab.lab.id}/price-versions").status_code == 403
    assert lab.ask(lab.stranger, "POST", f"/labs/{lab.lab.id}/price-versions", SAID).status_code == 403
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/propose"), ("GET", "/look")):
        answer = lab.ask(
            lab.stranger, method, f"/price-versions/{number}{path}", SAID if method == "PUT" else None
        )
        assert answer.status_code == 404, (method, path)
    assert lab.ask(lab.manager, "GET", "/price-versions/999999999").status_code == 404


def test_from_a_draft_to_prices_that_hold(lab) -> None:
    old = published(lab.lab, JANUARY)
    number = lab.drafted()
    told = lab.ask(lab.manager, "GET", f"/price-versions/{number}").json
    assert [each["price"] for each in told["prices"]] == ["40.00", "1090.00", "50.00", "0.00"]
    assert told["windows"][0] == SAID["windows"][0] | {"days": []}
    assert lab.step(number, "propose").json["state"] == "proposed"
    assert lab.ask(lab.manager, "PUT", f"/price-versions/{number}", SAID).status_code == 422
    assert lab.step(number, "publish").status_code == 403
    done = lab.step(number, "publish", lab.approver).json
    assert (done["state"], done["approved_by"]) == ("published", lab.approver.id)
    db.session.expire_all()
    assert db.session.get(RateVersion, old.id).valid_to == date(2027, 4, 1)
    assert deeds()[-3:] == ["prices.drafted", "prices.proposed", "prices.published"]


def test_nobody_approves_what_they_proposed(lab, world) -> None:
    number = lab.drafted()
    assert lab.step(number, "propose", lab.approver).status_code == 200
    refused = lab.step(number, "publish", lab.approver)
    assert refused.status_code == 403
    assert "Nobody approves what they proposed" in refused.text
    other = world.person(lab.home)
    world.grant(other, Role.INSTITUTION_MANAGER, lab.home)
    lab.tokens[other] = world.token(other)
    assert lab.step(number, "publish", other).json["state"] == "published"


def test_every_reason_against_prices_at_once(lab) -> None:
    said = SAID | {
        "valid_to": "2027-03-31",
        "late_percent": "120",
        "overrun": "much",
        "windows": [{"since": "25:00", "until": "08:00", "factor": "50"}],
        "prices": [
            {"customer_class": "king", "unit": "hour", "price": "1"},
            {"customer_class": "partner", "unit": "hour", "price": "0.001"},
            {"customer_class": "partner", "unit": "use", "price": "-1"},
            {"customer_class": "partner", "unit": "sample", "price": "2"},
            {"customer_class": "company", "unit": "minimum", "price": "2"},
            {"customer_class": "own_lab", "unit": "day", "price": "2"},
            {"customer_class": "own_lab", "unit": "day", "price": "3"},
        ],
    }
    refused = lab.ask(lab.manager, "POST", f"/labs/{lab.lab.id}/price-versions", said)
    assert refused.status_code == 422
    assert sorted(codes(refused)) == sorted(
        ["number", "clock", "too_fine", "dates", "out_of_range", "same_line", "no_such_line", "negative_price", "code",
         "only_minimum", "no_window_name"]
    )  # fmt: skip
    assert db.session.query(RateVersion).count() == 0
    for code in ("XXQ", "DEM"):
        said = SAID | {"currency": code}
        assert codes(lab.ask(lab.manager, "POST", f"/labs/{lab.lab.id}/price-versions", said)) == [
            "no_currency"
        ]


def test_a_change_names_the_version_that_it_was_made_on(lab) -> None:
    number = lab.drafted()
    path = f"/price-versions/{number}"
    assert lab.ask(lab.manager, "PUT", path, SAID, match="").status_code == 428
    assert lab.ask(lab.manager, "PUT", path, SAID, match='"7"').status_code == 412
    assert lab.ask(lab.manager, "PUT", path, SAID | {"note": "anew"}, match='"1"').json["note"] == "anew"
    assert lab.ask(lab.manager, "DELETE", path, match='"1"').status_code == 412
    assert lab.ask(lab.manager, "DELETE", path, match='"2"').json == {"gone": True}


def test_prices_that_hold_today_cannot_be_replaced_today(lab) -> None:
    published(lab.lab, JANUARY)
    number = lab.drafted(SAID | {"valid_from": "2027-03-01"})
    refused = lab.step(number, "propose")
    assert codes(refused) == ["past"]
    assert "begin on Tue 2 Mar" in refused.text


def test_prices_may_fill_the_past_where_none_were(lab) -> None:
    number = lab.drafted(SAID | {"valid_from": "2027-02-01"})
    lab.step(number, "propose")
    assert lab.step(number, "publish", lab.approver).json["state"] == "published"


def test_what_overlaps_a_later_version_is_refused_until_it_ends_before(lab) -> None:
    published(lab.lab, JUNE)
    number = lab.drafted()
    assert codes(lab.step(number, "propose")) == ["overlap"]
    path = f"/price-versions/{number}"
    assert lab.ask(lab.manager, "PUT", path, SAID | {"valid_to": "2027-06-01"}).status_code == 200
    assert lab.step(number, "propose").status_code == 200


def test_declined_with_a_reason_it_is_a_draft_again(lab) -> None:
    number = lab.drafted()
    lab.step(number, "propose")
    assert codes(lab.step(number, "decline", lab.approver, {"reason": " "})) == ["reason"]
    assert lab.step(number, "decline", lab.approver, {"reason": "Too dear"}).json["state"] == "draft"
    assert lab.step(number, "propose").status_code == 200
    assert lab.step(number, "take-back").json["state"] == "draft"
    assert lab.step(number, "publish", lab.approver).status_code == 422


def test_what_is_published_ends_from_today_on_and_never_later(lab) -> None:
    row = published(lab.lab, JANUARY, JUNE)
    for last, code in (("2027-02-28", "past"), ("2027-06-01", "later")):
        assert codes(lab.step(row.id, "end", lab.approver, {"last_day": last})) == [code]
    assert lab.step(row.id, "end", body={"last_day": "2027-03-01"}).status_code == 403
    assert lab.step(row.id, "end", lab.approver, {"last_day": "2027-03-01"}).json["valid_to"] == "2027-03-02"
    assert codes(lab.step(row.id, "withdraw", lab.approver)) == ["begun"]
    later = published(lab.lab, JUNE)
    assert lab.step(later.id, "withdraw", lab.approver).json["state"] == "withdrawn"


def test_holes_and_examples_are_seen_before_it_is_published(lab) -> None:
    number = lab.drafted(SAID | {"valid_to": "2027-07-01"})
    told = lab.ask(lab.approver, "GET", f"/price-versions/{number}/look").json
    missing = [each["customer_class"] for each in told["without_price"]]
    assert missing == ["own_institution", "abroad"]
    assert told["dates_without_price"] == [
        {"since": "2027-03-01", "until": "2027-04-01"},
        {"since": "2027-07-01", "until": None},
    ]
    words = {each["words"]: each["amounts"] for each in told["examples"]}
    assert words["2 h on a workday morning"] == {
        "own_lab": "80.00", "own_institution": None, "partner": "2180.00", "abroad": None,
    }  # fmt: skip
    assert words["Overnight, 14 h, from the evening of a workday"]["own_lab"] == "360.00"
    assert words["2 h on a workday morning, with 3 of each sample and item"]["own_lab"] is None


def test_an_instrument_without_its_own_version_on_a_date_has_its_labs(lab) -> None:
    published(lab.lab, JANUARY)
    number = lab.drafted(SAID | {"valid_to": "2027-07-01"}, f"/instruments/{lab.thing.id}")
    assert lab.ask(lab.manager, "GET", f"/price-versions/{number}/look").json["dates_without_price"] == []


def test_two_versions_are_compared_price_by_price(lab) -> None:
    old = published(lab.lab, JANUARY)
    number = lab.drafted()
    told = lab.ask(lab.manager, "GET", f"/price-versions/{old.id}/compare/{number}").json
    rows = {(each["customer_class"], each["unit"]): each for each in told["prices"]}
    assert rows["partner", "hour"]["percent"] == "1111.11"
    assert (rows["company", "hour"]["before"], rows["company", "hour"]["after"]) == ("200.00", None)
    assert ("own_lab", "hour") not in rows
    assert set(told["other"]) == {"increment", "late_percent", "free_hours", "windows"}


def test_a_copy_leaves_the_finer_classes_of_another_lab_behind(lab, world) -> None:
    split = add_split(lab)
    row = published(lab.lab, prices=[price("partner", 100), price(split["key"], 50)])
    body = {"version_id": row.id, "valid_from": "2027-05-01"}
    same = lab.ask(lab.manager, "POST", f"/instruments/{lab.thing.id}/price-versions/copy", body).json
    assert [each["customer_class"] for each in same["prices"]] == ["partner", split["key"]]
    other = world.lab(lab.home)
    world.grant(lab.manager, Role.LAB_MANAGER, other)
    copied = lab.ask(lab.manager, "POST", f"/labs/{other.id}/price-versions/copy", body).json
    assert [each["customer_class"] for each in copied["prices"]] == ["partner"]
    stranger = world.lab()
    foreign = published(stranger)
    body = {"version_id": foreign.id, "valid_from": "2027-05-01"}
    assert lab.ask(lab.manager, "POST", f"/labs/{lab.lab.id}/price-versions/copy", body).status_code == 404


def test_many_cards_are_changed_by_percent_and_rounded(lab, world) -> None:
    published(lab.lab, prices=[price("partner", 9999), price("own_lab", 4000)])
    own = published(lab.thing, prices=[price("partner", 105, "use")])
    change = {"percent": "7.5", "step": 10, "valid_from": "2028-01-01", "customer_classes": ["partner"]}
    path = f"/labs/{lab.lab.id}/price-changes"
    seen = lab.ask(lab.manager, "POST", path, change).json["items"]
    assert [[each["after"] for each in item["prices"]] for item in seen] == [["107.50"], ["1.10"]]
    assert db.session.query(RateVersion).filter_by(state="draft").count() == 0
    made = lab.ask(lab.manager, "POST", path, change | {"dry_run": False, "cards": [own.card_id]}).json[
        "items"
    ]
    assert [each["card_id"] for each in made] == [own.card_id]
    draft = db.session.get(RateVersion, made[0]["version_id"])
    assert (draft.state, draft.valid_from, draft.prices[0].price_units) == ("draft", date(2028, 1, 1), 110)
    assert codes(lab.ask(lab.manager, "POST", path, change | {"percent": "0"})) == ["percent"]


def test_a_day_on_which_no_card_has_prices_is_said(lab) -> None:
    published(lab.lab, prices=[price("partner", 9999)])
    change = {"percent": "7.5", "valid_from": "2020-01-01"}
    for more in ({}, {"dry_run": False}):
        answer = lab.ask(lab.manager, "POST", f"/labs/{lab.lab.id}/price-changes", change | more)
        assert (answer.status_code, codes(answer)) == (422, ["no_prices_then"])
        assert answer.json["reasons"][0]["field"] == "valid_from"
        assert "None of these cards has prices on that day" in answer.json["detail"]


def add_split(lab: Lab, *institutions: int, **values: Any) -> Any:
    body = {
        "base": "partner",
        "name_en": "Allies",
        "name_zh": "联盟",
        "institutions": list(institutions),
    } | values
    return lab.ask(lab.manager, "POST", f"/labs/{lab.lab.id}/customer-classes", body).json


def test_a_finer_class_holds_only_institutions_of_its_class_each_once(lab, world) -> None:
    ally, firm = world.institution(), world.institution(kind="company")
    split = add_split(lab, ally.id)
    assert split["institutions"] == [ally.id]
    refused = add_split(lab, ally.id, firm.id, 9999, name_en="Others", name_zh="其他")
    assert sorted(each["code"] for each in refused["reasons"]) == [
        "elsewhere",
        "no_institution",
        "other_class",
    ]
    assert [each["code"] for each in add_split(lab)["reasons"]] == ["taken"]
    path = f"/customer-classes/{split['id']}"
    body = {"base": "company", "name_en": "Allies", "name_zh": "联盟", "institutions": []}
    changed = lab.ask(lab.manager, "PUT", path, body, match='"1"').json
    assert (changed["base"], changed["institutions"]) == ("partner", [])
    assert lab.ask(lab.stranger, "GET", path).status_code == 404
    published(lab.lab, prices=[price(split["key"], 1)])
    assert codes(lab.ask(lab.manager, "DELETE", path)) == ["in_use"]


def test_a_service_is_offered_priced_and_archived(lab) -> None:
    path = f"/labs/{lab.lab.id}/services"
    assert codes(lab.ask(lab.manager, "POST", path, {})) == ["missing"]
    made = lab.ask(lab.manager, "POST", path, {"name_en": "Thin sections", "name_zh": "薄片"}).json
    said = SAID | {"prices": [{"customer_class": "partner", "mode": "service", "unit": "use", "price": "9"}]}
    number = lab.drafted(said, f"/services/{made['id']}")
    assert (
        lab.ask(lab.manager, "GET", f"/price-versions/{number}").json["owner"]["name_en"] == "Thin sections"
    )
    archived = lab.ask(lab.manager, "PUT", f"/services/{made['id']}", {"name_en": "Thin", "archived": True})
    assert archived.json["archived"]
    assert lab.ask(lab.stranger, "GET", f"/services/{made['id']}").status_code == 403
    assert len(lab.ask(lab.manager, "GET", path).json["items"]) == 1


def test_an_empty_draft_is_not_proposed(lab) -> None:
    number = lab.drafted(SAID | {"prices": []})
    assert codes(lab.step(number, "propose")) == ["no_price"]


def test_deletion_of_what_was_once_declined_is_a_draft_and_goes(lab) -> None:
    number = lab.drafted()
    lab.step(number, "propose")
    lab.step(number, "take-back")
    assert lab.ask(lab.manager, "DELETE", f"/price-versions/{number}").status_code == 200
    keep(
        RateVersion(
            card_id=published(lab.lab, MARCH).card_id, valid_from=JUNE, made_at=lab.manager.mail_confirmed_at
        )
    )


# --- What is public


def test_the_published_prices_name_my_own_class_first_and_what_has_no_price(lab, world) -> None:
    published(lab.lab, prices=[price("partner", 9000), price("own_institution", 6000)])
    told = lab.ask(lab.stranger, "GET", f"/instruments/{lab.thing.id}/prices").json
    assert told["mine"]["customer_class"] == "own_institution"
    assert "same institution" in told["mine"]["why"]
    assert (told["of_the_lab"], told["currency"]) == (True, "CNY")
    assert list(told["lines"][0]["prices"].items()) == [
        ("own_institution", "60.00"), ("own_lab", None), ("partner", "90.00"), ("abroad", None),
    ]  # fmt: skip
    bare = world.instrument()
    none = lab.ask(lab.stranger, "GET", f"/instruments/{bare.id}/prices").json
    assert (none["version_id"], none["lines"]) == (None, [])
    assert lab.ask(lab.stranger, "GET", "/instruments/999999999/prices").status_code == 404


def test_a_quote_says_its_lines_or_what_has_no_price(lab, world) -> None:
    published(lab.lab, prices=[price("own_institution", 6000), price("own_institution", 10000, "minimum")])
    times = "start=2027-03-02T09:00:00%2B08:00&end=2027-03-02T10:00:00%2B08:00"
    path = f"/instruments/{lab.thing.id}/quote?{times}"
    told = lab.ask(lab.stranger, "GET", path).json
    assert (told["total"], [line["amount"] for line in told["lines"]]) == ("100.00", ["60.00", "40.00"])
    assert told["lines"][0]["why"][0] == "1 h at CNY 60.00 an hour."
    refused = lab.ask(lab.stranger, "GET", f"{path}&mode=service")
    assert (refused.status_code, codes(refused)) == (422, ["no_price"])
    turned = f"/instruments/{lab.thing.id}/quote?start=2027-03-02T09:00:00Z&end=2027-03-02T09:00:00Z"
    assert codes(lab.ask(lab.stranger, "GET", turned)) == ["end"]
