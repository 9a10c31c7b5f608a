"""The alarm clock: wakes what stands as rows in the rooms, soon or by the clock, in the worker's process.

The queue may lose a call (it did when the worker was killed in the middle of one), so it carries names and ids only.
Each room keeps what is to be done as rows, makes its jobs idempotent, and has a sweep that finds what was left.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from flask import Flask, current_app
from huey import Huey, RedisHuey, SqliteHuey, crontab

log = logging.getLogger(__name__)

Job = Callable[..., object]
MINUTES_AN_HOUR = 60


class Tasks(Protocol):
    """What a room's tasks.py offers. JOBS: by name, called with ids. SWEEPS: (minutes between two, function)."""

    JOBS: Mapping[str, Job]
    SWEEPS: Iterable[tuple[int, Job]]


def init_app(app: Flask, rooms: Iterable[Tasks]) -> None:
    """Give the application its queue, and the queue the tasks of the rooms."""
    queue = _queue(app)
    jobs: dict[str, Job] = {}
    for room in rooms:
        jobs.update(room.JOBS)
        for minutes, sweep in room.SWEEPS:
            queue.periodic_task(_every(minutes), name=f"sweep.{sweep.__module__}.{sweep.__name__}")(
                _in_context(app, sweep)
            )

    def ring(name: str, *arguments: int) -> None:
        jobs[name](*arguments)

    ringing = queue.task(name="ring")(_in_context(app, ring))
    app.extensions["jobs"] = queue
    app.extensions["jobs_ring"] = ringing


def wake(name: str, *arguments: int) -> None:
    """Ask the worker to run a job of a room soon. Call it after the deed that wrote the rows has been committed.

    A queue that is away is no failure of the deed: the room's sweep finds the row.
    """
    try:
        current_app.extensions["jobs_ring"](name, *arguments)
    except Exception:
        log.warning("the job %s was not queued; a sweep will find it", name, exc_info=True)


def work(app: Flask, workers: int) -> None:
    """Run jobs and sweeps until told to stop (SIGINT ends after the job in hand)."""
    keep_what_is_loaded()
    app.extensions["jobs"].create_consumer(workers=workers, worker_type="thread", max_delay=1.0).run()


def keep_what_is_loaded() -> None:
    """Spare the collector of circles what is loaded now and stays: a sixth of charging a month was looking through it again
    and again, as thousands of rows come and go. What comes later is collected as ever.
    """
    gc.collect()
    gc.freeze()


def _queue(app: Flask) -> Huey:
    immediate = bool(app.config.get("JOBS_IMMEDIATE"))
    if app.config["REDIS_URL"] and not immediate:
        return RedisHuey("instrument-commons", url=app.config["REDIS_URL"], results=False)
    file = Path(app.instance_path) / "jobs.db"
    return SqliteHuey("instrument-commons", filename=str(file), results=False, immediate=immediate)


def _every(minutes: int) -> Any:
    if minutes < MINUTES_AN_HOUR:
        return crontab(minute=f"*/{minutes}")
    return crontab(minute="0", hour=f"*/{minutes // MINUTES_AN_HOUR}")


def _in_context(app: Flask, job: Job) -> Job:
    def run(*arguments: int) -> None:
        with app.app_context():
            job(*arguments)

    return run
