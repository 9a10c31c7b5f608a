"""Doors of reservations on the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from instruments.reservations.tasks import expire_overdue

reservations = AppGroup("reservations", help="Who holds what when.")


@reservations.command("sweep")
def sweep() -> None:
    """Let requests expire that no lab answered in time; the worker does it every minute."""
    click.echo(f"{expire_overdue()} requests expired")
