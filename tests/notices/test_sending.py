"""Mail goes out once: past a dead server, past two workers, past a claim that ran out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import deed
from instruments.notices import sending, tasks
from instruments.notices.models import NoticeDelivery
from instruments.web import clock
from tests.conftest import NOW
from tests.notices.conftest import HOUR, TOMORROW, at_once
from tests.smtp import MailServer, mail_server

MINUTE = timedelta(minutes=1)


@pytest.fixture
def server(app: Flask):
    """A mail server that is alive, and where MAIL_URL points."""
    with mail_server() as running:
        app.config["MAIL_URL"] = running.url
        yield running


@pytest.fixture
def one_due(place):
    """One mail that is due, of Lin's booking."""
    place.books(place.lin)
    tasks.follow()


def send_at(moment) -> int:
    with clock.stopped_at(moment):
        return tasks.send()


# --- Refusals ---------------------------------------------------------------------------------------------------------


def test_a_dead_server_loses_nothing(app, one_due, states) -> None:
    app.config["MAIL_URL"] = "smtp://127.0.0.1:1"
    assert send_at(NOW) == 0
    row = db.session.scalars(select(NoticeDelivery)).one()
    assert (row.state, row.next_at, bool(row.failure)) == ("due", NOW + MINUTE, True)
    with mail_server() as running:
        app.config["MAIL_URL"] = running.url
        assert send_at(NOW) == 0
        assert send_at(NOW + MINUTE) == 1
        assert send_at(NOW + HOUR) == 0
    assert states() == ["sent"]


def test_a_dead_server_is_asked_once_in_a_pass(app, place, states) -> None:
    for hours in range(5):
        place.books(place.lin, start=TOMORROW + hours * HOUR)
    tasks.follow()
    app.config["MAIL_URL"] = "smtp://127.0.0.1:1"
    send_at(NOW)
    attempts = db.session.scalars(select(NoticeDelivery.attempts).order_by(NoticeDelivery.id)).all()
    assert attempts == [1, 0, 0, 0, 0]
    assert states() == ["due"] * 5


@pytest.mark.parametrize(
    ("answer", "state"), [("550 no such person", "failed"), ("450 try again later", "due")]
)
def test_what_the_server_says_of_a_recipient_counts(
    server: MailServer, one_due, states, answer, state
) -> None:
    server.refuses = answer
    assert send_at(NOW) == 0
    assert states() == [state]


def test_one_bad_address_does_not_hold_up_the_others(server: MailServer, place, states) -> None:
    place.books(place.lin)
    place.books(place.mei, start=TOMORROW + HOUR)
    tasks.follow()
    bad = place.lin.mail
    server.answer = lambda letter: "554 not this one" if bad in letter["To"] else "250 taken"
    assert send_at(NOW) == 1
    assert states() == ["failed", "sent"]


def test_who_left_meanwhile_gets_nothing(server: MailServer, place, one_due, states) -> None:
    place.lin.deactivated_at = NOW
    db.session.commit()
    assert send_at(NOW) == 0
    assert (states(), server.letters) == (["failed"], [])


@pytest.mark.parametrize(("attempt", "minutes"), [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (500, 60)])
def test_the_wait_doubles_up_to_an_hour(attempt, minutes) -> None:
    assert sending.wait_after(attempt) == minutes * MINUTE


# --- Once -------------------------------------------------------------------------------------------------------------


def test_many_letters_go_over_one_connection_each_once(server: MailServer, place, states) -> None:
    for hours in range(6):
        place.books(place.lin, start=TOMORROW + hours * HOUR)
    tasks.follow()
    assert (send_at(NOW), send_at(NOW + HOUR)) == (6, 0)
    assert len({letter["Message-ID"] for letter in server.letters}) == 6
    assert states() == ["sent"] * 6


def test_two_workers_at_once_send_each_letter_once(server: MailServer, place, app: Flask, states) -> None:
    for hours in range(10):
        place.books(place.manager, place.lin, start=TOMORROW + hours * HOUR)
    at_once(app, tasks.sweep, 3)
    numbers = [letter["Message-ID"] for letter in server.letters]
    assert (len(numbers), len(set(numbers))) == (20, 20)
    assert states() == ["sent"] * 20


def test_a_claim_that_was_lost_changes_nothing(one_due, states) -> None:
    with deed():
        lost = sending.claim(NOW)
    with deed():
        held = sending.claim(NOW + sending.LEASE)
    assert lost and held and lost.delivery_id == held.delivery_id
    with deed():
        sending.note_failed(lost, "too late", NOW)
    assert states() == ["sending"]
    with deed():
        sending.note_sent(held, NOW)
    assert states() == ["sent"]


# --- Who watches ------------------------------------------------------------------------------------------------------


def test_readyz_tells_how_long_the_oldest_mail_waits(client, app, one_due) -> None:
    app.config["MAIL_URL"] = "smtp://127.0.0.1:1"
    send_at(NOW)
    app.config["FROZEN_NOW"] = NOW + 5 * MINUTE
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (
        200,
        "ready\njournal: 0 waiting\nmail: 1 waiting, the oldest for 300 s\nmail in doubt: 0 waiting\nstatements: 0 waiting\n",
    )  # fmt: skip


def test_readyz_tells_that_no_worker_reads_the_journal(client, app, place) -> None:
    tasks.follow()
    place.books(place.manager, place.lin)
    app.config["FROZEN_NOW"] = NOW + 5 * MINUTE
    assert "\njournal: 1 waiting, the oldest for 300 s\nmail: 0 waiting\n" in client.get("/readyz").text
    tasks.follow()
    assert "\njournal: 0 waiting\nmail: 2 waiting, the oldest for 0 s\n" in client.get("/readyz").text


def test_readyz_says_when_nothing_waits(client, app) -> None:
    assert client.get("/readyz").text == (
        "ready\njournal: 0 waiting\nmail: 0 waiting\nmail in doubt: 0 waiting\nstatements: 0 waiting\n"
    )


def test_the_worker_does_it(app) -> None:
    asked = {task.name for task in app.extensions["jobs"]._registry.periodic_tasks}
    assert {
        f"sweep.instruments.notices.tasks.{name}" for name in ("sweep", "confirm_memberships", "forget")
    } <= asked
