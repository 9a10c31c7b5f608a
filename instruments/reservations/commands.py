"""Doors of reservations on the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from instruments.reservations.tasks import expire_formal_quotes, expire_overdue, offer_freed

reservations = AppGroup("reservations", help="Who holds what when.")


@reservations.command("sweep")
def sweep() -> None:
    """Let requests expire that no lab answered in time, formal quotes that ran out and what is over of the waitlist; offer
    free time to those who wait.

    The worker does it every minute, for quotes every ten.
    """
    click.echo(f"{expire_overdue()} requests expired")
    click.echo(f"{expire_formal_quotes()} formal quotes ran out")
    click.echo(f"{offer_freed()} offers made to those who wait")
