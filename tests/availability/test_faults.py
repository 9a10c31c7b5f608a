"""Faults: anyone with an account reports, the lab alone learns who, and the next users read what is known."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from instruments.availability.models import FaultReport
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.people.rights import Role
from tests.world import bearer, sign_in


def picture(kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(file, kind)
    return file.getvalue()


def reports() -> list[FaultReport]:
    return list(db.session.scalars(select(FaultReport).execution_options(populate_existing=True)))


@pytest.fixture
def lab(world):
    return world.lab()


@pytest.fixture
def manager(world, lab):
    person = world.person(lab.institution, name_en="Manager")
    world.grant(person, Role.LAB_OPERATOR, lab)
    return person


def send(client, instrument, body: bytes | None = None, **fields: str):
    data = {"words": "The stage is stuck", **fields}
    if body is not None:
        data["photo"] = (io.BytesIO(body), "a.png")
    answer = client.post(f"/instruments/{instrument.id}/faults", data=data)
    if body is not None:
        answer.request.environ["wsgi.input"].close()  # the client keeps what it sent in a file
    return answer


def test_strangers_sign_in_first(world, client, lab) -> None:
    instrument = world.instrument(lab)
    assert client.get(f"/instruments/{instrument.id}/faults").status_code == 302
    assert send(client, instrument).status_code == 302
    assert "Report a fault" not in client.get(f"/instruments/{instrument.id}").text
    assert reports() == []


@pytest.mark.parametrize(
    ("words", "body", "field"),
    [
        ("  ", None, "words"),
        ("x" * 1001, None, "words"),
        ("Kept words", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo"),
        ("Kept words", picture("GIF"), "photo"),
        ("Kept words", b"\xff\xd8" + b"x" * 10_500_000, "photo"),
    ],
)
def test_what_cannot_be_reported_is_said_and_kept_in_the_form(world, client, lab, words, body, field) -> None:
    instrument = world.instrument(lab)
    sign_in(client, world.person())
    answer = send(client, instrument, body, words=words)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert field != "photo" or "Kept words" in answer.text
    assert reports() == []


def test_nobody_floods_a_lab(world, client, lab) -> None:
    instrument = world.instrument(lab)
    sign_in(client, world.person())
    for _ in range(20):
        assert send(client, instrument).status_code == 303
    assert send(client, instrument).status_code == 422
    assert len(reports()) == 20


def test_only_the_lab_answers_and_learns_who_reported(world, client, lab, manager) -> None:
    instrument = world.instrument(lab)
    reporter, other = world.person(name_en="Zhang Yangben"), world.person()
    sign_in(client, reporter)
    assert send(client, instrument, picture()).status_code == 303
    [fault] = reports()
    page, photo = f"/instruments/{instrument.id}/faults", f"/faults/{fault.id}/photo"
    assert "The stage is stuck" in client.get(page).text
    assert client.get(photo).mimetype == "image/jpeg"
    known = {"state": "known", "note": "Move it by hand", "version": "1"}
    assert client.post(f"/faults/{fault.id}", data=known).status_code == 403
    sign_in(client, other)
    seen = client.get(page).text
    assert "The stage is stuck" not in seen
    assert "Zhang Yangben" not in seen
    assert client.get(photo).status_code == 403
    sign_in(client, manager)
    seen = client.get(page).text
    assert "Zhang Yangben" in seen
    assert "The stage is stuck" in seen
    assert client.get(photo).status_code == 200
    assert "1 fault reported" in client.get("/home").text
    assert "1 reported fault is not answered yet" in client.get(f"/instruments/{instrument.id}").text


def test_what_is_known_is_told_to_the_next_users_until_it_is_settled(
    world, client, lab, manager, now
) -> None:
    instrument, user = world.instrument(lab), world.person()
    coming = world.reservation(instrument, user, now + timedelta(days=1))
    past = world.reservation(instrument, user, now - timedelta(days=1))
    sign_in(client, world.person(name_en="Zhang Yangben"))
    send(client, instrument)
    [fault] = reports()
    address = f"/faults/{fault.id}"
    sign_in(client, manager)
    assert client.post(address, data={"state": "known", "note": " ", "version": "1"}).status_code == 422
    assert client.post(address, data={"state": "known", "note": "x" * 301, "version": "1"}).status_code == 422
    assert client.post(address, data={"state": "mended", "version": "1"}).status_code == 422
    assert client.post(address, data={"state": "settled", "version": "7"}).status_code == 412
    assert client.post("/faults/999999999", data={"state": "settled", "version": "1"}).status_code == 404
    known = {"state": "known", "note": "Move it by hand", "version": "1"}
    assert client.post(address, data=known).status_code == 303
    assert "fault reported" not in client.get("/home").text
    sign_in(client, user)
    for page in (
        f"/instruments/{instrument.id}",
        f"/reservations/{coming.id}",
        f"/instruments/{instrument.id}/faults",
    ):
        text = client.get(page).text
        assert "Move it by hand" in text
        assert "Zhang Yangben" not in text
    assert "Move it by hand" not in client.get(f"/reservations/{past.id}").text
    sign_in(client, manager)
    client.post(address, data={"state": "settled", "note": "", "version": "2"})
    sign_in(client, user)
    for page in (f"/instruments/{instrument.id}", f"/reservations/{coming.id}"):
        assert "Known fault" not in client.get(page).text
    deeds = db.session.scalars(select(JournalEntry.deed).order_by(JournalEntry.id)).all()
    assert deeds == ["fault.reported", "fault.known", "fault.settled"]


def test_programs_report_and_answer_alike(world, client, lab, manager) -> None:
    instrument, reporter = world.instrument(lab), world.person()
    own, lab_side, other = (bearer(world.token(each)) for each in (reporter, manager, world.person()))
    address = f"/api/v1/instruments/{instrument.id}/faults"
    assert client.post(address, json={"words": " "}, headers=own).status_code == 422
    made = client.post(address, json={"words": "It leaks"}, headers=own)
    assert (made.status_code, made.json["words"]) == (201, "It leaks")
    one = made.headers["Location"]
    assert client.get(one, headers=other).status_code == 404
    known = {"state": "known", "note": "Use the other pump"}
    assert client.post(f"{one}/answer", json=known, headers=own).status_code == 403
    assert client.post(f"{one}/answer", json=known, headers=lab_side).status_code == 428
    held = {**lab_side, "If-Match": made.headers["ETag"]}
    assert client.post(f"{one}/answer", json=known | {"note": ""}, headers=held).status_code == 422
    assert client.post(f"{one}/answer", json=known, headers=held).json["state"] == "known"
    assert client.post(f"{one}/answer", json=known, headers=held).status_code == 412
    seen = client.get(address, headers=other).json["items"]
    assert [(each["note"], each["words"], each["reporter_id"]) for each in seen] == [
        ("Use the other pump", None, None)
    ]


def test_a_breakdown_that_comes_of_a_fault_begins_with_what_was_said(world, client, lab, manager) -> None:
    instrument, other = world.instrument(lab), world.instrument(lab)
    sign_in(client, world.person())
    send(client, instrument)
    [fault] = reports()
    sign_in(client, manager)
    link = f"/instruments/{instrument.id}/closures?broken=1&amp;fault={fault.id}"
    assert link in client.get(f"/instruments/{instrument.id}/faults").text
    assert 'value="The stage is stuck"' in client.get(link.replace("&amp;", "&")).text
    foreign = f"/instruments/{other.id}/closures?broken=1&fault={fault.id}"
    assert "The stage is stuck" not in client.get(foreign).text
