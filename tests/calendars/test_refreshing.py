"""Outside calendars are asked, read, and asked again: failures keep the last good times, and nobody is asked twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from instruments.availability.models import BusyTime
from instruments.calendars import refreshing, subscribing, tasks
from instruments.calendars.backoff import next_time, wanted_wait
from instruments.calendars.models import CalendarSubscription
from instruments.database import db
from instruments.database.transactions import deed
from instruments.journal.models import JournalEntry
from tests.calendars.files import calendar, event, hour
from tests.calendars.hostile import Hostile, hostile_server
from tests.world import World

SHANGHAI_NINE = datetime(2027, 3, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def hostile(app: Flask) -> Iterator[Hostile]:
    app.config["CALENDAR_ALLOW"] = ("127.0.0.1",)
    with hostile_server() as server:
        yield server


def subscribe(owner, address: str, now: datetime) -> int:
    row = subscribing.add_address(owner, "The lab's own", address, actor_id=None, now=now)
    db.session.commit()
    return row.id


def refresh(number: int, app: Flask, at: datetime | None = None) -> CalendarSubscription:
    """Let the worker do it at a moment; the row afterwards."""
    if at is not None:
        app.config["FROZEN_NOW"] = at
    tasks.refresh(number)
    return db.session.get_one(CalendarSubscription, number, populate_existing=True)


def starts() -> list[datetime]:
    found = list(db.session.scalars(select(BusyTime.starts_at).order_by(BusyTime.starts_at)))
    db.session.rollback()
    return found


def codes(row: CalendarSubscription) -> list[str]:
    return [reason["code"] for reason in row.failure or ()]


def body_files(app: Flask) -> list[Path]:
    folder = Path(app.config["FILES_DIR"]) / "calendars"
    return sorted(folder.glob("*")) if folder.exists() else []


@pytest.fixture(autouse=True)
def no_files(app: Flask) -> None:
    for path in body_files(app):
        path.unlink()


# --- Failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/page.ics", "calendar_page"),
        ("/empty.ics", "calendar_empty"),
        ("/cut.ics", "calendar_broken_off"),
        ("/half.ics", "calendar_cut"),
        ("/nested.ics", "calendar_deep"),
        ("/endless.ics", "calendar_large"),
        ("/tired.ics", "calendar_status"),
        ("/garbled.ics", "calendar_none_read"),
    ],
)
def test_the_last_good_times_stay_when_a_fetch_or_a_file_fails(
    app: Flask, world: World, now: datetime, hostile: Hostile, path: str, why: str
) -> None:
    hostile.says("/page.ics", b"<html>Sign in</html>")
    hostile.says("/empty.ics")
    hostile.says("/half.ics", calendar(hour())[:100])
    hostile.says("/nested.ics", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + b"BEGIN:VALARM\r\n" * 10_000)
    hostile.says("/tired.ics", b"secret of the inside", status=500)
    hostile.says("/garbled.ics", calendar(event("DTSTART:tomorrow")))
    number = subscribe(world.instrument(), hostile.address("/good.ics"), now)
    assert codes(refresh(number, app)) == []
    hostile.answers["/good.ics"] = hostile.answers[path]
    row = refresh(number, app, now + timedelta(hours=1))
    assert (codes(row), row.failures) == ([why], 1)
    assert starts() == [SHANGHAI_NINE]
    assert row.succeeded_at == now
    assert "secret" not in repr(row.failure)
    assert len(body_files(app)) == 1
    hostile.says("/good.ics", calendar(hour(start=14)))
    row = refresh(number, app, now + timedelta(hours=4))
    assert (codes(row), row.failures) == ([], 0)
    assert starts() == [SHANGHAI_NINE + 5 * HOUR]
    assert len(body_files(app)) == 1


def test_a_machine_inside_the_network_is_not_asked(
    app: Flask, world: World, now: datetime, hostile: Hostile
) -> None:
    app.config["CALENDAR_ALLOW"] = ()
    row = refresh(subscribe(world.lab(), hostile.address("/good.ics"), now), app)
    assert codes(row) == ["calendar_not_public"]
    assert hostile.seen == []


def test_a_confined_process_that_is_too_slow_or_too_large_is_said_of_the_calendar(
    app: Flask, world: World, now: datetime, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "FETCH_SECONDS", 2)
    row = refresh(subscribe(world.lab(), hostile.address("/silent.ics"), now), app)
    assert codes(row) == ["file_too_slow"]
    assert row.failure[0]["message"] == "The calendar takes too long to fetch or to read."


def test_an_event_that_cannot_be_read_does_not_sink_the_others(
    app: Flask, world: World, now: datetime, hostile: Hostile
) -> None:
    hostile.says("/bad.ics", calendar(event("DTSTART:tomorrow"), hour()))
    row = refresh(subscribe(world.lab(), hostile.address("/bad.ics"), now), app)
    assert (codes(row), row.report["unread"], starts()) == ([], [[4, "times"]], [SHANGHAI_NINE])


# --- Again ------------------------------------------------------------------------------------------------------------


def test_an_unchanged_calendar_is_not_read_again_before_the_day_is_over(
    app: Flask, world: World, now: datetime, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily = calendar(event("DTSTART:20270302T010000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"))
    hostile.says("/daily.ics", daily, ETag='"one"')
    number = subscribe(world.instrument(), hostile.address("/daily.ics"), now)
    refresh(number, app)
    laid_out = len(starts())
    read: list[Any] = []
    function = tasks.read_calendar

    def counted(call: Any, *arguments: Any, **more: Any) -> Any:
        read.extend([call] if call is function else [])
        return really(call, *arguments, **more)

    really = tasks.confined
    monkeypatch.setattr(tasks, "confined", counted)
    for status, body in ((304, b""), (200, daily)):
        hostile.says(
            "/daily.ics", body, status=status, Content_Length="" if status == 304 else str(len(body))
        )
        app.config["FROZEN_NOW"] = app.config["FROZEN_NOW"] + HOUR
        row = refresh(number, app)
        assert (codes(row), read, len(starts())) == ([], [], laid_out)
        assert hostile.seen[-1][1].get("If-None-Match") == '"one"'
    hostile.says("/daily.ics", status=304, Content_Length="")
    refresh(number, app, now + timedelta(days=3))
    assert read == [function]
    assert len(starts()) == laid_out + 3  # what is over stays, and three more days are in sight
    assert len(body_files(app)) == 1


def test_our_own_events_close_nothing(app: Flask, world: World, now: datetime, hostile: Hostile) -> None:
    own = event("DTSTART:20270302T010000Z", "DURATION:PT1H", uid="reservation-1@localhost")
    hostile.says("/own.ics", calendar(own))
    row = refresh(subscribe(world.lab(), hostile.address("/own.ics"), now), app)
    assert (row.report["own"], starts()) == (1, [])


def test_a_failure_is_followed_by_a_longer_wait_and_a_wish_is_respected(
    app: Flask, world: World, now: datetime, hostile: Hostile
) -> None:
    lab = world.lab()
    hostile.says("/tired.ics", status=503)
    number, other = (subscribe(lab, hostile.address(path), now) for path in ("/tired.ics", "/good.ics"))
    waits = []
    for _ in range(3):
        row = refresh(number, app)
        waits.append(row.due_at - app.config["FROZEN_NOW"])
        app.config["FROZEN_NOW"] = row.due_at
    assert waits[0] < waits[1] < waits[2]
    hostile.says("/tired.ics", status=429, Retry_After="86000")
    row = refresh(number, app)
    for each in (row, db.session.get_one(CalendarSubscription, other, populate_existing=True)):
        assert each.due_at >= app.config["FROZEN_NOW"] + timedelta(seconds=86000)


@given(failures=st.integers(0, 50), chance=st.floats(0, 1))
def test_the_next_time_is_never_sooner_than_the_interval_nor_later_than_a_day(
    failures: int, chance: float
) -> None:
    now, interval = datetime(2027, 3, 1, tzinfo=UTC), timedelta(minutes=30)
    wait = next_time(now, interval, failures, chance) - now
    assert timedelta(minutes=24) <= wait <= timedelta(days=1.2)
    if failures > 6:
        assert wait >= timedelta(hours=19)


def test_a_wish_to_be_left_alone_is_read() -> None:
    now = datetime(2027, 3, 1, tzinfo=UTC)
    assert wanted_wait("120", now) == timedelta(seconds=120)
    assert wanted_wait("Mon, 01 Mar 2027 01:00:00 GMT", now) == HOUR
    assert wanted_wait("999999999", now) == timedelta(days=7)
    for nonsense in ("", "soon", "-5", "Sun, 28 Feb 2027 01:00:00 GMT", "１２"):
        assert wanted_wait(nonsense, now) == timedelta(0)


# --- Once -------------------------------------------------------------------------------------------------------------


def test_two_workers_do_not_ask_for_the_same(
    app: Flask, world: World, now: datetime, hostile: Hostile
) -> None:
    number = subscribe(world.lab(), hostile.address("/good.ics"), now)
    taken: list[bool] = []

    def work() -> None:
        with app.app_context(), deed():
            taken.append(refreshing.claim(number, now) is not None)

    workers = [threading.Thread(target=work) for _ in range(6)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(taken) == [False] * 5 + [True]
    tasks.sweep()
    assert hostile.seen == []


def test_what_a_killed_worker_left_is_done_by_the_next_sweep(
    app: Flask, world: World, now: datetime, hostile: Hostile
) -> None:
    number = subscribe(world.lab(), hostile.address("/good.ics"), now)
    with deed():
        assert refreshing.claim(number, now)
    app.config["FROZEN_NOW"] = now + refreshing.LEASE - timedelta(seconds=1)
    tasks.sweep()
    assert hostile.seen == []
    app.config["FROZEN_NOW"] = now + refreshing.LEASE
    tasks.sweep()
    assert (len(hostile.seen), starts()) == (1, [SHANGHAI_NINE])


def test_who_lost_the_lease_writes_nothing(app: Flask, world: World, now: datetime, hostile: Hostile) -> None:
    number = subscribe(world.lab(), hostile.address("/good.ics"), now)
    with deed():
        slow = refreshing.claim(number, now)
    assert slow is not None
    refresh(number, app, now + refreshing.LEASE)
    late = refreshing.Reading("x", "y", report={"spans": [], "events": 0})
    with deed():
        assert not refreshing.note_success(slow, late, HOUR, 0.5, now + 2 * refreshing.LEASE)
    assert starts() == [SHANGHAI_NINE]


def test_one_host_is_asked_for_one_calendar_at_a_time(
    app: Flask, world: World, now: datetime, hostile: Hostile
) -> None:
    lab = world.lab()
    first, second = (subscribe(lab, hostile.address(path), now) for path in ("/good.ics", "/packed.ics"))
    with deed():
        assert refreshing.claim(first, now)
    with deed():
        assert refreshing.claim(second, now) is None


def test_paused_and_removed_calendars_are_not_asked(
    app: Flask, world: World, now: datetime, hostile: Hostile
) -> None:
    lab, person = world.lab(), world.person()
    number = subscribe(lab, hostile.address("/good.ics"), now)
    refresh(number, app)
    subscribing.pause(subscribing.the_subscription(number), actor_id=person.id, now=now)
    db.session.commit()
    app.config["FROZEN_NOW"] = now + timedelta(days=2)
    tasks.sweep()
    assert (len(hostile.seen), starts()) == (1, [SHANGHAI_NINE])
    subscribing.remove(subscribing.the_subscription(number), actor_id=person.id, now=now)
    db.session.commit()
    assert starts() == []


def test_the_command_says_what_became_of_each(
    app: Flask, world: World, now: datetime, hostile: Hostile, runner: FlaskCliRunner
) -> None:
    hostile.says("/page.ics", b"<html>")
    number, other = (
        subscribe(world.lab(), hostile.address(path), now) for path in ("/good.ics", "/page.ics")
    )
    said = runner.invoke(args=["calendars", "refresh"]).output.splitlines()
    assert set(said) == {
        f"{number} The lab's own: 1 events",
        f"{other} The lab's own: calendar_page",
        "2 calendars were due.",
    }
    assert runner.invoke(args=["calendars", "refresh"]).output == "0 calendars were due.\n"
    assert "2 calendars were due." in runner.invoke(args=["calendars", "refresh", "--all"]).output


def test_the_journal_keeps_no_address(app: Flask, world: World, now: datetime, hostile: Hostile) -> None:
    refresh(subscribe(world.lab(), hostile.address("/good.ics?key=hush"), now), app)
    noted = repr([entry.detail for entry in db.session.scalars(select(JournalEntry))])
    assert "127.0.0.1" in noted and "hush" not in noted and "good.ics" not in noted


def test_it_is_read_as_far_ahead_as_those_may_book_who_may_book_furthest(
    app: Flask, world: World, hostile: Hostile, now: datetime
) -> None:
    instrument = world.instrument()
    world.rules(instrument, horizon_days=14, lab_days=300)
    later = now + timedelta(days=250)
    ends = (
        f"{name}:{moment:%Y%m%dT%H%M%SZ}" for name, moment in (("DTSTART", later), ("DTEND", later + HOUR))
    )
    hostile.says("/later.ics", calendar(event(*ends)))
    refresh(subscribe(instrument, hostile.address("/later.ics"), now), app)
    assert starts() == [later]
