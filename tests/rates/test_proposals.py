"""What labs propose as their institution answers it: refusals first, several at once or none, by page and by program."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from instruments.database import db
from instruments.people.rights import Role
from instruments.rates.models import RateVersion
from tests.conftest import NOW
from tests.rates.pricing_world import JANUARY, JUNE, card_of, keep, price, published
from tests.world import bearer, sign_in

APRIL = date(2027, 4, 1)


class Home:
    """An institution whose two labs propose prices; who proposed, who approves, and one of another institution."""

    def __init__(self, world: Any, client: Any) -> None:
        self.client, thing = client, world.instrument(name_en="Raman", name_zh="拉曼")
        self.home, self.labs = thing.institution, [thing.lab, world.lab(thing.institution)]
        self.path = f"/institutions/{self.home.id}/price-proposals"
        self.proposer, self.approver, self.member = (world.person(self.home) for _ in range(3))
        for who in (self.proposer, self.approver):
            world.grant(who, Role.INSTITUTION_MANAGER, self.home)
        published(self.labs[0], JANUARY, prices=[price("own_lab", 4000), price("partner", 9000)])
        self.first = self.proposed(self.labs[0], price("own_lab", 4400), price("company", 20000))
        self.second = self.proposed(thing, price("own_lab", 5000))
        self.away = self.proposed(world.lab(world.institution()), price("own_lab", 1))
        self.tokens = {who: world.token(who) for who in (self.proposer, self.approver, self.member)}

    def proposed(self, owner: Any, *prices: Any) -> RateVersion:
        row = RateVersion(card_id=card_of(owner).id, valid_from=APRIL, made_at=NOW, proposed_at=NOW, state="proposed",
                          proposed_by_id=self.proposer.id)  # fmt: skip
        row.prices = list(prices)
        return keep(row)

    def answer(self, do: str, *rows: RateVersion, status: int = 303, **form: Any) -> str:
        chosen = [f"{row.id}:{row.version}" for row in rows]
        found = self.client.post(self.path, data={"chosen": chosen, "do": do, **form})
        assert found.status_code == status, found.text[:3000]
        db.session.expire_all()
        return found.text

    def ask(self, who: Any, step: str = "", body: Any = None) -> Any:
        method = "POST" if step else "GET"
        return self.client.open(
            f"/api/v1{self.path}{step}", method=method, json=body, headers=bearer(self.tokens[who])
        )


@pytest.fixture
def home(world, client, now) -> Home:
    return Home(world, client)


def states(*rows: RateVersion) -> list[str]:
    db.session.expire_all()
    return [row.state for row in rows]


def test_only_its_managers_see_and_answer_what_waits(home) -> None:
    sign_in(home.client, home.member)
    assert home.client.get(home.path).status_code == 403
    home.answer("approve", home.first, status=403)
    sign_in(home.client, home.approver)
    assert home.client.get("/institutions/999999999/price-proposals").status_code == 404
    home.answer("approve", home.away, status=404)
    assert states(home.first, home.away) == ["proposed", "proposed"]


def test_each_stands_beside_what_holds(home) -> None:
    page = sign_in(home.client, home.approver).get(home.path).text
    for words in (
        "2 price lists wait",
        "1 price rises",
        "1 is new",
        "1 goes",
        "+10.0%",
        "No price set for:",
        "Raman",
    ):
        assert words in page, words
    assert "2 price lists wait for your approval" in home.client.get("/home").text
    page = sign_in(home.client, home.proposer).get(home.path).text
    assert "another manager of the institution approves it" in page
    assert "Several at once" not in page
    assert "wait for your approval" not in home.client.get("/home").text


def test_prices_that_rise_alike_are_said_to_rise_by_one_share(home, world) -> None:
    lab = world.lab(home.home)
    published(lab, JANUARY, prices=[price("own_lab", 3335), price("partner", 6665)])
    home.proposed(lab, price("own_lab", 3502), price("partner", 6998))
    page = sign_in(home.client, home.approver).get(home.path).text
    assert re.sub(r"\s+", " ", page).count("2 prices rise; +5.0%") == 1


def test_several_are_published_together_or_none(home) -> None:
    sign_in(home.client, home.approver)
    assert "Choose at least one." in home.answer("approve", status=422)
    published(home.labs[1], JUNE)
    late = home.proposed(home.labs[1], price("own_lab", 1))
    page = home.answer("approve", home.first, late, status=422)
    assert "Another version is published from" in page
    assert states(home.first, late) == ["proposed", "proposed"]
    seen = home.first.version
    home.first.version += 1
    db.session.commit()
    found = home.client.post(home.path, data={"chosen": f"{home.first.id}:{seen}", "do": "approve"})
    assert (found.status_code, "Somebody changed this after you opened it" in found.text) == (422, True)
    home.answer("approve", home.first, home.second)
    assert states(home.first, home.second) == ["published", "published"]
    sign_in(home.client, home.proposer)
    home.answer("approve", late, status=403)


def test_of_two_for_the_same_days_it_is_said_that_one_is_to_be_chosen(home) -> None:
    sign_in(home.client, home.approver)
    twin = home.proposed(home.labs[0], price("own_lab", 4500))
    page = home.answer("approve", home.first, twin, home.second, status=422)
    assert "choose one of them" in page and "is published from" not in page
    assert "None of them was published or sent back" in page
    assert states(home.first, twin, home.second) == ["proposed"] * 3


def test_several_are_sent_back_with_one_reason(home) -> None:
    sign_in(home.client, home.approver)
    assert "Say why" in home.answer("return", home.first, home.second, status=422, reason=" ")
    assert "Say why" in home.answer("return", home.first, status=422, reason="")
    home.answer("return", home.first, home.second, reason="Round to whole yuan")
    assert states(home.first, home.second) == ["draft", "draft"]
    assert "Nothing waits for an answer" in home.client.get(home.path).text


def test_nothing_chosen_and_no_reason_are_told_at_once(home) -> None:
    sign_in(home.client, home.approver)
    page = home.answer("return", status=422)
    assert "Choose at least one." in page and "Say why, in at most" in page


def test_programs_do_the_same(home) -> None:
    assert home.ask(home.member).status_code == 403
    told = home.ask(home.approver).json["items"]
    assert [each["proposed"]["id"] for each in told] == [home.first.id, home.second.id]
    assert told[0]["prices"][0]["percent"] == "10"
    chosen = [{"id": each["proposed"]["id"], "version": each["version"]} for each in told]
    assert home.ask(home.approver, "/publish", {"items": []}).status_code == 422
    assert home.ask(home.proposer, "/publish", {"items": chosen}).status_code == 403
    answer = home.ask(home.approver, "/decline", {"items": chosen[:1], "reason": "No"})
    assert [each["state"] for each in answer.json["items"]] == ["draft"]
    assert home.ask(home.approver, "/publish", {"items": chosen}).json["reasons"][0]["code"] == "stale"
    answer = home.ask(home.approver, "/publish", {"items": chosen[1:]})
    assert [each["state"] for each in answer.json["items"]] == ["published"]
