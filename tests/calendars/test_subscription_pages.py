"""The pages of outside calendars: who may, what is refused, and what a lab manager sees of each."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import select

from instruments.availability.models import BusyTime
from instruments.calendars import tasks
from instruments.calendars.models import CalendarSubscription
from instruments.database import db
from instruments.jobs import alarm
from instruments.people.models import Lab, Person
from instruments.people.rights import Role
from tests.calendars.files import calendar, event, hour
from tests.calendars.hostile import Hostile, hostile_server
from tests.live import PHONE, faults, sign_in_page, violations
from tests.world import World, bearer, sign_in

HOUR = timedelta(hours=1)


@pytest.fixture
def hostile(app: Flask) -> Iterator[Hostile]:
    app.config["CALENDAR_ALLOW"] = ("127.0.0.1",)
    with hostile_server() as server:
        yield server


@pytest.fixture
def lab(world: World) -> Lab:
    return world.lab(name_en="Analysis Centre", name_zh="分析中心")


@pytest.fixture
def manager(world: World, lab: Lab) -> Person:
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return person


def file(body: bytes, name: str = "lab.ics") -> tuple[io.BytesIO, str]:
    return io.BytesIO(body), name


def the_row() -> CalendarSubscription:
    db.session.rollback()
    return db.session.scalars(select(CalendarSubscription)).one()


# --- Refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [None, Role.LAB_OPERATOR])
def test_only_who_runs_the_lab_subscribes_it(
    client: FlaskClient, world: World, now: datetime, lab: Lab, manager: Person, role: Role | None
) -> None:
    number = lab.id
    sign_in(client, manager).post(
        f"/labs/{number}/calendars", data={"do": "file", "file": file(calendar(hour()))}
    )
    one, other = the_row().id, world.person()
    if role:
        world.grant(other, role, db.session.get(Lab, number))
    sign_in(client, other)
    assert client.get(f"/labs/{number}/calendars").status_code == 403
    assert client.post(f"/labs/{number}/calendars", data={"address": "https://a.example/"}).status_code == 403
    assert client.get(f"/calendars/subscriptions/{one}").status_code == 403
    assert client.get(f"/calendars/subscriptions/{one}/state").status_code == 403
    for deed in ("refresh", "pause", "resume", "remove", "file"):
        assert client.post(f"/calendars/subscriptions/{one}/{deed}").status_code == 403
    assert the_row().state == "active"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"address": ""}, "This is no address of a calendar"),
        ({"address": "ftp://lab.example/a.ics"}, "This is no address of a calendar"),
        ({"address": "https://me:hush@lab.example/a.ics"}, "without a user name and password"),
        ({"address": "https://lab.example/" + "x" * 2000}, "At most 2,000 characters"),
        ({"do": "file"}, "Choose a file."),
    ],
)
def test_what_cannot_be_subscribed_is_said_beside_the_field(
    client: FlaskClient, lab: Lab, manager: Person, now: datetime, data: dict[str, str], words: str
) -> None:
    answer = sign_in(client, manager).post(f"/labs/{lab.id}/calendars", data=data)
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalars(select(CalendarSubscription)).all() == []


def test_twenty_calendars_are_enough(client: FlaskClient, lab: Lab, manager: Person, now: datetime) -> None:
    db.session.add_all(CalendarSubscription(lab_id=lab.id, name="x", created_at=now) for _ in range(20))
    answer = sign_in(client, manager).post(
        f"/labs/{lab.id}/calendars", data={"address": "https://lab.example/"}
    )
    assert (answer.status_code, "20 calendars are subscribed here" in answer.text) == (422, True)


# --- A calendar and its life ------------------------------------------------------------------------------------------


def test_an_address_is_fetched_and_closes_time(
    client: FlaskClient, lab: Lab, manager: Person, now: datetime, hostile: Hostile
) -> None:
    data = {"address": hostile.address("/good.ics?secret=hush"), "name": "Service plan"}
    hostile.answers["/good.ics?secret=hush"] = hostile.answers["/good.ics"]
    answer = sign_in(client, manager).post(f"/labs/{lab.id}/calendars", data=data, follow_redirects=True)
    assert "Service plan" in answer.text and "Read" in answer.text
    assert "hush" not in answer.text  # the address is often a secret
    assert [row.starts_at for row in db.session.scalars(select(BusyTime))] == [now + 25 * HOUR]
    assert "Service plan" in client.get(f"/labs/{lab.id}/calendars").text


def test_webcal_is_the_web(client: FlaskClient, lab: Lab, manager: Person, now: datetime, app: Flask) -> None:
    app.config["CALENDAR_ALLOW"] = ()
    sign_in(client, manager).post(f"/labs/{lab.id}/calendars", data={"address": "webcal://127.0.0.1/a.ics"})
    row = the_row()
    assert (row.address, row.host, row.name) == ("https://127.0.0.1/a.ics", "127.0.0.1", "127.0.0.1")
    assert [reason["code"] for reason in row.failure] == ["calendar_not_public"]


def test_a_file_is_read_and_a_newer_one_takes_its_place(
    client: FlaskClient, world: World, lab: Lab, manager: Person, now: datetime
) -> None:
    instrument = world.instrument(lab)
    sign_in(client, manager)
    page = client.post(
        f"/instruments/{instrument.id}/calendars", data={"do": "file", "file": file(calendar(hour()))},
        follow_redirects=True,
    )  # fmt: skip
    assert "lab.ics" in page.text
    number = the_row().id
    client.post(f"/calendars/subscriptions/{number}/file", data={"file": file(calendar(hour(start=15)))})
    assert [row.starts_at for row in db.session.scalars(select(BusyTime))] == [now + 31 * HOUR]
    bad = client.post(
        f"/calendars/subscriptions/{number}/file", data={"file": file(b"<html>")}, follow_redirects=True
    )
    assert "This is a web page, not a calendar. Export the calendar as an .ics file" in bad.text
    assert "Use the address" not in bad.text
    assert "The times that were read last stay closed. What was in them:" in bad.text
    db.session.rollback()
    assert [row.starts_at for row in db.session.scalars(select(BusyTime))] == [now + 31 * HOUR]
    row = the_row()
    assert (row.upload, tasks.files().has(row.body)) == ("", True)


def test_a_file_of_which_nothing_can_be_read_lists_each_event_with_the_reason(
    client: FlaskClient, world: World, lab: Lab, manager: Person
) -> None:
    sign_in(client, manager)
    seconds = event("DTSTART:20270302T090000Z", "RRULE:FREQ=SECONDLY")
    data = {"do": "file", "file": file(calendar(seconds, event("DTSTART:tomorrow")))}
    page = client.post(f"/labs/{lab.id}/calendars", data=data, follow_redirects=True).text
    assert "None of its 2 events can be read, the first of them in line 4." in page
    assert "It repeats more often than 48 times a day." in page and "Its times cannot be read." in page
    assert "All others count." not in page
    told = client.get(
        f"/api/v1/calendars/{the_row().id}", headers=bearer(world.token(manager, "labs:read"))
    ).json
    assert [each["why"] for each in told["unread"]] == [
        "It repeats more often than 48 times a day.",
        "Its times cannot be read.",
    ]


def test_a_file_whose_only_event_cannot_be_read_says_so(
    client: FlaskClient, lab: Lab, manager: Person
) -> None:
    sign_in(client, manager)
    data = {"do": "file", "file": file(calendar(event("DTSTART:tomorrow")))}
    page = client.post(f"/labs/{lab.id}/calendars", data=data, follow_redirects=True).text
    assert "Its only event, in line 4, cannot be read." in page


def test_what_a_failed_file_lists_is_told_apart_from_what_was_read_last(
    client: FlaskClient, lab: Lab, manager: Person, now: datetime
) -> None:
    good = calendar(hour(), event("DTSTART:someday"))
    sign_in(client, manager).post(f"/labs/{lab.id}/calendars", data={"do": "file", "file": file(good)})
    number = the_row().id

    def after(body: bytes) -> str:
        sent = {"file": file(body)}
        return client.post(f"/calendars/subscriptions/{number}/file", data=sent, follow_redirects=True).text

    assert "All others count." in client.get(f"/calendars/subscriptions/{number}").text
    # Whoever waits for it gets the page anew, with what it lists.
    assert client.get(f"/calendars/subscriptions/{number}/state").headers["HX-Refresh"] == "true"
    none = after(calendar(event("DTSTART:tomorrow"), event("DTSTART:today"), event("DTSTART:now")))
    last, listed = none.split("What was in them:")[1].split('id="unread-title"')
    assert ("Events that take time" in last, listed.count("<tr>")) == (True, 1 + 3)
    assert "In the file that failed." in listed and "Events that take time" not in listed
    page = after(b"<html>")
    assert "In what was read last; all others of it count." in page
    assert page.split('id="unread-title"')[1].count("<tr>") == 1 + 1
    # What is laid out further day by day says nothing of the file that failed.
    the_row().due_at = now
    db.session.commit()
    tasks.refresh(number)
    db.session.expire_all()
    assert (the_row().due_at > now, the_row().failure[0]["code"]) == (True, "calendar_page")
    after(good)
    assert the_row().failure is None


def test_reservations_where_it_is_busy_go_to_the_lab(
    client: FlaskClient, world: World, lab: Lab, manager: Person, now: datetime
) -> None:
    instrument = world.instrument(lab, name_en="Raman")
    user = world.person(name_en="Lin Shili")
    hit = world.reservation(instrument, user, now + 25.5 * HOUR).id
    world.reservation(instrument, user, now + 30 * HOUR)
    sign_in(client, manager)
    text = event("DTSTART;TZID=Asia/Shanghai:20270302T090000", "DURATION:PT1H", "SUMMARY:Visit of the dean")
    page = client.post(
        f"/labs/{lab.id}/calendars", data={"do": "file", "file": file(calendar(text, event("DTSTART:tomorrow")))},
        follow_redirects=True,
    ).text  # fmt: skip
    assert f"/reservations/{hit}" in page and "Lin Shili" in page and page.count("/reservations/") == 1
    assert "Its times cannot be read." in page
    assert "dean" not in page
    home = client.get("/home").text
    assert "1 reservation lies where “lab.ics” is busy" in home


def test_asked_again_it_is_being_read_until_its_result_is_there(
    client: FlaskClient,
    lab: Lab,
    manager: Person,
    now: datetime,
    hostile: Hostile,
    app: Flask,
    monkeypatch: Any,
) -> None:
    sign_in(client, manager).post(f"/labs/{lab.id}/calendars", data={"address": hostile.address("/good.ics")})
    number = the_row().id
    one = f"/calendars/subscriptions/{number}"
    assert "hx-get" not in client.get(one).text.split('id="state"')[1].split(">")[0]
    app.config["FROZEN_NOW"] = now + HOUR / 60
    with monkeypatch.context() as asleep:
        asleep.setattr(alarm, "wake", lambda *_: None)
        page = client.post(f"{one}/refresh", follow_redirects=True).text
    assert "It is being read." in page and "Being read" in page and f'hx-get="{one}/state"' in page
    assert f'<noscript><p><a href="{one}">' in page
    assert "HX-Refresh" not in client.get(f"{one}/state").headers
    tasks.refresh(number)
    assert client.get(f"{one}/state").headers["HX-Refresh"] == "true"
    assert "Being read" not in client.get(one).text
    the_row().address = hostile.address("/nothing-there")
    db.session.commit()
    app.config["FROZEN_NOW"] = now + HOUR / 30
    client.post(f"{one}/refresh")
    assert client.get(f"{one}/state").headers["HX-Refresh"] == "true"
    assert "Could not be read" in client.get(one).text


def test_pause_resume_and_remove(
    client: FlaskClient, lab: Lab, manager: Person, now: datetime, hostile: Hostile, app: Flask
) -> None:
    number = lab.id
    sign_in(client, manager).post(f"/labs/{number}/calendars", data={"address": hostile.address("/good.ics")})
    one = f"/calendars/subscriptions/{the_row().id}"
    assert "Paused. What it closed stays closed." in client.post(f"{one}/pause", follow_redirects=True).text
    client.post(f"{one}/refresh")
    assert (len(hostile.seen), the_row().state) == (1, "paused")
    app.config["FROZEN_NOW"] = now + HOUR
    client.post(f"{one}/resume")
    client.post(f"{one}/refresh")
    assert (len(hostile.seen), the_row().state) == (3, "active")
    body = the_row().body
    answer = client.post(f"{one}/remove", follow_redirects=True)
    assert "No calendar is subscribed yet" in answer.text
    assert db.session.scalars(select(BusyTime)).all() == []
    assert not tasks.files().has(body)
    assert client.get(one).status_code == 404


# --- In the browser ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("viewport", "locale"), [(PHONE, "zh-CN"), (None, "en-GB")], ids=["chinese-phone", "english-desktop"]
)
def test_a_lab_manager_subscribes_a_calendar_in_the_browser(
    new_page: Callable[..., Page], world: World, app: Flask, lab: Lab, manager: Person, tmp_path: Path,
    viewport: dict[str, int] | None, locale: str,
) -> None:  # fmt: skip
    manager.language = "en" if locale == "en-GB" else "zh_Hans_CN"
    instrument = world.instrument(lab, week="Mon-Sun 08:00-20:00", name_en="Raman microscope " * 4)
    soon = (datetime.now(UTC) + timedelta(days=1)).replace(hour=2, minute=0, second=0, microsecond=0)
    world.reservation(instrument, world.person(), soon)
    path = tmp_path / "the calendar of the lab with a rather long name.ics"
    path.write_bytes(
        calendar(event(f"DTSTART:{soon:%Y%m%dT%H%M%SZ}", "DURATION:PT3H"), event("DTSTART:tomorrow"))
    )
    page = new_page(**({"viewport": viewport} if viewport else {}), locale=locale)
    sign_in_page(page, app, manager)
    page.goto(f"/labs/{lab.id}/calendars")
    assert violations(page) == []
    page.locator("input[type=file]").set_input_files(path)
    page.locator("form:has(input[type=file]) button").click()
    page.wait_for_url("**/calendars/subscriptions/*")
    db.session.rollback()  # what the server wrote is seen by who begins to read anew
    tasks.sweep()  # as the worker does
    page.reload()
    page.get_by_text("Its times cannot be read." if locale == "en-GB" else "时间无法读取").wait_for()
    assert faults(page) == []
    for address in (f"/labs/{lab.id}/calendars", f"/labs/{lab.id}/feeds", "/profile/calendars"):
        page.goto(address)
        assert faults(page) == []
    page.get_by_role("textbox").last.fill("Phone")
    page.locator("main form").last.get_by_role("button").click()
    page.locator("input[name=made]").wait_for()
    assert violations(page) == []
    page.goto(f"/instruments/{instrument.id}?day={soon:%Y-%m-%d}")
    page.locator(f"a[href^='/calendars/instruments/{instrument.id}.ics']").last.wait_for(state="attached")
    assert violations(page) == []


# --- Programs ---------------------------------------------------------------------------------------------------------


def test_programs_subscribe_pause_and_remove(
    client: FlaskClient, world: World, lab: Lab, manager: Person, hostile: Hostile
) -> None:
    mine, other = bearer(world.token(manager)), bearer(world.token(world.person()))
    address = f"/api/v1/labs/{lab.id}/calendars"
    assert client.get(address, headers=other).status_code == 403
    assert client.post(address, json={"address": "no address"}, headers=mine).status_code == 422
    made = client.post(address, json={"address": hostile.address("/good.ics"), "name": "Ours"}, headers=mine)
    assert (made.status_code, made.json["name"]) == (202, "Ours")
    one = f"/api/v1/calendars/{made.json['id']}"
    assert client.get(one, headers=other).status_code == 403
    assert client.post(f"{one}/pause", headers=mine).json["state"] == "paused"
    assert client.post(f"{one}/resume", headers=mine).json["state"] != "paused"
    assert client.post(f"{one}/refresh", headers=mine).status_code == 200
    assert [each["id"] for each in client.get(address, headers=mine).json["items"]] == [made.json["id"]]
    assert client.delete(one, headers=mine).status_code == 204
    assert client.get(one, headers=mine).status_code == 404
