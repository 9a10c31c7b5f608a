"""The alarm clock rings by name, and a queue that is away undoes nothing."""

from __future__ import annotations

import gc
import signal
import sqlite3
import subprocess
import sys
import time
import weakref
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select

from instruments.database import db
from instruments.jobs import alarm
from instruments.web import idempotency
from instruments.web.models import IdempotentAnswer
from instruments.web.tasks import forget_answers
from tests.live import ROOT


def small_app(folder, **settings) -> Flask:
    app = Flask("small", instance_path=str(folder))
    app.config.update(REDIS_URL="", **settings)
    return app


def test_a_job_is_called_by_name_with_its_ids(tmp_path) -> None:
    done: list[tuple[int, ...]] = []
    app = small_app(tmp_path, JOBS_IMMEDIATE=True)
    alarm.init_app(app, [SimpleNamespace(JOBS={"catalog.import": lambda *ids: done.append(ids)}, SWEEPS=())])
    with app.app_context():
        alarm.wake("catalog.import", 7, 8)
    assert done == [(7, 8)]


def test_a_queue_that_is_away_undoes_nothing(tmp_path, caplog) -> None:
    app = small_app(tmp_path, JOBS_IMMEDIATE=True)
    alarm.init_app(app, ())
    app.extensions["jobs_ring"] = lambda *_: (_ for _ in ()).throw(sqlite3.OperationalError("disk full"))
    with app.app_context():
        alarm.wake("catalog.import", 7)
    assert "a sweep will find it" in caplog.text


@pytest.mark.parametrize(
    ("minutes", "due", "not_due"),
    [(1, (3, 7), None), (15, (3, 15), (3, 16)), (60, (3, 0), (3, 30)), (120, (4, 0), (3, 0))],
)
def test_sweeps_come_by_the_clock(minutes, due, not_due) -> None:
    comes = alarm._every(minutes)
    assert comes(datetime(2027, 3, 1, *due, tzinfo=UTC))
    assert not_due is None or not comes(datetime(2027, 3, 1, *not_due, tzinfo=UTC))


def test_answers_older_than_a_day_are_forgotten(app, world, now) -> None:
    person = world.person()
    for age in (1, 23, 25, 300):
        idempotency.claim(person.id, f"key {age}", b"", now - timedelta(hours=age))
    db.session.commit()
    forget_answers()
    assert db.session.scalar(select(func.count()).select_from(IdempotentAnswer)) == 2


def test_circles_made_after_the_worker_began_are_still_collected() -> None:
    class Thing:
        itself: Thing

    try:
        alarm.keep_what_is_loaded()
        assert gc.get_freeze_count()
        thing = Thing()
        thing.itself, left = thing, weakref.ref(thing)
        del thing
        gc.collect()
        assert left() is None
    finally:
        gc.unfreeze()


def test_the_worker_starts_and_ends_at_once_when_interrupted(database, tmp_path) -> None:
    command = [sys.executable, "-m", "flask", "--app", "app", "jobs", "work"]
    environment = {"PATH": "/usr/bin:/bin", "DATABASE_URL": database.url, "INSTANCE_DIR": str(tmp_path)}
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while not (tmp_path / "jobs.db").exists() and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(1)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(10) == 0
