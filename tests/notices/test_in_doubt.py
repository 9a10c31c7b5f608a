"""Letters in doubt: seen and decided by who runs the platform alone, on the page, by programs and on the command line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from instruments.database import db
from instruments.database.transactions import deed
from instruments.journal.models import JournalEntry
from instruments.notices import sending, tasks
from instruments.notices.models import Notice, NoticeDelivery
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW
from tests.world import bearer, sign_in

API = "/api/v1/letters-in-doubt"
NOBODY = 999_999_999
SCOPES = "notices:read notices:write"


@pytest.fixture
def doubts(place) -> list[int]:
    """Three letters to Lin in doubt, a minute apart, the last by a worker that ended; their numbers."""
    for hours in range(3):
        place.books(place.lin, start=TOMORROW + hours * HOUR)
    tasks.follow()
    with deed():
        numbers = list(db.session.scalars(select(NoticeDelivery.id).order_by(NoticeDelivery.id)))
        for minutes, number in enumerate(numbers):
            moment = NOW + timedelta(minutes=minutes)
            db.session.execute(
                update(NoticeDelivery)
                .where(NoticeDelivery.id == number)
                .values(
                    state="doubtful",
                    attempts=1,
                    handed_at=moment,
                    done_at=moment,
                    failure="" if minutes == 2 else "Connection unexpectedly closed",
                )
            )
    return numbers


@pytest.fixture
def runner(place) -> object:
    """Who runs the platform."""
    person = place.world.person(place.lab.institution)
    place.world.grant(person, "platform_administrator")
    return person


def deeds() -> list[tuple[str, int | None]]:
    db.session.rollback()
    found = select(JournalEntry.deed, JournalEntry.actor_id).where(JournalEntry.thing_kind == "notice")
    return [tuple(row) for row in db.session.execute(found.order_by(JournalEntry.id))]


# --- Refusals ---------------------------------------------------------------------------------------------------------


def test_nobody_else_sees_or_decides(client: FlaskClient, place, doubts, states) -> None:
    for person in (place.lin, place.manager):
        sign_in(client, person)
        said = {"decision": "send_again", "up_to": 10**10}
        answers = [
            client.get("/platform/letters"),
            client.post("/platform/letters", data=said),
            client.post(f"/platform/letters/{doubts[0]}", data=said),
        ]
        assert [each.status_code for each in answers] == [403] * 3
        assert "/platform/letters" not in client.get("/institutions").text
        token = bearer(place.world.token(person, SCOPES))
        assert client.get(API, headers=token).status_code == 403
        body = {"ids": doubts, "decision": "arrived"}
        assert client.post(f"{API}/decide", json=body, headers=token).status_code == 403
    assert states() == ["doubtful"] * 3


def test_what_is_not_in_doubt_is_not_decided(client: FlaskClient, world, runner, doubts, states) -> None:
    token = bearer(world.token(runner, SCOPES))
    for ids in ([NOBODY], [doubts[0], NOBODY]):
        answer = client.post(f"{API}/decide", json={"ids": ids, "decision": "send_again"}, headers=token)
        assert (answer.status_code, answer.json["reasons"][0]["code"]) == (422, "not_in_doubt")
    assert (states(), deeds()) == (["doubtful"] * 3, [])
    client.post(f"{API}/decide", json={"ids": doubts[:1], "decision": "arrived"}, headers=token)
    answer = client.post(f"{API}/decide", json={"ids": doubts[:1], "decision": "send_again"}, headers=token)
    assert answer.status_code == 422
    assert states() == ["sent", "doubtful", "doubtful"]


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [], "decision": "arrived"},
        {"ids": [1], "decision": "perhaps"},
        {"ids": list(range(1, 202)), "decision": "arrived"},
        {"decision": "arrived"},
    ],
)
def test_what_programs_send_is_checked(client: FlaskClient, world, runner, body) -> None:
    token = bearer(world.token(runner, SCOPES))
    assert client.post(f"{API}/decide", json=body, headers=token).status_code == 422


def test_a_page_that_is_old_says_so(client: FlaskClient, runner, doubts, states) -> None:
    sign_in(client, runner)
    address = f"/platform/letters/{doubts[0]}"
    client.post(address, data={"decision": "arrived"})
    page = client.post(address, data={"decision": "send_again"}, follow_redirects=True).text
    assert "is not in doubt, or not any more" in page
    assert client.post(address, data={"decision": "maybe"}, follow_redirects=True).status_code == 200
    assert client.post("/platform/letters", data={"decision": "maybe"}).status_code == 422
    assert states() == ["sent", "doubtful", "doubtful"]


# --- The page ---------------------------------------------------------------------------------------------------------


def test_the_page_tells_to_whom_about_what_when_and_under_which_number(
    client: FlaskClient, place, runner, doubts, app: Flask
) -> None:
    sign_in(client, runner)
    assert "3 letters may not have arrived" in client.get("/home").text
    assert "/platform/letters" in client.get("/institutions").text
    page = client.get("/platform/letters").text
    numbers = db.session.execute(select(Notice.id, Notice.at)).all()
    for number, at in numbers:
        assert f"&lt;notice-{number}-{int(at.timestamp())}@localhost&gt;" in page
    for told in (
        place.lin.mail,
        "My reservations: I book",
        "Connection unexpectedly closed",
        "The worker ended",
    ):
        assert told in page
    assert "Raman microscope" not in page  # what a letter says is its reader's


def test_an_empty_page_says_so(client: FlaskClient, runner) -> None:
    sign_in(client, runner)
    assert "No letter is in doubt" in client.get("/platform/letters").text
    assert "may not have arrived" not in client.get("/home").text


def test_the_list_goes_by_pages(client: FlaskClient, runner, doubts, monkeypatch) -> None:
    monkeypatch.setattr("instruments.notices.views.A_PAGE", 2)
    sign_in(client, runner)
    first = client.get("/platform/letters").text
    following = first.split('rel="next" href="')[1].split('"')[0]
    second = client.get(following).text
    assert [text.count("Send again</button>") for text in (first, second)] == [2, 1]


def test_each_is_decided_by_itself(client: FlaskClient, runner, doubts, states) -> None:
    sign_in(client, runner)
    page = client.post(f"/platform/letters/{doubts[0]}", data={"decision": "arrived"}, follow_redirects=True)
    assert "1 letter is noted as arrived." in page.text
    page = client.post(
        f"/platform/letters/{doubts[1]}", data={"decision": "send_again"}, follow_redirects=True
    )
    assert "1 letter is sent again." in page.text
    assert states() == ["sent", "due", "doubtful"]
    assert deeds() == [("letter.arrived", runner.id), ("letter.sent_again", runner.id)]


def test_all_are_those_that_the_page_showed(client: FlaskClient, runner, doubts, states, letters) -> None:
    sign_in(client, runner)
    up_to = int((NOW + timedelta(minutes=1)).timestamp())
    said = {"decision": "send_again", "up_to": up_to}
    page = client.post("/platform/letters", data=said, follow_redirects=True).text
    assert "2 letters are sent again." in page
    assert states() == ["due", "due", "doubtful"]
    tasks.send()
    assert states() == ["sent", "sent", "doubtful"]
    assert len(list(letters.iterdir())) == 2


@pytest.mark.parametrize("ended", [True, False], ids=["the worker ended", "the connection broke"])
def test_who_is_told_by_mail_alone_finds_it_under_the_bell(client: FlaskClient, place, states, ended) -> None:
    place.books(place.lin)
    tasks.follow()
    sign_in(client, place.lin)
    assert "Raman microscope" not in client.get("/notices").text
    with deed():
        claimed = sending.claim(NOW)
        assert claimed and sending.hand_over(claimed, NOW)
    with deed():
        if ended:
            assert sending.doubt_unanswered(NOW + sending.LEASE) == 1
        else:
            sending.note_doubtful(claimed, "timed out", NOW)
    assert states() == ["doubtful"]
    assert "Raman microscope" in client.get("/notices").text


def test_the_institution_reads_it_in_its_journal(client: FlaskClient, place, runner, doubts) -> None:
    sign_in(client, runner)
    client.post(f"/platform/letters/{doubts[0]}", data={"decision": "send_again"})
    page = client.get(f"/institutions/{place.lab.institution_id}/journal?thing=notice").text
    assert "Letter in doubt sent again" in page


# --- Programs, the command line, monitoring -------------------------------------------------------------------------------


def test_programs_list_and_decide(client: FlaskClient, world, place, runner, doubts, states) -> None:
    token = bearer(world.token(runner, SCOPES))
    found = client.get(f"{API}?limit=2", headers=token).json
    assert (found["total"], [each["id"] for each in found["items"]]) == (3, doubts[:2])
    first = found["items"][0]
    assert (first["mail"], first["kind"], first["label"]) == (place.lin.mail, "own.booked", "I book")
    rest = client.get(f"{API}?cursor={found['next']}", headers=token).json
    assert ([each["id"] for each in rest["items"]], rest["items"][0]["failure"]) == (doubts[2:], "")
    body = {"ids": doubts[:2], "decision": "send_again"}
    left = client.post(f"{API}/decide", json=body, headers=token).json
    assert (left["total"], states()) == (1, ["due", "due", "doubtful"])


def test_the_command_line_lists_and_decides(app: Flask, place, doubts, states) -> None:
    run = app.test_cli_runner().invoke
    listed = run(args=["notices", "in-doubt"]).output
    assert listed.count(place.lin.mail) == 3 and f"{doubts[0]}\t" in listed
    assert run(args=["notices", "decide", "arrived"]).exit_code == 2
    assert run(args=["notices", "decide", "arrived", str(NOBODY)]).exit_code == 1
    assert states() == ["doubtful"] * 3
    assert (
        run(args=["notices", "decide", "arrived", str(doubts[0])]).output == "1 letter is noted as arrived\n"
    )
    app.config["FROZEN_NOW"] = NOW + HOUR
    assert run(args=["notices", "decide", "send-again", "--all"]).output == "2 letters are sent again\n"
    assert states() == ["sent", "due", "due"]
    assert deeds() == [("letter.arrived", None), ("letter.sent_again", None), ("letter.sent_again", None)]


def test_readyz_counts_them_with_their_age(client: FlaskClient, app: Flask, doubts) -> None:
    app.config["FROZEN_NOW"] = NOW + HOUR
    assert "\nmail in doubt: 3 waiting, the oldest for 3600 s\n" in client.get("/readyz").text
