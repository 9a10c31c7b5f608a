"""Who may ask programs’ doors what a group, a company or the people of an institution used: a table of roles, and what is said
to all others, which is the same whether there is anything or not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from instruments.people.rights import Role
from tests.utilization.test_sums import NOW
from tests.utilization.test_users import Users
from tests.world import World, bearer

NOBODY_HAS = 999_999_999
GROUP, PEOPLE, FIRM_GROUP, FIRM = "group", "people", "group of a company", "company"
# What they see added up: whose. Of these, of whom the reservations one by one, and for whom they set targets.
Seen = dict[str, tuple[str, ...]]
NOTHING: Seen = {"sees": (), "reservations": (), "sets": ()}


def everything(*of: str, reservations: bool = True, sets: bool = True) -> Seen:
    """Whoever sees all of these likewise."""
    return {"sees": of, "reservations": of if reservations else (), "sets": of if sets else ()}


TABLE: list[tuple[str, Seen]] = [
    ("head of the group", everything(GROUP)),
    ("deputy of the head", everything(GROUP)),
    ("member of the group", NOTHING),
    ("delegate of its funds", NOTHING),
    ("head of another group", NOTHING),
    ("manager of the institution", everything(GROUP, PEOPLE)),
    ("auditor of the institution", everything(GROUP, PEOPLE, sets=False)),
    ("finance of the institution", everything(GROUP, PEOPLE, reservations=False, sets=False)),
    ("manager of another institution", NOTHING),
    ("auditor of another institution", NOTHING),
    ("manager of a lab that they used", NOTHING),
    ("operator of a lab that they used", NOTHING),
    # Companies stand together: the platform sees the rest.
    ("platform", everything(GROUP, PEOPLE, sets=False)),
    ("manager of the company", everything(FIRM_GROUP, FIRM)),
    ("manager of another company", NOTHING),
    ("head of the company’s group", everything(FIRM_GROUP)),
    ("member of the company’s group", NOTHING),
    ("nobody", NOTHING),
]
ROLES: dict[str, tuple[Role, str]] = {
    "head of the group": (Role.GROUP_HEAD, "group"),
    "member of the group": (Role.MEMBER, "group"),
    "delegate of its funds": (Role.FUND_DELEGATE, "group"),
    "head of another group": (Role.GROUP_HEAD, "other group"),
    "manager of the institution": (Role.INSTITUTION_MANAGER, "home"),
    "auditor of the institution": (Role.AUDITOR, "home"),
    "finance of the institution": (Role.FINANCE_OFFICER, "home"),
    "manager of another institution": (Role.INSTITUTION_MANAGER, "elsewhere"),
    "auditor of another institution": (Role.AUDITOR, "elsewhere"),
    "manager of a lab that they used": (Role.LAB_MANAGER, "lab"),
    "operator of a lab that they used": (Role.LAB_OPERATOR, "lab"),
    "platform": (Role.PLATFORM_ADMINISTRATOR, "platform"),
    "manager of the company": (Role.COMPANY_MANAGER, "firm"),
    "manager of another company": (Role.COMPANY_MANAGER, "other firm"),
    "head of the company’s group": (Role.GROUP_HEAD, "firm group"),
    "member of the company’s group": (Role.MEMBER, "firm group"),
}


class Rights(Users):
    """The same with a group of the company, and somebody in each role."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world = world
        self.firm_group = world.group(self.company)
        self.scopes: dict[str, Any] = {
            "group": self.group, "other group": world.group(self.homes[0]), "home": self.homes[0],
            "elsewhere": self.homes[1], "lab": self.labs[0], "platform": None, "firm": self.company,
            "other firm": world.institution(kind="company"), "firm group": self.firm_group,
        }  # fmt: skip
        # By whose use: where its doors are, and how a view names it.
        self.doors = {
            GROUP: (f"/api/v1/groups/{self.group.id}/utilization", f"group-{self.group.id}"),
            PEOPLE: (f"/api/v1/institutions/{self.homes[0].id}/used", f"people-{self.homes[0].id}"),
            FIRM_GROUP: (f"/api/v1/groups/{self.firm_group.id}/utilization", f"group-{self.firm_group.id}"),
            FIRM: (f"/api/v1/institutions/{self.company.id}/used", f"people-{self.company.id}"),
        }

    def key(self, who: str) -> dict[str, str]:
        """The header of a program of somebody in this role."""
        person = self.world.person(self.homes[0])
        if who == "deputy of the head":
            until = NOW.date().replace(year=NOW.year + 1)
            head = self.world.person(self.homes[0])
            self.world.grant(head, Role.GROUP_HEAD, self.group, deputy_id=person.id, deputy_until=until)
        elif who in ROLES:
            role, scope = ROLES[who]
            self.world.grant(person, role, self.scopes[scope])
        return bearer(self.world.token(person, "usage:read usage:write"))


@pytest.fixture
def rights(app: Flask, world: World) -> Rights:
    app.config["FROZEN_NOW"] = NOW
    return Rights(world)


@pytest.mark.parametrize(("who", "seen"), TABLE, ids=[each[0] for each in TABLE])
def test_who_may_ask_whose_use(client: FlaskClient, rights: Rights, who: str, seen: Seen) -> None:
    key = rights.key(who)
    for whose, (door, of) in rights.doors.items():
        sees, sets = whose in seen["sees"], whose in seen["sets"]
        told = 200 if sees else 404
        listed = 200 if whose in seen["reservations"] else 404
        month = "period=2026-03"
        for address, status in (
            (f"{door}?{month}", told),
            (f"{door}/week?{month}", told),
            (f"{door}/reservations?{month}&figure=no_show_rate", listed),
            (f"/api/v1/utilization/targets?of={of}", told),
        ):
            assert client.get(address, headers=key).status_code == status, (whose, address)
        view = {"of": of, "name": whose, "period": "2026-03"}
        kept = client.post("/api/v1/utilization/views", json=view, headers=key)
        assert kept.status_code == (201 if sees else 404), whose
        target = {"of": of, "figure": "effective", "value": "100"}
        set_ = client.put("/api/v1/utilization/targets", json=target, headers=key)
        # Who sees it, but does not answer for it, is told so; to all others there is nothing.
        assert set_.status_code == (200 if sets else 403 if sees else 404), whose


@pytest.mark.parametrize("who", ["nobody", "manager of another institution", "platform"])
def test_what_is_not_theirs_to_see_is_as_what_is_not_there(
    client: FlaskClient, rights: Rights, who: str
) -> None:
    key = rights.key(who)
    hidden = (rights.doors[FIRM_GROUP], rights.doors[FIRM])
    nowhere = (
        (f"/api/v1/groups/{NOBODY_HAS}/utilization", f"group-{NOBODY_HAS}"),
        (f"/api/v1/institutions/{NOBODY_HAS}/used", f"people-{NOBODY_HAS}"),
    )
    for (door, of), (gone, of_gone) in zip(hidden, nowhere, strict=True):
        for address, missing in (
            (door, gone), (f"{door}/week", f"{gone}/week"), (f"{door}/reservations", f"{gone}/reservations"),
            (f"/api/v1/utilization/targets?of={of}", f"/api/v1/utilization/targets?of={of_gone}"),
        ):  # fmt: skip
            answers = [client.get(each, headers=key) for each in (address, missing)]
            assert [each.status_code for each in answers] == [404, 404], address
            assert answers[0].json == answers[1].json, address


def test_a_wrong_question_does_not_tell_whether_there_is_anything(
    client: FlaskClient, rights: Rights
) -> None:
    key = rights.key("nobody")
    for door, _ in rights.doors.values():
        for question in ("period=nonsense", "by=colour", "having=colour"):
            there = client.get(f"{door}?{question}", headers=key)
            gone = client.get(re.sub(r"/[0-9]+/", f"/{NOBODY_HAS}/", f"{door}?{question}"), headers=key)
            assert (there.status_code, there.json) == (gone.status_code, gone.json), question


def test_without_a_token_or_its_scope_nothing_is_told(
    client: FlaskClient, rights: Rights, world: World
) -> None:
    other = bearer(world.token(rights.manager, "reservations:read"))
    for door, _ in rights.doors.values():
        for address in (door, f"{door}/week", f"{door}/reservations"):
            assert client.get(address).status_code == 401
            assert client.get(address, headers=other).status_code == 403


@pytest.mark.parametrize("which", ["dashboard", "served", "uses", "hours", "income", "used-by?user=unknown"])
def test_other_doors_tell_nothing_of_a_group_or_a_company(
    client: FlaskClient, rights: Rights, which: str
) -> None:
    key = rights.key("platform")
    sign = "&" if "?" in which else "?"
    for _, of in (rights.doors[FIRM_GROUP], rights.doors[FIRM]):
        answer = client.get(f"/api/v1/utilization/{which}{sign}of={of}&period=2026-03", headers=key)
        assert answer.status_code in (404, 422), (which, of, answer.json)
