"""Labs are asked why instruments stood idle: by whom, once for a period, with a notice; and their answers stand in the list."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from instruments.database import db
from instruments.notices import tasks as notices_tasks
from instruments.notices.models import Notice
from instruments.people.rights import Role
from instruments.utilization import tasks
from instruments.utilization.idle_models import IdleQuestion
from tests.live import faults, sign_in_page, violations
from tests.utilization import facts
from tests.utilization.golden import span
from tests.utilization.test_sums import NOW, Campus
from tests.world import World, bearer, sign_in

MAY = "2026-05"
SCOPES = "usage:read usage:write"


class House(Campus):
    """A campus on which nothing was used in May, with those who ask and answer."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.world, self.lab, self.thing = world, self.labs[0], self.things[0]
        home, other = self.homes
        self.manager, self.auditor, self.keeper, self.operator, self.elsewhere = (
            world.person(home) for _ in range(5)
        )
        world.grant(self.manager, Role.INSTITUTION_MANAGER, home)
        world.grant(self.auditor, Role.AUDITOR, home)
        world.grant(self.keeper, Role.LAB_MANAGER, self.lab)
        world.grant(self.operator, Role.LAB_OPERATOR, self.lab)
        world.grant(self.elsewhere, Role.INSTITUTION_MANAGER, other)

    def key(self, who: str) -> dict[str, str]:
        """The header of a program of this person."""
        return bearer(self.world.token(getattr(self, who), SCOPES))


@pytest.fixture
def house(app: Flask, world: World) -> House:
    app.config["FROZEN_NOW"] = NOW
    return House(world)


def ask(client, house: House, who: str = "manager", period: str = MAY):
    return client.post(f"/api/v1/labs/{house.lab.id}/idle", json={"period": period}, headers=house.key(who))


def test_who_asks_and_who_answers(client, house) -> None:
    for who, status in (("auditor", 403), ("keeper", 403), ("operator", 403), ("elsewhere", 404)):
        assert ask(client, house, who).status_code == status, who
        sign_in(client, getattr(house, who))
        assert client.post(f"/labs/{house.lab.id}/idle", data={"period": MAY}).status_code == status, who
    number = ask(client, house).json["id"]
    body = {"answers": [{"instrument_id": house.thing.id, "answer": "It waits for a part"}]}
    for who, seen, answered in (
        ("manager", 200, 403), ("auditor", 200, 403), ("elsewhere", 404, 404), ("operator", 200, 200),
    ):  # fmt: skip
        key = house.key(who)
        assert client.get(f"/api/v1/idle/{number}", headers=key).status_code == seen, who
        sent = client.post(f"/api/v1/idle/{number}/answers", json=body, headers=key | {"If-Match": "*"})
        assert sent.status_code == answered, who
        sign_in(client, getattr(house, who))
        assert client.get(f"/idle/{number}").status_code == seen, who


def test_a_lab_is_asked_once_for_a_period_that_is_over(client, house) -> None:
    first = ask(client, house)
    assert (first.status_code, [row["may_be"] for row in first.json["items"]]) == (
        201, ["It was open and nobody used it."],
    )  # fmt: skip
    assert {reason["code"] for reason in ask(client, house).json["reasons"]} == {"asked"}
    assert {reason["code"] for reason in ask(client, house, period="2026-11").json["reasons"]} == {
        "none_idle"
    }
    assert "not_over" in {reason["code"] for reason in ask(client, house, period="2027-01").json["reasons"]}
    assert ask(client, house, period="2026-06").status_code == 201


def test_the_lab_is_told_with_the_reasons(client, house) -> None:
    number = ask(client, house).json["id"]
    notices_tasks.follow()
    asked = select(Notice.person_id, Notice.thing_id).where(Notice.kind == "lab.idle")
    assert {tuple(row) for row in db.session.execute(asked)} == {
        (house.keeper.id, number), (house.operator.id, number),
    }  # fmt: skip
    sign_in(client, house.keeper)
    told = client.get("/notices").text
    assert "May 2026" in told
    assert "It was open and nobody used it." in told
    assert "Your lab is asked why 1 instrument stood idle" in client.get("/home").text


def test_a_lab_was_asked_on_the_day_of_its_own_wall(app, client, house) -> None:
    app.config["FROZEN_NOW"] = NOW - timedelta(hours=9)
    sign_in(client, house.manager)
    of = f"lab-{house.lab.id}"
    client.post(f"/labs/{house.lab.id}/idle", data={"period": MAY, "of": of})
    page = client.get(f"/utilization/lists/idle?of={of}&period={MAY}").text
    assert ("20 Jan" in page, "19 Jan" in page) == (True, False)
    again = ask(client, house)
    assert again.status_code == 422 and "20 Jan" in again.json["detail"]


def test_what_the_lab_says_stands_in_the_list_and_its_files(client, house) -> None:
    sign_in(client, house.manager)
    of = f"lab-{house.lab.id}"
    page = f"/utilization/lists/idle?of={of}&period={MAY}"
    assert "Ask why" in client.get(page).text
    client.post(f"/labs/{house.lab.id}/idle", data={"period": MAY, "of": of})
    assert "The lab was asked on" in client.get(page).text
    asked = client.get(page.replace("idle?", "idle.csv?")).data.decode("utf-8-sig")
    assert "The lab was asked on 2027-01-20" in asked
    number = db.session.scalar(select(IdleQuestion.id))
    sign_in(client, house.keeper)
    field = f"answer-{house.thing.id}"
    version = db.session.get_one(IdleQuestion, number).version
    assert client.post(f"/idle/{number}", data={field: "x" * 501, "version": version}).status_code == 422
    client.post(f"/idle/{number}", data={field: "It waits for a part", "version": version})
    stale = client.post(f"/idle/{number}", data={field: "Another", "version": version})
    assert stale.status_code == 412
    assert "Another" in stale.text
    assert "It waits for a part" in client.get(page).text
    rows = csv.reader(io.StringIO(client.get(page.replace("idle?", "idle.csv?")).data.decode("utf-8-sig")))
    assert [row[-1] for row in rows] == ["What the lab says", "It waits for a part"]
    told = client.get(f"/api/v1/utilization/lists/idle?of={of}&period={MAY}", headers=house.key("manager"))
    assert [row["lab_says"] for row in told.json["items"]] == ["It waits for a part"]
    assert told.json["items"][0]["lab_asked_at"] is not None
    assert "Your lab is asked" not in client.get("/home").text


def test_programs_read_when_each_was_used_last_as_the_page_says(client, house) -> None:
    """In the list and in the question to the lab, by the wall of the lab: a use of the night counts for the day there."""
    key, of = house.key("manager"), f"lab-{house.lab.id}"
    new = house.world.instrument(house.lab)
    tasks.keep_up()
    lists = f"/api/v1/utilization/lists/idle?of={of}&period={MAY}"
    one = f"/api/v1/idle/{ask(client, house).json['id']}"

    def told(address: str) -> dict[int, str | None]:
        return {
            row["instrument_id"]: row["used_last"] for row in client.get(address, headers=key).json["items"]
        }

    assert told(lists)[new.id] is told(one)[new.id] is None
    facts.use(new, house.keeper, span("2026-03-05", "00:30-01:30"))
    tasks.keep_up()
    assert told(lists)[new.id] == told(one)[new.id] == "2026-03-05"
    row = next(row for row in client.get(lists, headers=key).json["items"] if row["instrument_id"] == new.id)
    assert (row["lab_en"], row["name_zh"]) == (house.lab.name_en, new.name_zh)


def test_in_the_browser(view: Callable[[], Page], app: Flask, world: World) -> None:
    app.config["FROZEN_NOW"] = None
    house = House(world)
    page = view()
    sign_in_page(page, app, house.manager)
    page.goto(f"/utilization/lists/idle?of=lab-{house.lab.id}&period={MAY}")
    found = violations(page)
    page.click("main .btn-soft >> nth=0")
    page.wait_for_selector("text=/asked on|询问/")
    number = db.session.scalar(select(IdleQuestion.id))
    sign_in_page(page, app, house.keeper)
    page.goto(f"/idle/{number}")
    assert found + faults(page) == []
