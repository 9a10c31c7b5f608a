"""What somebody looked for in vain: told to who has a right to those who asked alone, and one person, class and day once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page

from instruments.database import db
from instruments.database.transactions import deed
from instruments.people.rights import Role
from instruments.reservations.demand.noting import Asker, Sought, note
from instruments.reservations.waitlist.models import WaitRequest
from instruments.web import clock
from tests.live import faults, sign_in_page
from tests.utilization.test_sums import NOW
from tests.utilization.test_users import Users
from tests.world import World, bearer, sign_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def users(app: Flask, world: World) -> Users:
    app.config["FROZEN_NOW"] = NOW
    return Users(world)


def _searched(users: Users, *homes) -> None:
    with deed():
        for home in homes:
            wish = Sought("search", NOW, NOW + DAY, 7200, class_code="010101", place_id=users.homes[1].id)
            note([(wish, Asker(home.id, "university"), "")], NOW)


def _waited(users: Users, who, hours: int, **values) -> None:
    """A request for the group that ended on the day before, unless something else is said."""
    told = {"state": "over", "asked_at": NOW - 9 * DAY, "ended_at": NOW - DAY, "group_id": users.group.id}
    at = NOW - 3 * DAY - hours * HOUR
    db.session.add(
        WaitRequest(
            user_id=who.id, asker_id=who.id, earliest=at, latest=at + 40 * HOUR, length_seconds=hours * 3600,
            **(told | {"class_code": "010101"} | values),
        )
    )  # fmt: skip
    db.session.commit()


def _addresses(users: Users) -> dict[str, str]:
    return {
        "group": f"/groups/{users.group.id}/utilization", "home": f"/institutions/{users.homes[0].id}/used",
        "company": f"/institutions/{users.company.id}/used",
    }  # fmt: skip


def test_it_is_told_to_who_has_a_right_to_those_who_asked_alone(client, world, users) -> None:
    users.purse = world.person(users.homes[0])
    world.grant(users.purse, Role.FINANCE_OFFICER, users.homes[0])
    _searched(users, users.homes[0], users.company)
    # None: not even the page is theirs to see.
    seen = {
        "head": {"group": True, "home": None, "company": None}, "manager": {"group": True, "home": True, "company": None},
        "purse": {"group": False, "home": False, "company": None}, "boss": {"group": None, "home": None, "company": False},
    }  # fmt: skip
    for who, of in seen.items():
        person = getattr(users, who)
        sign_in(client, person)
        key = bearer(world.token(person, "usage:read"))
        for name, told in of.items():
            address = _addresses(users)[name]
            page = client.get(f"{address}?period=2027")
            assert ("unmet-card" in page.text, "Withheld" in page.text) == (bool(told), told is False), (
                who,
                name,
            )
            for path in (f"{address}/unmet-card", f"{address}.csv"):
                answer = client.get(f"{path}?period=2027&part=unmet")
                assert answer.status_code == (200 if told else 404), (who, path)
            if told is not None:
                through = client.get(f"/api/v1{address}?period=2027", headers=key).json["unmet"]
                assert (through is not None) == told, (who, name)


def test_what_their_people_sought_stands_there_wherever_they_sought(client, world, users) -> None:
    _searched(users, users.homes[0], users.homes[0], users.homes[1])
    sign_in(client, users.manager)
    address = _addresses(users)["home"]
    [row] = _rows(client, address, NOW.year)[1:]
    assert row[1:] == [users.homes[1].name_en, "2", "4.0"]
    assert "2 wishes" in client.get(f"{address}/unmet-card?period={NOW.year}").text
    assert _rows(client, address, NOW.year - 1)[1:] == []
    empty = client.get(f"{address}/unmet-card?period={NOW.year - 1}").text
    assert "Nothing was looked for in vain in this period." in empty


def test_a_group_waited_in_vain_once_a_person_class_and_day(client, world, users) -> None:
    member, stranger = world.person(users.homes[0]), world.person(users.homes[0])
    world.grant(member, Role.MEMBER, users.group)
    for hours in (3, 2):
        _waited(users, member, hours)
    _waited(users, member, 1, ended_at=NOW - 2 * DAY)
    _waited(users, users.head, 5, class_code=None, instrument_id=users.things[2].id)
    # Of nobody in it, for nobody's group, still waiting, taken back, or of another time.
    _waited(users, stranger, 1)
    _waited(users, member, 4, group_id=None)
    _waited(users, member, 6, state="waiting", ended_at=None)
    _waited(users, member, 7, state="withdrawn")
    _waited(users, member, 8, ended_at=NOW - 800 * DAY)
    sign_in(client, users.head)
    address = _addresses(users)["group"]
    years = sorted({(NOW - DAY).year, (NOW - 2 * DAY).year})
    rows = [row for year in years for row in _rows(client, address, year)[1:]]
    assert sorted((int(row[2]), float(row[3])) for row in rows) == [(1, 5.0), (2, 4.0)]
    assert {row[1] for row in rows} == {"Anywhere", users.homes[1].name_en}
    key = bearer(world.token(users.head, "usage:read"))
    told = [
        each
        for year in years
        for each in client.get(f"/api/v1{address}?period={year}", headers=key).json["unmet"]
    ]
    assert sorted((each["times"], each["hours"]) for each in told) == [(1, "5"), (2, "4")]
    assert (
        users.head.name_en
        not in client.get(f"{address}/unmet-card?period={years[-1]}").text.split("</header>")[-1]
    )


def _rows(client, address: str, year: int) -> list[list[str]]:
    body = client.get(f"{address}.csv?period={year}&part=unmet").data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body)))


def test_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    users = Users(world)
    with deed():
        wish = Sought("search", NOW, NOW + DAY, 7200, class_code="010101")
        note([(wish, Asker(users.homes[0].id, "university"), "")], clock.now())
    page = view()
    sign_in_page(page, app, users.manager)
    page.goto(f"/institutions/{users.homes[0].id}/used?period={clock.now().year}")
    page.wait_for_selector("#unmet table")
    assert page.locator("#unmet tbody tr").count() == 1
    assert faults(page) == []
