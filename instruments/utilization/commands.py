"""Commands of utilization: work out the summaries, all anew if need be, and compare what is kept with the facts."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from instruments.database import db
from instruments.database.transactions import perform
from instruments.settings import WrongSetting
from instruments.utilization import thresholds
from instruments.utilization.comparing import differing, years_differing
from instruments.utilization.kept_months import months_kept
from instruments.utilization.marking import forget
from instruments.utilization.tasks import keep_up
from instruments.web import clock

utilization = AppGroup("utilization", help="Figures of how well the hours are used.")


def use_thresholds(file: str) -> None:
    """Go by the file that a setting names; what is wrong with it ends the start with a sentence."""
    try:
        thresholds.use(file)
    except (OSError, ValueError) as error:
        raise WrongSetting(f"THRESHOLDS_FILE: {error}") from error


@utilization.command("refresh", short_help="Work out the summaries that are missing or old.")
def refresh() -> None:
    """Work out the summaries of months that are missing, touched or a day old; the worker does it every minute."""
    click.echo(f"{keep_up()} summaries worked out")


@utilization.command("rebuild", short_help="Work out all summaries anew.")
def rebuild() -> None:
    """Forget all summaries and work them out anew from what was reserved, used and charged."""
    perform(forget)
    click.echo(f"{keep_up()} summaries worked out")


@utilization.command("check", short_help="Compare the summaries with the facts.")
@click.option("--instruments", default=200, show_default=True, help="How many instruments, spread over all.")
def check(instruments: int) -> None:
    """Work out the summaries of some instruments anew beside those that are kept; ends with an error where they differ."""
    now = clock.now()
    keep_up()
    found, years = differing(months_kept(now), now, instruments), years_differing()
    db.session.rollback()
    for number, month, names in found:
        click.echo(f"instrument {number}, {month // 100}-{month % 100:02d}: {', '.join(names)}")
    for number, first in years:
        click.echo(f"instrument {number}, the year from {first // 100}-{first % 100:02d}")
    if found or years:
        raise click.ClickException(f"{len(found) + len(years)} summaries differ from the facts")
    click.echo("Every summary agrees with the facts")
