"""Doors of availability on the command line."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from instruments.availability import tasks

availability = AppGroup("availability", help="Opening hours and days.")


@availability.command("take-over")
def take_over() -> None:
    """Take announced days over for every institution that follows its country's calendar."""
    click.echo(f"{tasks.take_over_announced()} institutions took announced days over")
