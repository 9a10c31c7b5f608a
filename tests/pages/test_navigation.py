"""The bar over every page: what each role is offered, where one is, and the choice of language and appearance."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from instruments.pages.navigation import here
from instruments.people.rights import Role
from tests.world import World, sign_in


def words(client: FlaskClient, address: str = "/no-such-page", language: str = "en") -> list[str]:
    """The words of the bar on a page."""
    client.set_cookie("language", language)
    page = client.get(address).text
    bar = re.search(r'<nav class="bar-nav".*?</nav>', page, re.DOTALL)
    assert bar is not None
    return re.findall(r">([^<>]+)</a>", bar[0])


def test_a_stranger_is_offered_to_look_and_to_sign_in(client: FlaskClient) -> None:
    assert words(client) == ["Find"]
    assert words(client, language="zh_Hans_CN") == ["找仪器"]
    assert 'href="/sign-in"' in client.get("/no-such-page").text


@pytest.mark.parametrize(
    ("role", "more"),
    [
        (None, []),
        (Role.MEMBER, ["Funds", "Groups"]),
        (Role.GROUP_HEAD, ["Funds", "Groups"]),
        (Role.LAB_OPERATOR, ["Today", "Approvals", "Utilization"]),
        (Role.LAB_MANAGER, ["Today", "Approvals", "Catalogue", "Utilization"]),
        (Role.FINANCE_OFFICER, ["Month end", "Funds", "Groups", "Utilization"]),
        (Role.AUDITOR, ["Catalogue", "Utilization", "People", "Journal"]),
        (Role.INSTITUTION_MANAGER, ["Catalogue", "Utilization", "People", "Journal"]),
        (Role.COMPANY_MANAGER, ["Utilization", "People", "Funds", "Groups"]),
        (Role.PLATFORM_ADMINISTRATOR, ["Catalogue", "Utilization", "People", "Institutions"]),
    ],
)
def test_a_role_is_offered_what_it_may_do_and_never_more_than_seven_words(
    client: FlaskClient, world: World, role: Role | None, more: list[str]
) -> None:
    institution = world.institution()
    person = world.person(institution)
    if role is not None:
        scopes = {"institution": institution, "platform": None}
        scope = scopes.get(SCOPES[role], world.lab(institution) if SCOPES[role] == "lab" else None)
        world.grant(person, role, world.group(institution) if SCOPES[role] == "group" else scope)
    sign_in(client, person)
    assert words(client) == ["Find", "Home", "My bookings", *more]
    assert len(words(client)) <= 7


def test_what_a_company_used_is_where_its_manager_is_led(client: FlaskClient, world: World) -> None:
    firm = world.institution(kind="company")
    person = world.person(firm)
    world.grant(person, Role.COMPANY_MANAGER, firm)
    sign_in(client, person)
    assert f'href="/institutions/{firm.id}/used"' in client.get("/home").text
    assert client.get("/utilization?period=2026").location == f"/institutions/{firm.id}/used?period=2026"
    assert client.get("/utilization", follow_redirects=True).status_code == 200
    assert f'href="/institutions/{firm.id}/journal"' in client.get(f"/institutions/{firm.id}").text


SCOPES = {
    Role.MEMBER: "group",
    Role.GROUP_HEAD: "group",
    Role.LAB_OPERATOR: "lab",
    Role.LAB_MANAGER: "lab",
    Role.FINANCE_OFFICER: "institution",
    Role.AUDITOR: "institution",
    Role.INSTITUTION_MANAGER: "institution",
    Role.COMPANY_MANAGER: "institution",
    Role.PLATFORM_ADMINISTRATOR: "platform",
}


def test_the_person_is_named_in_the_language_of_the_page(client: FlaskClient, world: World) -> None:
    sign_in(client, world.person(name_en="Lin Shili", name_zh="林示例"))
    client.set_cookie("language", "en")
    assert "Lin Shili" in client.get("/no-such-page").text
    client.set_cookie("language", "zh_Hans_CN")
    assert "林示例，您的菜单" in client.get("/no-such-page").text


@pytest.mark.parametrize(
    ("method", "address", "back"),
    [
        ("GET", "/healthz?q=raman", "/healthz?q=raman"),
        ("GET", "/healthz", "/healthz"),
        ("POST", "/healthz?q=raman", "/healthz"),
        ("POST", "/only-posts-live-here", "/"),
        ("GET", "/no-such-page", "/"),
    ],
)
def test_choosing_a_language_comes_back_to_the_same_page(
    app: Flask, method: str, address: str, back: str
) -> None:
    with app.test_request_context(address, method=method):
        assert here() == back


def test_a_language_is_remembered(client: FlaskClient) -> None:
    assert client.get("/language/zh_Hans_CN?next=/%3Fq%3Draman").location == "/?q=raman"
    assert '<html lang="zh-Hans"' in client.get("/no-such-page").text


def test_an_appearance_is_remembered(client: FlaskClient) -> None:
    assert 'data-bs-theme="light" data-appearance="auto"' in client.get("/no-such-page").text
    client.get("/appearance/dark")
    assert 'data-bs-theme="dark" data-appearance="dark"' in client.get("/no-such-page").text


def test_an_unheard_of_appearance_changes_nothing(client: FlaskClient) -> None:
    client.set_cookie("appearance", '"><script>')
    assert 'data-bs-theme="light" data-appearance="auto"' in client.get("/no-such-page").text


def test_a_page_can_be_drawn_while_the_database_is_away(
    app: Flask, client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, world.person())

    def lost() -> None:
        raise OperationalError("SELECT 1", {}, ConnectionError("server closed the connection unexpectedly"))

    monkeypatch.setattr("instruments.pages.navigation.current_actor", lost)
    assert words(client) == ["Find"]
