"""Commands of charges: post what waits, compare it with the books, close a month, remind of what is overdue."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from instruments.charges.checking import differences
from instruments.charges.closing.invoicing.number_reading import read_rows
from instruments.charges.closing.invoicing.numbers import (
    NEW,
    REFUSED,
    checked,
    take_rows_at_once,
)
from instruments.charges.closing.months import is_month
from instruments.charges.closing.righting import put_right, shifted
from instruments.charges.closing.starting import start, the_closing
from instruments.charges.closing.tasks import issue, remind_overdue
from instruments.charges.closing_models import ISSUED, ISSUING
from instruments.charges.models import Charge
from instruments.charges.tasks import charge_all, charge_given_up, escalate_unanswered
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.funds import summing
from instruments.people.models import Institution
from instruments.web import clock
from instruments.web.reasons import in_full

charges = AppGroup("charges", help="From used hours to money: charges, month end, and what follows it.")


@charges.command("post", short_help="Charge what is confirmed and not charged yet.")
def post() -> None:
    """Charge every confirmed use that is not charged yet, whenever it was confirmed, and the fees of what was given up, and
    take disputes that were not answered up to the institution; the worker does it by itself."""
    click.echo(f"{charge_all()} uses charged")
    click.echo(f"{charge_given_up()} fees charged")
    click.echo(f"{escalate_unanswered()} disputes taken up to the institution")


@charges.command("check", short_help="Compare every posted charge with the books.")
def check() -> None:
    """Compare every posted charge with the entries of the books, and what the database counts of these with them; ends with an
    error where they differ."""
    found, counted = differences(), summing.differences()
    for line in (*found, *counted):
        click.echo(line)
    if found or counted:
        raise click.ClickException(f"{len(found)} charges and {len(counted)} sums differ from the books")
    click.echo("Every posted charge agrees with the books")


@charges.command("put-right", short_help="Move what payments settled twice to what is still open.")
@click.option("--dry-run", is_flag=True, help="Say which statements it is, and move nothing.")
def put_right_all(dry_run: bool) -> None:
    """Put right which accounts the payments of each statement settled: what stands settled beyond what was billed moves to what
    is open beside it, in the books of both. Again it finds nothing."""
    found = shifted()
    db.session.rollback()
    for number in found:
        click.echo(f"statement {number}")
        if not dry_run:
            perform(partial(put_right, number, clock.now()))
    click.echo(f"{len(found)} statements {'to put right' if dry_run else 'put right'}")


@charges.command("remind", short_help="Remind payers of overdue statements.")
def remind() -> None:
    """Remind payers of overdue statements, each step once; the worker does it every hour."""
    click.echo(f"{remind_overdue()} payers reminded")


@charges.command("close", short_help="Issue the statements of a month.")
@click.argument("month")
@click.option("--institution", "institution_id", type=int, help="Only this institution, by its number.")
@click.option("--wait", is_flag=True, help="Refuse while the month lies open for objections.")
def close(month: str, institution_id: int | None, wait: bool) -> None:
    """Issue the statements of MONTH, such as 2026-11; what was begun and interrupted is finished.

    What is confirmed is charged before, and so are the fees of what was given up. Without --institution it closes every
    institution to which something is owed.
    """
    if not is_month(month):
        raise click.BadParameter(
            "a month is written like 2026-11: the year, then the month from 01 to 12", param_hint="MONTH"
        )
    charge_all()
    charge_given_up()
    institutions = _institutions(month, institution_id)
    db.session.rollback()
    refused = [name for number, name in institutions if not _close(number, name, month, wait)]
    if refused:
        raise click.ClickException("not closed: " + ", ".join(refused))


@charges.command("numbers", short_help="Take over the invoice numbers that the tax system gave.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--institution",
    "institution_id",
    type=int,
    required=True,
    help="The institution that invoices, by its number.",
)
@click.option("--dry-run", is_flag=True, help="Say what each row would do, and take nothing over.")
def numbers(file: Path, institution_id: int, dry_run: bool) -> None:
    """Take over the numbers of invoices from FILE, a CSV or XLSX file; what is refused is said, row by row."""
    if db.session.get(Institution, institution_id) is None:
        raise click.BadParameter("there is no such institution", param_hint="--institution")
    now = clock.now()
    today = today_at(institution_id, now)
    db.session.rollback()
    try:
        rows = read_rows(file)
    except Refusal as refusal:
        raise click.ClickException(" ".join(in_full(reason) for reason in refusal.reasons)) from refusal
    found = checked(institution_id, rows, today)
    db.session.rollback()
    for each in found:
        if each.outcome == REFUSED:
            said = " ".join(in_full(reason) for reason in each.reasons)
            click.echo(f"row {each.row}, {each.written['serial']}: {said}", err=True)
    if dry_run:
        click.echo(f"{sum(each.outcome == NEW for each in found)} numbers would be taken over")
        return
    taken = perform(partial(take_rows_at_once, institution_id, rows, today, now))
    click.echo(f"{taken} numbers taken over")


def _institutions(month: str, institution_id: int | None) -> list[tuple[int, str]]:
    asked = select(Institution.id, Institution.name_en).order_by(Institution.id)
    if institution_id is None:
        owed = select(Charge.institution_id).where(Charge.month <= month).distinct()
        asked = asked.where(Institution.id.in_(owed))
    else:
        asked = asked.where(Institution.id == institution_id)
    found = [(row.id, row.name_en) for row in db.session.execute(asked)]
    if institution_id is not None and not found:
        raise click.BadParameter("there is no such institution", param_hint="--institution")
    return found


def _close(institution_id: int, name: str, month: str, wait: bool) -> bool:
    """Whether the month of an institution is closed now."""
    known = the_closing(institution_id, month)
    number, state = known.id, known.state
    db.session.rollback()
    if state not in (ISSUING, ISSUED):
        begin = partial(start, institution_id, month, None, clock.now(), None, early=not wait)
        try:
            number = perform(begin)
        except Refusal as refusal:
            for reason in refusal.reasons:
                click.echo(f"{name}: {in_full(reason)}", err=True)
            return False
    if state != ISSUED:
        issue(number, partial(_tell, institution_id, name, month))
    _tell(institution_id, name, month)
    return True


def _tell(institution_id: int, name: str, month: str) -> None:
    closing = the_closing(institution_id, month)
    click.echo(f"{name}: {closing.statements_done} of {closing.statements_total or 0} statements")
    db.session.rollback()
