"""Pages while the worker refreshes 500 outside calendars of 500 events each: what they take by the wall, in between."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy import delete, func, insert, select

from bench import calling
from bench.booking import _separately
from bench.measuring import NOW
from bench.report import Result
from instruments.availability.models import BusyTime
from instruments.calendars.models import CalendarSubscription
from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.database.transactions import deed

ROOT = Path(__file__).parent.parent
CALENDARS, EVENTS = 500, 500
QUIET = 60
PAUSE_SECONDS = 0.1
MOST = 100
PORT = 5987
# Processes of their own, as in production: they take time from the pages only as other processes do.
SERVER = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(PORT)]
WORKER = [sys.executable, "-c", """
from app import create_app
from instruments.calendars import tasks
with create_app().app_context():
    tasks.sweep()
"""]  # fmt: skip


def measure(app: Flask, database: str) -> list[Result]:
    """The slowest twentieth of the pages, while nothing else happens and during one whole sweep of the worker."""
    numbers = list(db.session.scalars(select(Instrument.id).order_by(Instrument.id).limit(CALENDARS)))
    addresses = ["/", f"/instruments/{numbers[0]}", f"/instruments/{numbers[0]}/week.json"]
    db.session.rollback()
    quiet = _pages(app, addresses, lambda count: count < QUIET)
    try:
        with _served() as folder:
            _subscribe(numbers, folder)
            began = time.perf_counter()
            with _worker() as works:
                busy = _pages(app, addresses, lambda _: works.poll() is None)
            seconds, done = time.perf_counter() - began, _refreshed()
    finally:
        _take_away()
    slow, usual = (quantiles(times, n=20)[-1] for times in (busy, quiet))
    detail = (
        f"{len(busy)} pages: median {median(busy):.0f} ms; without a worker {median(quiet):.0f} ms, 95 % {usual:.0f} ms; "
        f"{done} of {CALENDARS} calendars of {EVENTS} events in {seconds:.0f} s"
    )
    path = "pages while calendars are refreshed: 95 % by the wall"
    return [Result(path, database, slow, "ms", MOST, detail)]


def _pages(app: Flask, addresses: list[str], goes_on: Callable[[int], bool]) -> list[float]:
    """Milliseconds of each page, one after another with a breath between."""
    taken: list[float] = []
    while goes_on(len(taken)):
        address = addresses[len(taken) % len(addresses)]
        began = time.perf_counter()
        status, _ = _separately(lambda address=address: calling.request(app, "GET", address))
        taken.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"no page: {status}")
        time.sleep(PAUSE_SECONDS)
    return taken


@contextmanager
def _served() -> Iterator[Path]:
    """A folder whose files can be fetched."""
    with TemporaryDirectory() as folder:
        server = subprocess.Popen([*SERVER, "--directory", folder], stderr=subprocess.DEVNULL)
        try:
            yield Path(folder)
        finally:
            server.kill()
            server.wait()


@contextmanager
def _worker() -> Iterator[subprocess.Popen[bytes]]:
    address = db.engine.url.render_as_string(hide_password=False)
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "SECRET_KEY": "bench",
        "CALENDAR_ALLOW": "127.0.0.1",
    }
    with TemporaryDirectory() as folder:
        environment |= {"INSTANCE_DIR": folder, "FILES_DIR": folder}
        worker = subprocess.Popen(WORKER, cwd=ROOT, env=environment)
        try:
            yield worker
        finally:
            worker.kill()
            worker.wait()


def _subscribe(numbers: list[int], folder: Path) -> None:
    """A calendar for each instrument, due now, each of its own file."""
    rows = []
    for number in numbers:
        (folder / f"{number}.ics").write_bytes(_calendar(number))
        rows.append({
            "instrument_id": number, "name": "bench", "address": f"http://127.0.0.1:{PORT}/{number}.ics",
            "host": "127.0.0.1", "due_at": NOW - timedelta(days=365), "created_at": NOW,
        })  # fmt: skip
    with deed():
        db.session.execute(insert(CalendarSubscription), rows)


def _calendar(number: int) -> bytes:
    """Half an hour each, from tomorrow on, two a day."""
    first = datetime.now(UTC).replace(hour=number % 20, minute=0, second=0, microsecond=0) + timedelta(days=1)
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}-{each}@outside.example\r\nDTSTAMP:20270101T000000Z\r\nSUMMARY:Busy\r\n"
        f"DTSTART:{first + timedelta(hours=12 * each):%Y%m%dT%H%M%SZ}\r\nDURATION:PT30M\r\nEND:VEVENT\r\n"
        for each in range(EVENTS)
    )
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Outside//EN\r\n"
    return f"{head}{events}END:VCALENDAR\r\n".encode()


def _refreshed() -> int:
    ours = CalendarSubscription.name == "bench"
    read = select(func.count()).where(ours, CalendarSubscription.succeeded_at.is_not(None))
    count = db.session.scalar(read) or 0
    db.session.rollback()
    return count


def _take_away() -> None:
    with deed():
        ours = select(CalendarSubscription.id).where(CalendarSubscription.name == "bench")
        db.session.execute(delete(BusyTime).where(BusyTime.subscription_id.in_(ours)))
        db.session.execute(delete(CalendarSubscription).where(CalendarSubscription.name == "bench"))
        raise_catalog()
