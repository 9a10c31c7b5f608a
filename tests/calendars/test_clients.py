"""Real calendar programs subscribe over HTTP: they see no change where there is none, then a move and a cancel."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from caldav import DAVClient, Event

from instruments.calendars import keys
from instruments.database import db
from instruments.people.models import Person
from instruments.people.signing import actor_by_id
from instruments.reservations.cancelling import cancel
from instruments.reservations.models import Reservation
from instruments.reservations.moving import Change, change
from tests.world import World

BIN = Path(sys.executable).parent
VDIRSYNCER = """
[general]
status_path = "{folder}/status"
[pair bookings]
a = "here"
b = "there"
collections = null
[storage here]
type = "filesystem"
path = "{folder}/bookings"
fileext = ".ics"
[storage there]
type = "http"
url = "{address}"
"""
KHAL = """
[calendars]
[[bookings]]
path = {folder}/bookings
[locale]
local_timezone = Asia/Shanghai
default_timezone = Asia/Shanghai
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}/khal.db
"""


@pytest.fixture
def soon() -> datetime:
    """Ten in the morning in Shanghai, in two days: the programs have a clock of their own."""
    return (datetime.now(UTC) + timedelta(days=2)).replace(hour=2, minute=0, second=0, microsecond=0)


@pytest.fixture
def booked(world: World, soon: datetime) -> Reservation:
    instrument = world.instrument(name_en="Raman microscope", name_zh="拉曼显微镜")
    person = world.person(instrument.lab.institution, language="zh_Hans_CN")
    return world.reservation(instrument, person, soon, title="薄膜")


def feed_of(person: Person, server: str) -> str:
    token = keys.make(person.id, None, "vdirsyncer", datetime.now(UTC))
    db.session.commit()
    return f"{server}/calendars/people/{token}.ics"


def move(reservation: Reservation, start: datetime) -> None:
    actor = actor_by_id(reservation.user_id, datetime.now(UTC))
    change(actor, actor, reservation.id, Change(start, start + timedelta(hours=1)), None, datetime.now(UTC))
    db.session.commit()


def drop(reservation: Reservation) -> None:
    actor = actor_by_id(reservation.user_id, datetime.now(UTC))
    cancel(actor, reservation.id, "样品坏了", None, datetime.now(UTC))
    db.session.commit()


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., str]:
    """Runs a program with a home of its own; what it says."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
        "TZ": "Asia/Shanghai",
    }

    def call(*command: str) -> str:
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return call


def test_vdirsyncer_and_khal_follow_a_booking(
    server: str, booked: Reservation, soon: datetime, tmp_path: Path, run: Callable[..., str]
) -> None:
    (tmp_path / "bookings").mkdir()
    address = feed_of(booked.user, server)
    (tmp_path / "sync.conf").write_text(VDIRSYNCER.format(folder=tmp_path, address=address))
    (tmp_path / "khal.conf").write_text(KHAL.format(folder=tmp_path))
    day = f"{soon + timedelta(hours=8):%Y-%m-%d}"

    def sync() -> list[str]:
        """What it does to the local calendar. It names what it fetches by content, so a change is a new one for an old."""
        said = run("vdirsyncer", "-c", str(tmp_path / "sync.conf"), "sync")
        return sorted(word for word in ("uploading", "updating", "Deleting") if word in said)

    def listed() -> str:
        form = "{start-time} {title} {status}"
        return run(
            "khal",
            "-c",
            str(tmp_path / "khal.conf"),
            "list",
            "--notstarted",
            "-f",
            form,
            "-df",
            "",
            day,
            "1d",
        )

    run("vdirsyncer", "-c", str(tmp_path / "sync.conf"), "discover", "bookings")
    assert sync() == ["uploading"]
    assert listed().split() == ["10:00", "拉曼显微镜", "CONFIRMED"]
    assert sync() == []

    move(booked, soon + timedelta(hours=3))
    assert sync() == ["Deleting", "uploading"]
    assert listed().split() == ["13:00", "拉曼显微镜", "CONFIRMED"]

    drop(booked)
    assert sync() == ["Deleting", "uploading"]
    assert listed().split() == ["13:00", "拉曼显微镜", "CANCELLED"]
    assert sync() == []


def test_the_reader_of_caldav_follows_a_booking(server: str, booked: Reservation, soon: datetime) -> None:
    address = feed_of(booked.user, server)
    with DAVClient(url=server) as client:

        def fetch(tag: str = "") -> tuple[int, str, Event | None]:
            answer = client.request(address, headers={"If-None-Match": tag} if tag else {})
            event = Event(client, data=answer.raw) if answer.status == 200 else None
            return answer.status, answer.headers.get("ETag", ""), event

        status, tag, first = fetch()
        assert status == 200 and first is not None
        part, uid = first.get_icalendar_component(), f"reservation-{booked.id}@127.0.0.1"
        assert (part.start, str(part["summary"]), first.id) == (soon, "拉曼显微镜", uid)
        assert fetch(tag)[:2] == (304, tag)

        move(booked, soon + timedelta(hours=3))
        status, moved_tag, moved = fetch(tag)
        assert moved is not None and moved_tag != tag
        later = moved.get_icalendar_component()
        assert (moved.id, later.start) == (uid, soon + timedelta(hours=3))
        assert later["sequence"] > part["sequence"]

        drop(booked)
        _, _, gone = fetch(moved_tag)
        assert gone is not None and gone.get_icalendar_component()["status"] == "CANCELLED"
