"""What is left of quotas beside the booking form: of the day that is typed and of whom it is for, on pages and for programs."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from instruments.people.rights import Role
from tests.world import World, bearer, sign_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)  # Tuesday 09:00 in Xi'an; the tests' now is a day earlier
EN = {"Accept-Language": "en"}


class Place:
    """An instrument with four hours a week for everybody; a student with one group of two hours used next week."""

    def __init__(self, world: World) -> None:
        self.lab = world.lab()
        self.thing = world.instrument(self.lab)
        self.student, self.other = (world.person(self.lab.institution) for _ in range(2))
        self.head, self.manager = (world.person(self.lab.institution) for _ in range(2))
        group = world.group(self.lab.institution, self.head)
        world.grant(self.student, Role.MEMBER, group)
        world.grant(self.manager, Role.LAB_MANAGER, self.lab)
        world.quota(self.lab)
        world.reservation(self.thing, self.student, NINE, NINE + HOUR)
        world.reservation(self.thing, self.student, NINE + 7 * DAY, NINE + 7 * DAY + 3 * HOUR)
        self.address = f"/instruments/{self.thing.id}"


@pytest.fixture
def place(world: World, now: datetime) -> Place:
    return Place(world)


def lines(client: FlaskClient, place: Place, typed: dict[str, Any], language: str = "en") -> list[str]:
    answer = client.get(f"{place.address}/price", query_string={**typed, "lang": language})
    assert answer.status_code == 200
    page = unescape(answer.get_data(as_text=True))
    assert 'hx-swap-oob="innerHTML:#quotas-left"' in page
    return re.findall(r"</svg><span>([^<]*)</span></li>", page)


WEEK = "4 h a week per person in this lab: "


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({}, WEEK + "3 h left this week, 1 h used"),
        ({"day": "banana", "from": "x", "until": "y"}, WEEK + "3 h left this week, 1 h used"),
        ({"day": "2027-03-04"}, WEEK + "3 h left this week, 1 h used"),
        ({"day": "2027-03-10"}, WEEK + "1 h left in the week of 8 Mar, 3 h used"),
        ({"day": "2027-03-10", "from": "10:00"}, WEEK + "1 h left in the week of 8 Mar, 3 h used"),
        ({"day": "2027-03-10", "from": "10:00", "until": "12:00"}, WEEK + "1 h left in the week of 8 Mar, 3 h used"),
        ({"day": "2027-03-17", "from": "12:00", "until": "10:00"}, WEEK + "4 h left in the week of 15 Mar, 0 h used"),
        # Over the turn of two weeks: the one of which less is left.
        (
            {"day": "2027-03-14", "from": "23:00", "until": "01:00", "until_day": "2027-03-15"},
            WEEK + "1 h left in the week of 8 Mar, 3 h used",
        ),
        ({"day": "2025-12-30"}, WEEK + "4 h left in the week of 29 Dec 2025, 0 h used"),
        # It did not hold then.
        ({"day": "2025-12-20"}, "4 h a week per person in this lab"),
        ({"day": "2998-01-01", "from": "10:00", "until": "12:00"}, WEEK + "3 h left this week, 1 h used"),
    ],
)  # fmt: skip
def test_the_lines_follow_what_is_typed(client, place, typed, told) -> None:
    assert lines(sign_in(client, place.student), place, typed) == [told]


@pytest.mark.parametrize(
    ("per", "day", "told"),
    [
        ("day", "2027-03-09", "1 h left on Tue 9 Mar, 3 h used"),
        ("day", "2027-03-01", "4 h left today, 0 h used"),
        ("month", "2027-04-01", "4 h left in April 2027, 0 h used"),
        ("month", "2027-03-31", "0 h left this month, 4 h used"),
        ("year", "2028-02-01", "4 h left in the year 2028, 0 h used"),
        ("future", "2028-02-01", "0 h left, 4 h used"),
    ],
)
def test_each_kind_of_period_is_named(client, world, place, per, day, told) -> None:
    world.quota(place.thing, per=per)
    assert lines(sign_in(client, place.student), place, {"day": day})[0].endswith(f": {told}")


@pytest.mark.parametrize(
    ("per", "told"),
    [
        ("week", "3月8日起一周剩余 1 小时，已用 3 小时"), ("day", "3月10日 周三当天剩余 4 小时，已用 0 小时"),
        ("month", "本月剩余 0 小时，已用 4 小时"), ("year", "今年剩余 0 小时，已用 4 小时"),
    ],
)  # fmt: skip
def test_it_is_said_in_chinese(client, world, place, per, told) -> None:
    world.quota(place.thing, per=per)
    assert lines(sign_in(client, place.student), place, {"day": "2027-03-10"}, "zh")[0].endswith(told)


def test_for_somebody_else_it_is_their_quota(client, world, place) -> None:
    typed = {"day": "2027-03-10", "user": place.student.mail}
    for who in (place.manager, place.head):
        assert lines(sign_in(client, who), place, typed) == [WEEK + "1 h left in the week of 8 Mar, 3 h used"]
        own = {"day": "2027-03-10", "user": ""}
        assert lines(client, place, own) == [WEEK + "4 h left in the week of 8 Mar, 0 h used"]
    # For whom one may not book, nothing is told.
    assert lines(sign_in(client, place.other), place, typed) == []


def test_for_another_group_it_is_that_groups_quota(client, world, place) -> None:
    groups = [world.group(place.lab.institution) for _ in range(2)]
    for group in groups:
        world.grant(place.other, Role.MEMBER, group)
    world.quota(place.thing, holder="group", amount=9)
    world.reservation(
        place.thing, place.other, NINE + 2 * DAY, NINE + 2 * DAY + 2 * HOUR, group_id=groups[1].id
    )
    client = sign_in(client, place.other)
    for unit, left in ((groups[0].id, 9), (groups[1].id, 7), ("", 9), (999999999, 9), ("x", 9)):
        told = lines(client, place, {"day": "2027-03-04", "unit": unit})
        assert f"9 h a week per group on this instrument: {left} h left this week, {9 - left} h used" in told


def test_the_page_and_the_refused_form_tell_the_typed_day(client, place) -> None:
    client = sign_in(client, place.student)
    typed = {"day": "2027-03-10", "from": "09:00", "until": "12:00"}
    told = WEEK + "1 h left in the week of 8 Mar, 3 h used"
    page = unescape(client.get(place.address, query_string=typed, headers=EN).get_data(as_text=True))
    # The rules beside it tell the present week.
    assert page.count(told) == 1 and page.count("3 h left this week") == 1
    assert "No price is set for this instrument." in page and f'hx-get="{place.address}/price"' in page
    refused = client.post(f"{place.address}/reservations", data=typed, headers=EN)
    assert refused.status_code == 422 and told in unescape(refused.get_data(as_text=True))


def test_where_nobody_has_a_quota_nothing_is_asked_for(client, world, place) -> None:
    bare = world.instrument(world.lab(place.lab.institution))
    page = sign_in(client, place.student).get(f"/instruments/{bare.id}").get_data(as_text=True)
    assert "quotas-left" not in page and f'hx-get="/instruments/{bare.id}/price"' not in page
    assert "quotas-left" not in client.get(f"/instruments/{bare.id}/price").get_data(as_text=True)


def test_programs_ask_for_another_moment_and_another_person(client, place, world) -> None:
    address = f"/api/v1{place.address}/rules"
    told = client.get(
        address, query_string={"at": "2027-03-10T12:00:00+08:00"}, headers=bearer(world.token(place.student))
    ).json
    (quota,) = told["quotas"]
    assert (quota["used"], quota["left"], quota["period"]["start"]) == (3.0, 1.0, "2027-03-08T00:00:00+08:00")
    theirs = {"for": str(place.student.id), "at": "2027-03-10T12:00:00+08:00"}
    for who in (place.manager, place.head):
        token = bearer(world.token(who))
        assert client.get(address, query_string=theirs, headers=token).json["quotas"][0]["left"] == 1.0
        mail = theirs | {"for": place.student.mail}
        assert client.get(address, query_string=mail, headers=token).json["quotas"][0]["left"] == 1.0


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"at": "2027-03-10T12:00:00"}, 422, "instant"),
        ({"at": "noon"}, 422, "instant"),
        ({"moment": "2027-03-10T12:00:00+08:00"}, 422, "unknown_field"),
        ({"for": "999999999"}, 403, "not_for_them"),
        ({"for": "MAIL"}, 403, "not_for_them"),
    ],
)
def test_programs_are_refused(client, world, place, query, status, code) -> None:
    address = f"/api/v1{place.address}/rules"
    query = {name: value.replace("MAIL", place.student.mail) for name, value in query.items()}
    answer = client.get(address, query_string=query, headers=bearer(world.token(place.other)))
    assert (answer.status_code, [each["code"] for each in answer.json["reasons"]]) == (status, [code])


def test_who_names_nobody_themselves_is_told_of_nobody_else(client, place) -> None:
    answer = client.get(f"/api/v1{place.address}/rules", query_string={"for": place.student.mail})
    assert (answer.status_code, answer.json["reasons"][0]["code"]) == (422, "no_person")
