"""Settlement between institutions in the browser: who sees it, the answers of both offices, the papers, and the notices."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from instruments.charges.closing.netting.accepting import lapse_if_changed
from instruments.charges.closing.tasks import lapse_changed
from instruments.database import db
from instruments.database.transactions import perform
from instruments.journal.models import JournalEntry
from instruments.notices import tasks
from instruments.notices.models import Notice
from instruments.people.rights import Role
from tests.charges.test_netting import accepted, disputed_meanwhile
from tests.charges.two_houses import TwoHouses, proposal
from tests.conftest import NOW
from tests.world import World, sign_in


@pytest.fixture
def houses(world: World, now: Any) -> TwoHouses:
    return TwoHouses(world)


def test_only_the_finance_of_both_sees_it(client: FlaskClient, world: World, houses: TwoHouses) -> None:
    number, one, two = houses.propose(), houses.one, houses.two
    third = world.person(world.institution())
    world.grant(third, Role.FINANCE_OFFICER, third.institution)
    auditor, boss = world.person(one.house), world.person(one.house)
    world.grant(auditor, Role.AUDITOR, one.house)
    world.grant(boss, Role.INSTITUTION_MANAGER, one.house)
    pages = (f"/settlements/{number}", f"/settlements/{number}.pdf", f"/settlements/{number}.xlsx")
    answers = [f"/settlements/{number}/{deed}" for deed in ("accept", "decline", "withdraw")]
    for person in (one.student, one.head, one.manager, boss, third):
        sign_in(client, person)
        assert [client.get(each).status_code for each in pages] == [404] * 3
        assert [client.post(each).status_code for each in answers] == [404] * 3
        assert client.get(f"/institutions/{one.house.id}/settlements").status_code == 404
    sign_in(client, auditor)
    assert [client.get(each).status_code for each in pages] == [200] * 3
    assert [client.post(each).status_code for each in answers] == [404] * 3
    assert client.get(f"/institutions/{one.house.id}/settlements/{two.house.id}/CNY").status_code == 404
    sign_in(client, one.finance)
    assert client.get(f"/settlements/{number}?side={two.house.id}").status_code == 404
    assert client.post(answers[0], data={"side": two.house.id}).status_code == 404
    db.session.rollback()
    looks = select(JournalEntry.actor_id).where(
        JournalEntry.deed == "money.looked_at", JournalEntry.thing_kind == "settlement"
    )
    assert set(db.session.scalars(looks)) == {auditor.id}


def test_proposed_on_one_side_and_accepted_on_the_other(client: FlaskClient, houses: TwoHouses) -> None:
    one, two = houses.one, houses.two
    sign_in(client, one.finance)
    address = f"/institutions/{one.house.id}/settlements"
    assert "900.00" in client.get(address).get_data(as_text=True)
    assert client.get(f"{address}/{one.house.id}/CNY").status_code == 404
    assert client.post(f"{address}/{two.house.id}/EUR").status_code == 422
    assert "360.00" in client.get(f"{address}/{two.house.id}/CNY").get_data(as_text=True)
    made = client.post(f"{address}/{two.house.id}/CNY")
    assert made.status_code == 303
    page = made.headers["Location"]
    assert client.post(f"{address}/{two.house.id}/CNY").status_code == 422
    assert client.get(page).status_code == 200
    assert client.get(address).status_code == 200
    waits = "A netting waits for your finance office"
    assert waits not in client.get("/home").get_data(as_text=True)
    sign_in(client, two.finance)
    home = client.get("/home").get_data(as_text=True)
    assert waits in home and f'href="{page}"' in home and "CNY 360.00" in home
    assert "360.00" in client.get(page).get_data(as_text=True)
    assert client.post(f"{page}/decline", data={"reason": " "}).status_code == 422
    assert client.post(f"{page}/accept", data={"side": two.house.id}).status_code == 303
    assert client.post(f"{page}/decline", data={"reason": "Late."}).status_code == 422
    assert waits not in client.get("/home").get_data(as_text=True)
    for kind, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        for language in ("en", "zh"):
            first, second = (client.get(f"{page}.{kind}?lang={language}") for _ in range(2))
            assert first.status_code == 200 and first.data.startswith(start)
            assert first.data == second.data
    paid = houses.statements(one)[0]
    sign_in(client, one.finance)
    said = client.get(f"/statements/{paid.id}").get_data(as_text=True)
    assert page in said and "180.00" in said
    # The head of the group that pays sees that it was netted, and no way to the proposal.
    sign_in(client, two.head)
    said = client.get(f"/statements/{paid.id}").get_data(as_text=True)
    assert page not in said and "180.00" in said


def test_whoever_answers_is_told_what_became_of_it(client: FlaskClient, houses: TwoHouses) -> None:
    one, two = houses.one, houses.two
    for deed, by, said, words in (
        ("withdraw", one, {}, "Withdrawn. The other finance office is told"),
        ("decline", two, {"reason": "Not now."}, "Declined. The other finance office is told why."),
        ("accept", two, {}, "Netted: it is booked on both sides"),
    ):
        number = houses.propose()
        sign_in(client, by.finance)
        answered = client.post(f"/settlements/{number}/{deed}", data=said, follow_redirects=True)
        assert answered.status_code == 200 and words in answered.text
        db.session.rollback()


def test_accepted_for_one_side_it_waits_for_the_other(client: FlaskClient, houses: TwoHouses) -> None:
    number = houses.propose(accepts=False)
    sign_in(client, houses.one.finance)
    answered = client.post(f"/settlements/{number}/accept", follow_redirects=True)
    assert "Accepted for your side." in answered.text


def test_it_lapses_by_itself_and_says_so(client: FlaskClient, houses: TwoHouses) -> None:
    number = houses.propose()
    assert lapse_changed() == 0
    disputed_meanwhile(houses)
    sign_in(client, houses.two.finance)
    assert "lapsed" in client.get(f"/settlements/{number}?lang=en").get_data(as_text=True)
    assert lapse_changed() == 1 and lapse_changed() == 0
    refused = client.post(f"/settlements/{number}/accept")
    assert refused.status_code == 422 and proposal(number).state == "lapsed"


def test_the_other_office_is_told_and_the_answer_comes_back(houses: TwoHouses) -> None:
    one, two = houses.one, houses.two
    number = houses.propose()
    accepted(number, two)
    tasks.follow()
    kind = Notice
    rows = db.session.execute(
        select(kind.person_id, kind.said).where(kind.thing_kind == "settlement").order_by(kind.id)
    )
    assert [tuple(row) for row in rows] == [(two.finance.id, "proposed"), (one.finance.id, "netted")]
    assert not perform(partial(lapse_if_changed, number, NOW))
