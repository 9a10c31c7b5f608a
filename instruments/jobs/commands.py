"""Doors of the jobs on the command line."""

from __future__ import annotations

from contextlib import suppress

import click
from flask import current_app
from flask.cli import AppGroup

from instruments.jobs import alarm

jobs = AppGroup("jobs", help="Work outside of requests.")


@jobs.command("work")
@click.option("--workers", default=2, show_default=True, help="How many jobs may run at a time.")
def work(workers: int) -> None:
    """Run the jobs and the periodic sweeps of all rooms until interrupted."""
    with suppress(KeyboardInterrupt):  # before the first job was taken, nothing is in hand
        alarm.work(current_app._get_current_object(), workers)
