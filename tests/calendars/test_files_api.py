"""Calendar files for programs: who may, what is refused, and that busy in them is closed here; refusals first."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from sqlalchemy import select

from instruments.availability.models import BusyTime
from instruments.calendars.blocks import MOST_BYTES
from instruments.calendars.files import FOLDER
from instruments.calendars.models import CalendarSubscription
from instruments.database import db
from instruments.people.rights import Role
from instruments.web.multipart import FORM
from tests.calendars.files import calendar, event, hour
from tests.web.test_multipart import told
from tests.world import bearer


@pytest.fixture
def lab(world):
    return world.lab()


@pytest.fixture
def mine(world, lab) -> dict[str, str]:
    person = world.person(lab.institution)
    world.grant(person, Role.LAB_MANAGER, lab)
    return bearer(world.token(person))


@pytest.fixture
def kept(app) -> Path:
    folder = Path(app.config["FILES_DIR"]) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    return folder


def send(client, path: str, headers: dict[str, str], body: bytes | None, method: str = "POST", **form: str):
    data = form | ({} if body is None else {"file": (io.BytesIO(body), "lab.ics")})
    answer = client.open(f"/api/v1{path}", method=method, headers=headers, data=data, content_type=FORM)
    answer.request.environ["wsgi.input"].close()  # the client keeps what it sent in a file
    return answer


def test_who_may_not_sends_no_file(client, world, lab, mine, kept) -> None:
    path = f"/labs/{lab.id}/calendars/files"
    one = send(client, path, mine, calendar(hour())).json["id"]
    before = sorted(kept.iterdir())
    operator = world.person(lab.institution)
    world.grant(operator, Role.LAB_OPERATOR, lab)
    reads = bearer(world.token(operator, "labs:read"))
    for headers, status in (({}, 401), (reads, 403), (bearer(world.token(operator)), 403)):
        assert send(client, path, headers, b"x" * 100).status_code == status
        assert send(client, f"/calendars/{one}/file", headers, b"x", "PUT").status_code == status
    assert send(client, "/labs/999999/calendars/files", mine, b"x").status_code == 404
    assert send(client, "/calendars/999999/file", mine, b"x", "PUT").status_code == 404
    assert sorted(kept.iterdir()) == before


def test_what_is_no_file_to_keep_is_told(client, world, lab, mine, kept, now) -> None:
    path = f"/labs/{lab.id}/calendars/files"
    refused = send(client, path, mine, None, name="x" * 121, adress="https://a.example/")
    assert (refused.status_code, told(refused)) == (
        422,
        [("invalid", "name"), ("missing", "file"), ("unknown_field", "adress")],
    )
    unnamed = {"data": {"file": (io.BytesIO(b"x"), "")}, "content_type": FORM}
    assert told(client.post(f"/api/v1{path}", headers=mine, **unnamed)) == [("missing", "file")]
    large = send(client, path, mine, b"x" * (MOST_BYTES + 1))
    assert (large.status_code, told(large)) == (413, [("too_large", "file")])
    assert client.post(f"/api/v1{path}", headers=mine, json={"name": "x"}).status_code == 415
    row = CalendarSubscription(lab_id=lab.id, name="x", created_at=now, address="https://a.example/a.ics")
    db.session.add(row)
    db.session.flush()
    by_address = f"/calendars/{row.id}/file"
    assert told(send(client, by_address, mine, calendar(hour()), "PUT")) == [("has_address", "file")]
    db.session.add_all(CalendarSubscription(lab_id=lab.id, name="x", created_at=now) for _ in range(19))
    assert told(send(client, path, mine, calendar(hour()))) == [("too_many_calendars", None)]
    assert list(kept.iterdir()) == []


def test_a_file_is_read_and_a_newer_one_takes_its_place(client, world, lab, mine, kept, now) -> None:
    instrument = world.instrument(lab)
    made = send(
        client, f"/instruments/{instrument.id}/calendars/files", mine, calendar(hour(), event("DTSTART:soon"))
    )
    assert (made.status_code, made.json["name"], made.json["host"]) == (202, "lab.ics", "")
    one = f"/calendars/{made.json['id']}"
    told_of = client.get(f"/api/v1{one}", headers=mine).json
    assert (told_of["state"], [each["why"] for each in told_of["unread"]]) == (
        "read",
        ["Its times cannot be read."],
    )
    assert len(db.session.scalars(select(BusyTime)).all()) == 1
    newer = send(client, f"{one}/file", mine, calendar(hour(), hour("20270303")), "PUT")
    assert newer.status_code == 202
    db.session.rollback()
    assert len(db.session.scalars(select(BusyTime)).all()) == 2
    broken = send(client, f"{one}/file", mine, b"<html>", "PUT")
    assert broken.status_code == 202
    failing = client.get(f"/api/v1{one}", headers=mine).json
    assert (failing["state"], "web page" in failing["why"]) == ("failing", True)
    db.session.rollback()
    assert len(db.session.scalars(select(BusyTime)).all()) == 2  # the last good times stay
    assert len(list(kept.iterdir())) == 1
