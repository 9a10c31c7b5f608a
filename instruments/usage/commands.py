"""Doors of usage on the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from instruments.usage import tasks

usage = AppGroup("usage", help="What was really used.")


@usage.command("sweep")
def sweep() -> None:
    """Release what nobody came to, end forgotten sessions, assume what nobody recorded, confirm what is due and tell labs what
    they have to confirm; the worker does it every minute."""
    found = tasks.sweep()
    click.echo(f"{found['released']} reservations released because nobody came")
    click.echo(f"{found['ended']} forgotten sessions ended")
    click.echo(f"{found['assumed']} uses assumed as reserved")
    click.echo(f"{found['confirmed']} uses confirmed by their deadline")
    click.echo(f"{found['reminded']} labs told what they have to confirm")
