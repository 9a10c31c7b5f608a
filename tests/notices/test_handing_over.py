"""A letter goes out once, whatever breaks and whoever is killed: once it was handed over, only a person sends it again."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from instruments.database import db
from instruments.database.transactions import deed, not_known_yet
from instruments.mail import send as mail
from instruments.notices import doubtful, sending, tasks
from instruments.notices.models import Notice, NoticeDelivery
from instruments.web import clock
from tests.conftest import NOW
from tests.live import ROOT, environment_of
from tests.notices.conftest import HOUR, TOMORROW, Place
from tests.smtp import MailServer, mail_server

MINUTE, LONG_AGO = timedelta(minutes=1), datetime(2020, 1, 1, tzinfo=UTC)
WORKER = """
from app import create_app
from instruments.notices import tasks
with create_app().app_context():
    tasks.send()
"""
# A worker that says so and stays where it is when the server has taken the letter, before that is committed.
STOPPING = """
import pathlib, sys, time
from instruments.notices import sending
def stop(*_, **__):
    pathlib.Path(sys.argv[1]).touch()
    time.sleep(150)
sending.note_sent = stop
"""


@pytest.fixture
def server(app: Flask):
    """A mail server that is alive, and where MAIL_URL points."""
    with mail_server() as running:
        app.config["MAIL_URL"] = running.url
        yield running


@pytest.fixture
def one_due(place: Place) -> None:
    """One mail that is due, of Lin's booking."""
    books(place, 1)


def books(place: Place, count: int) -> None:
    for hours in range(count):
        place.books(place.lin, start=TOMORROW + hours * HOUR)
    tasks.follow()
    with deed():
        db.session.execute(update(NoticeDelivery).values(next_at=LONG_AGO))


def send_at(moment: datetime) -> int:
    with clock.stopped_at(moment):
        return tasks.send()


def elsewhere(app: Flask, work: Callable[[], object]) -> None:
    """Do it as another worker would, while this one waits."""

    def begin() -> None:
        with app.app_context():
            work()

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join(30)


def decide(decision: str) -> None:
    with deed():
        numbers = list(db.session.scalars(select(NoticeDelivery.id)))
        doubtful.decide(numbers, decision, None, NOW)


# --- Refusals ---------------------------------------------------------------------------------------------------------


def test_a_claim_that_ran_out_hands_nothing_over(server: MailServer, app: Flask, one_due, states) -> None:
    def run_out() -> None:
        with deed():
            db.session.execute(update(NoticeDelivery).values(lease_until=NOW))

    server.before = lambda verb: elsewhere(app, run_out) if verb == "RCPT" else None
    with clock.stopped_at(NOW), deed():
        lost = sending.claim(NOW)
    assert lost
    run_out()
    with deed():
        assert not sending.hand_over(lost, NOW)
    # In the middle of it: each claim of this pass runs out before the content, until the pass is over.
    tasks_seconds, tasks.SEND_SECONDS = tasks.SEND_SECONDS, 1
    try:
        assert send_at(NOW) == 0
    finally:
        tasks.SEND_SECONDS = tasks_seconds
    assert (states(), server.letters) == (["sending"], [])
    server.before = lambda _: None
    assert send_at(NOW + HOUR) == 1
    assert len(server.letters) == 1


def test_who_lost_the_claim_to_another_sends_nothing(server: MailServer, app: Flask, one_due, states) -> None:
    """The first is slow; the second takes the letter over and sends it."""
    seen: list[str] = []

    def before(verb: str) -> None:
        if verb == "RCPT" and not seen:
            seen.append(verb)
            elsewhere(app, lambda: send_at(NOW + sending.LEASE))

    server.before = before
    assert send_at(NOW) == 0
    assert (states(), len(server.letters)) == (["sent"], 1)


@pytest.mark.parametrize(("answer", "state"), [("554 no such content", "failed"), ("451 not now", "due")])
def test_content_that_is_refused_before_it_goes_out_is_no_doubt(
    server: MailServer, place: Place, states, answer, state
) -> None:
    books(place, 2)
    server.refuses_data = answer
    assert send_at(NOW) == 0
    assert states() == [state, state]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_connection_that_breaks_before_the_content_is_no_doubt(
    server: MailServer, one_due, states, verb
) -> None:
    server.cut = verb
    assert send_at(NOW) == 0
    assert states() == ["due"]
    server.cut = ""
    assert (send_at(NOW + MINUTE), send_at(NOW + HOUR)) == (1, 0)
    assert len(server.letters) == 1


@pytest.mark.parametrize("said", ["", "banana", "354 go on", "999 who knows"])
def test_no_answer_or_none_that_can_be_read_is_a_doubt(server: MailServer, one_due, states, said) -> None:
    server.answer = lambda letter: server.letters.append(letter) or said
    assert send_at(NOW) == 0
    assert states() == ["doubtful"]
    server.answer = lambda _: "250 taken"
    assert [send_at(NOW + days * 24 * HOUR) for days in range(1, 4)] == [0, 0, 0]
    assert (states(), len(server.letters)) == (["doubtful"], 1)


def test_a_server_that_stays_silent_is_a_doubt(server: MailServer, one_due, states, monkeypatch) -> None:
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.3)
    over = threading.Event()
    server.answer = lambda _: "250 taken" if over.wait(20) else ""
    assert send_at(NOW) == 0
    over.set()
    assert states() == ["doubtful"]
    assert db.session.scalars(select(NoticeDelivery.failure)).one()


def test_a_server_that_does_not_answer_puts_one_letter_in_doubt_and_then_rests(
    server: MailServer, place: Place, states
) -> None:
    books(place, 4)
    server.answer = lambda _: ""
    seconds = [0, 30, 59, 60, 90, 179, 180, 400, 420]
    found = [(send_at(NOW + timedelta(seconds=each)), states().count("doubtful"))[1] for each in seconds]
    assert found == [1, 1, 1, 2, 2, 2, 3, 3, 4]


def test_the_rest_counts_from_the_doubt_not_from_the_handing_over(
    server: MailServer, one_due, states
) -> None:
    server.answer = lambda _: ""
    send_at(NOW)
    db.session.execute(update(NoticeDelivery).values(handed_at=NOW - 2 * MINUTE))
    db.session.commit()
    assert [sending.rests(NOW + timedelta(seconds=each)) for each in (0, 59, 60)] == [True, True, False]


@pytest.mark.parametrize(("answer", "told"), [("554 never", True), ("250 taken", False)])
def test_what_is_refused_for_good_is_found_in_the_app(
    server: MailServer, one_due, states, answer, told
) -> None:
    db.session.execute(update(Notice).values(in_app=False))
    db.session.commit()
    server.answer = lambda _: answer
    send_at(NOW)
    assert db.session.scalars(select(Notice.in_app)).all() == [told]


def test_while_another_waits_for_the_answer_nobody_else_does(server: MailServer, place: Place, app) -> None:
    books(place, 2)
    seen: list[int] = []

    def answer(_letter) -> str:
        if not seen:
            seen.append(0)
            elsewhere(app, lambda: seen.append(send_at(NOW + 20 * timedelta(seconds=1))))
        return "250 taken"

    server.answer = answer
    assert send_at(NOW) == 2
    assert seen == [0, 0]


# --- Late answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "pressed", "state"),
    [
        ("250 taken", None, "sent"),
        ("250 taken", "send_again", "sent"),
        ("250 taken", "arrived", "sent"),
        ("451 not now", None, "due"),
        ("554 never", None, "failed"),
        ("554 never", "send_again", "due"),
    ],
)
def test_an_answer_that_comes_after_the_doubt_still_counts(
    server: MailServer, app, one_due, states, said, pressed, state
) -> None:
    def doubt() -> None:
        with deed():
            assert sending.doubt_unanswered(NOW + sending.LEASE) == 1
        if pressed:
            decide(pressed)

    def answer(_letter) -> str:
        elsewhere(app, doubt)
        return said

    server.answer = answer
    with clock.stopped_at(NOW), deed():
        claimed = sending.claim(NOW)
    assert claimed
    with clock.stopped_at(NOW), mail.Post() as post:
        try:
            tasks._send(claimed, post)
        except OSError:
            pytest.fail("the answer came")
    assert states() == [state]


def test_what_became_of_a_letter_is_noted_when_the_database_is_back(
    server: MailServer, one_due, states, monkeypatch
) -> None:
    real, tries = sending.note_sent, []

    def away(*given, **named) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise not_known_yet()
        real(*given, **named)

    monkeypatch.setattr(sending, "note_sent", away)
    monkeypatch.setattr(tasks, "NOTE_PAUSE_SECONDS", 0)
    assert send_at(NOW) == 1
    assert states() == ["sent"]


# --- Without a server -------------------------------------------------------------------------------------------------


def test_in_the_folder_the_same_letter_lies_once_and_whole(app, place: Place, letters, states) -> None:
    books(place, 2)
    assert send_at(NOW) == 2
    with deed():  # as if the worker had been killed before it was noted
        db.session.execute(update(NoticeDelivery).values(state="sending", lease_until=NOW))
    assert send_at(NOW + HOUR) == 2
    names = sorted(each.name for each in letters.iterdir())
    assert len(names) == 2 and all(name.startswith("notice-") and name.endswith(".eml") for name in names)
    assert states() == ["sent", "sent"]


# --- Workers that are killed ------------------------------------------------------------------------------------------


def worker(database, app: Flask, server: MailServer, before: str = "", *words: str) -> subprocess.Popen:
    environment = environment_of(database) | {"MAIL_URL": server.url, "BASE_URL": app.config["BASE_URL"]}
    return subprocess.Popen([sys.executable, "-c", before + WORKER, *words], cwd=ROOT, env=environment)


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(20)


@pytest.mark.parametrize(
    ("verb", "found", "arrived"),
    [("CONN", "sending", 1), ("RCPT", "sending", 1), ("DATA", "handed", 0), (".", "handed", 0), ("250", "handed", 1)],
    ids=["before connecting", "before the content", "at the content", "before the server took it", "after it took it"],
)  # fmt: skip
def test_a_worker_killed_at_any_point_sends_nothing_twice_and_loses_nothing(
    server: MailServer, database, app, one_due, states, verb, found, arrived
) -> None:
    there, killed = threading.Event(), threading.Event()

    def stop(at: str) -> None:
        if at[:4] == verb:
            there.set()
            killed.wait(150)

    def answer(letter) -> str:
        if verb == "250":
            server.letters.append(letter)
        if verb in (".", "250"):
            there.set()
            killed.wait(150)
        return ""

    server.before, server.answer = stop, answer
    process = worker(database, app, server)
    assert there.wait(120)
    kill(process)
    killed.set()
    server.before, server.answer = (lambda _: None), (lambda _: "250 taken")
    assert states() == [found]
    again = [send_at(NOW + hours * HOUR) for hours in range(3)]
    if found == "sending":
        assert again == [1, 0, 0]
        assert states() == ["sent"]
    else:
        assert again == [0, 0, 0]
        assert states() == ["doubtful"]
    assert len(server.letters) == arrived
    if not arrived:  # It is not lost: whoever looks sends it.
        decide("send_again")
        assert send_at(NOW + 4 * HOUR) == 1
        assert (states(), len(server.letters)) == (["sent"], 1)


def test_a_worker_killed_between_the_answer_and_its_note_leaves_a_doubt(
    server: MailServer, database, app, one_due, states, tmp_path
) -> None:
    process = worker(database, app, server, STOPPING, str(tmp_path / "taken"))
    deadline = time.monotonic() + 120
    while not (tmp_path / "taken").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    kill(process)
    assert (states(), len(server.letters)) == (["handed"], 1)
    assert [send_at(NOW + hours * HOUR) for hours in range(3)] == [0, 0, 0]
    assert (states(), len(server.letters)) == (["doubtful"], 1)
    number = server.letters[0]["Message-ID"]
    decide("send_again")
    assert send_at(NOW + 4 * HOUR) == 1
    assert [letter["Message-ID"] for letter in server.letters] == [number, number]


def test_of_two_workers_that_are_killed_at_work_nothing_comes_twice(
    server: MailServer, database, app, place: Place, states
) -> None:
    books(place, 12)
    for stop_at in (3, 7):
        reached, killed = threading.Event(), threading.Event()

        def answer(_letter, stop_at=stop_at, reached=reached, killed=killed) -> str:
            if len(server.letters) >= stop_at:
                reached.set()
                killed.wait(150)
            return "250 taken"

        server.answer = answer
        pair = [worker(database, app, server) for _ in range(2)]
        assert reached.wait(120)
        for each in pair:
            kill(each)
        killed.set()
        with deed():  # as if the two minutes were over for which the next would wait
            db.session.execute(update(NoticeDelivery).values(handed_at=LONG_AGO))
    server.answer = lambda _: "250 taken"
    send_at(NOW)
    copies = Counter(letter["Message-ID"] for letter in server.letters)
    assert set(copies.values()) == {1}
    kept = Counter(states())
    assert kept["sent"] + kept["doubtful"] == 12 and 1 <= kept["doubtful"] <= 4
    # Whatever is not in doubt arrived, and those in doubt arrived here, unknown to the worker.
    assert len(copies) == 12
