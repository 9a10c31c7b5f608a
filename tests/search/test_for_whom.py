"""A search for somebody else: what they may book, at the prices of whoever pays for them, for whom may book for them only."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.database import db
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.reservations.waitlist.models import WaitRequest
from tests.rates.pricing_world import price, published
from tests.world import World, bearer, sign_in

EN = {"Accept-Language": "en"}
STRANGE_SENTENCE = "You may not book for this person."


class Team:
    """A head and a student of theirs at another university, who pays 90.00 an hour as a partner; from the student's fund,
    which the house opened, it is 30.00. What only the student may book, and what only the head is qualified for, differs."""

    def __init__(self, world: World) -> None:
        self.world, self.house, self.home = world, world.institution(), world.institution()
        self.lab = world.lab(self.house)
        self.thing = world.instrument(self.lab, name_en="Shared", name_zh="共享", audience="partners")
        published(self.thing, prices=[price("own_institution", 3_000), price("partner", 9_000)])
        self.head, self.student = (
            world.person(self.home),
            world.person(self.home, name_en="Lin Xue", name_zh="林学"),
        )
        group = world.group(self.home, self.head)
        world.grant(self.student, Role.MEMBER, group)
        self.stranger = world.person(self.home, name_en="Nobody Known", name_zh="无名氏")
        self.fund = world.fund(self.house, self.student, code="NF-1", name_en="House grant")
        self.fund_id, self.student_id, self.stranger_id = self.fund.id, self.student.id, self.stranger.id


@pytest.fixture
def team(world: World, now: datetime) -> Team:
    return Team(world)


def search(client: FlaskClient, path: str = "/", status: int = 200, **query: Any) -> str:
    answer = client.get(path, query_string={"hours": "2", **query}, headers=EN)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def free(client: FlaskClient, world: World, person: Person | None, status: int = 200, **query: Any) -> Any:
    headers = bearer(world.token(person)) if person is not None else {}
    answer = client.get("/api/v1/free", query_string={"hours": 2, **query}, headers=headers)
    assert answer.status_code == status
    return answer.get_json()


@pytest.mark.parametrize("named", ["stranger", "mail", "nobody", "zero", "long", "nul"])
def test_for_whom_one_may_not_book_is_refused_at_the_field_there_or_not(
    team: Team, client: FlaskClient, named: str
) -> None:
    text = {"stranger": str(team.stranger_id), "mail": team.stranger.mail, "nobody": "999999999",
            "zero": "0", "long": "9" * 300, "nul": "a\0b@x.example"}[named]  # fmt: skip
    token = bearer(team.world.token(team.head))
    page = search(sign_in(client, team.head), status=422, **{"for": text})
    assert STRANGE_SENTENCE in page and "Nobody Known" not in page
    assert "CNY 180.00" in page, "answered for the reader"
    assert f"for={text}" not in page
    assert STRANGE_SENTENCE in search(client, "/compare", 422, instrument=team.thing.id, **{"for": text})
    answer = client.get("/api/v1/free", query_string={"for": text}, headers=token)
    assert answer.status_code in (403, 422)
    assert "Nobody Known" not in answer.get_data(as_text=True)


def test_who_may_book_for_nobody_is_offered_nobody_and_refused(team: Team, client: FlaskClient) -> None:
    student = sign_in(client, team.student)
    assert "For whom" not in search(student)
    page = search(student, status=422, **{"for": str(team.head.id)})
    assert STRANGE_SENTENCE in page
    told = free(client, team.world, team.student, 403, **{"for": team.head.id})
    assert STRANGE_SENTENCE in str(told)


def test_strangers_look_for_nobody(team: Team, client: FlaskClient) -> None:
    page = search(client, **{"for": str(team.student_id)})
    assert "Lin Xue" not in page and f"for={team.student_id}" not in page
    told = free(client, team.world, None, 422, **{"for": team.student_id})
    assert "Only who is signed in looks for somebody else." in str(told)


def test_a_person_and_a_kind_of_person_exclude_each_other(team: Team, client: FlaskClient) -> None:
    manager = team.world.person(team.house)
    team.world.grant(manager, Role.INSTITUTION_MANAGER, team.house)
    told = free(
        client, team.world, manager, 422, institution=team.house.id, **{"as": "lab", "for": manager.id}
    )
    assert "Look for a person, or as others do." in str(told)


def test_the_head_of_a_group_finds_as_its_member_does_and_books_for_them(
    team: Team, client: FlaskClient
) -> None:
    head = sign_in(client, team.head)
    own = search(head)
    assert "CNY 180.00" in own and "House grant" not in own
    assert f'<option value="{team.student_id}">Lin Xue</option>' in own
    page = search(head, **{"for": str(team.student_id)})
    assert "as Lin Xue finds them" in page
    assert f'<option value="{team.fund_id}" selected>House grant (NF-1)</option>' in page
    assert "CNY 60.00" in page and "CNY 180.00" not in page
    assert f"&user={team.student_id}#booking" in page
    assert "Bookable by them" in page
    # Nobody yet: as the student's own class pays.
    assert "CNY 180.00" in search(head, fund_id="", **{"for": str(team.student_id)})
    # The form names the fund of whom it was for before, which says nothing of another.
    other = {"for": str(team.student_id), "was_for": "", "fund_id": ""}
    assert "CNY 60.00" in search(head, **other)
    assert "CNY 180.00" in search(head, **other | {"was_for": str(team.student_id)})
    # Every link and form of the page goes on looking for them.
    assert f"for={team.student_id}" in page and f'name="for" value="{team.student_id}"' in page


def test_by_mail_address_for_whom_there_are_many(team: Team, client: FlaskClient) -> None:
    manager = team.world.person(team.home)
    team.world.grant(manager, Role.INSTITUTION_MANAGER, team.home)
    page = search(sign_in(client, manager), **{"for": team.student.mail})
    assert "as Lin Xue finds them" in page
    assert f'name="for" value="{team.student.mail}"' in page
    assert f"for={team.student_id}" in page, "addresses name a number, and no mail address"


def test_what_somebody_else_is_not_qualified_for_is_no_button(team: Team, client: FlaskClient) -> None:
    team.world.needs(team.thing, level="independent")
    head = sign_in(client, team.head)
    page = search(head, **{"for": str(team.student_id)})
    assert "Not qualified for it" in page and f"/instruments/{team.thing.id}#qualify" not in page
    assert f"/instruments/{team.thing.id}#qualify" in search(head)


def test_programs_ask_for_somebody_else_too(team: Team, client: FlaskClient) -> None:
    own = free(client, team.world, team.head, prices="true")
    assert (own["items"][0]["price"]["amount"], own["paid_from"]) == ("180.00", None)
    for name in (team.student_id, team.student.mail):
        told = free(client, team.world, team.head, prices="true", **{"for": name})
        assert (told["items"][0]["price"]["amount"], told["paid_from"]["code"]) == ("60.00", "NF-1")
    named = {"prices": "true", "fund_id": team.fund_id}
    assert free(client, team.world, team.head, **named, **{"for": team.student_id})["items"]
    assert free(client, team.world, team.head, 422, **named)


def test_a_comparison_goes_on_for_whom_it_was_searched(team: Team, client: FlaskClient) -> None:
    head = sign_in(client, team.head)
    page = search(head, "/compare", instrument=team.thing.id, **{"for": str(team.student_id)})
    for words in ("For Lin Xue", "What it costs Lin Xue", "CNY 60.00", "House grant (NF-1)"):
        assert words in page
    assert re.search(rf"/instruments/{team.thing.id}\?[^\"]*user={team.student_id}", page)
    assert f'name="for" value="{team.student_id}"' in page
    own = search(head, "/compare", instrument=team.thing.id)
    assert "What it costs you" in own and "CNY 180.00" in own and "House grant" not in own


def test_who_waits_for_a_kind_of_instrument_may_be_somebody_else(team: Team, client: FlaskClient) -> None:
    team.thing.class_code = "010410"
    db.session.commit()
    head = sign_in(client, team.head)
    form = {"class": "010410", "user": str(team.student_id)}
    page = search(head, "/waitlist/new", **form)
    assert "For Lin Xue" in page and "House grant (NF-1)" in page
    asked = {**form, "first": "2027-03-02", "last": "2027-03-05", "hours": "1", "fund_id": str(team.fund_id)}
    assert head.post("/waitlist", data=asked, headers=EN).status_code == 303
    assert db.session.query(WaitRequest).one().user_id == team.student_id
    refused = head.post("/waitlist", data={**asked, "user": str(team.stranger_id)}, headers=EN)
    assert refused.status_code in (403, 422)
    assert STRANGE_SENTENCE in unescape(refused.get_data(as_text=True))
