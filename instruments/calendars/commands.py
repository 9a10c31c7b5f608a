"""Doors of calendars on the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from instruments.calendars import refreshing, tasks
from instruments.database.transactions import deed
from instruments.web import clock

calendars = AppGroup("calendars", help="Calendars of labs elsewhere.")


@calendars.command("refresh")
@click.option("--all", "every", is_flag=True, help="Also those whose time has not come yet.")
def refresh(every: bool) -> None:
    """Fetch and read the outside calendars that are due. Says what became of each."""
    if every:
        with deed():
            refreshing.make_all_due(clock.now())
    numbers = refreshing.due(clock.now())
    for number in numbers:
        tasks.refresh(number)
        click.echo(refreshing.outcome(number))
    click.echo(f"{len(numbers)} calendars were due.")
