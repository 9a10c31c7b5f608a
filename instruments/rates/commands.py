"""Doors of prices on the command line: sheets out and in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup

from instruments.database import db
from instruments.database.transactions import perform
from instruments.documents.sheets import as_csv
from instruments.errors import Refusal
from instruments.people.adding import lab_named
from instruments.people.institutions_by_name import institution_called
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor
from instruments.people.roles import active_person
from instruments.people.signing import actor_by_id, today
from instruments.rates.owners import CardOwner, owner_of, require_on
from instruments.rates.sheets import exporting
from instruments.rates.sheets.bringing import keep_sheet, read_sheet, take_over
from instruments.rates.sheets.checking import CHANGED, LEFT_OUT, NEW, SAME, Checked, check
from instruments.rates.views.changes_shown import column_name, shown
from instruments.rates.views.doors import class_names, list_name
from instruments.rates.views.sheets import explained
from instruments.web import clock
from instruments.web.reasons import in_full

rates = AppGroup("rates", help="Prices out and in.")
MOST_PRINTED = 200
A_DAY = click.DateTime(formats=["%Y-%m-%d"])
INSTITUTION = click.option(
    "--institution", required=True, help="Its id, its name in either language, or a mail domain."
)
LAB = click.option("--lab", required=True, help="Its id or its name in either language.")


@rates.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@INSTITUTION
@LAB
@click.option("--card", "card_id", type=int, help="Only this price list, by the number of its card.")
@click.option("--day", type=A_DAY, help="As the prices hold on this day.  [default: today]")
def export(file: Path, institution: str, lab: str, card_id: int | None, day: datetime | None) -> None:
    """Write the prices of a lab to FILE, by its ending as .csv or .xlsx; importing it again changes nothing."""
    where = _lab(institution, lab)
    asked = day.date() if day else CardOwner("lab", where, where).today(clock.now())
    versions = exporting.exported(where, asked, card_id)
    rows = exporting.table(where, versions, chinese=False)
    file.write_bytes(
        exporting.workbook(rows, explained()) if file.suffix.lower() == ".xlsx" else as_csv(rows)
    )
    click.echo(f"{len(versions):,} price lists written to {file}.")


@rates.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@INSTITUTION
@LAB
@click.option("--by", "mail", required=True, help="In whose name: the mail address of a manager of the lab.")
@click.option(
    "--from", "since", type=A_DAY, help="The first day of what changes, where the file leaves it as it was."
)
@click.option("--dry-run", is_flag=True, help="Only say what the file would do.")
@click.option("--propose", is_flag=True, help="Ask the institution for approval at once.")
def import_(
    file: Path, institution: str, lab: str, mail: str, since: datetime | None, dry_run: bool, propose: bool
) -> None:
    """Draft the prices of FILE (CSV or XLSX, as the export writes it) for a lab, row by row as the dry run shows them.

    A list for which what was published meanwhile leaves no room is named and left out; the others are taken. Exit status:
    0 when it was taken or changes nothing, 1 when anything in it is wrong; then nothing was done.
    """
    where, now, first = _lab(institution, lab), clock.now(), since.date() if since else None
    lab_id, actor = where.id, _actor(mail, now)
    try:
        require_on(actor, Action.PRICES_EDIT, CardOwner("lab", where, where))
        read = read_sheet(file)
        found = check(where, read["header"], read["rows"], first, now)
        _say(found, lab_id, dry_run=dry_run)
        if found.faults:
            raise click.ClickException("Nothing was done.")
        if dry_run or not found.takes:
            return
        db.session.rollback()
        made = perform(
            lambda: len(
                take_over(
                    actor,
                    keep_sheet(actor, owner_of("lab", lab_id).lab, file.name, read, first, now).id,
                    None,
                    now,
                    propose=propose,
                )
            )
        )
    except Refusal as refusal:
        raise click.ClickException(" ".join(in_full(reason) for reason in refusal.reasons)) from None
    click.echo(f"{made:,} {'proposed' if propose else 'drafts made'}.")


def _say(found: Checked, lab_id: int, *, dry_run: bool) -> None:
    kinds = (NEW, CHANGED, SAME, *([LEFT_OUT] if found.left_out else []))
    counts = {kind: sum(each.outcome == kind for each in found.lists) for kind in kinds}
    words = ", ".join(f"{number:,} {kind.replace('_', ' ')}" for kind, number in counts.items())
    click.echo(
        f"{'Dry run, nothing is written' if dry_run else 'Price lists'}: {words}, {len(found.faults):,} cells wrong."
    )
    if found.unknown:
        click.echo(f"Columns not recognised, and left out: {', '.join(found.unknown)}.")
    classes = class_names(lab_id)
    for fault in found.faults[:MOST_PRINTED]:
        column = column_name(fault.column, classes) or "the row"
        click.echo(f"  row {fault.row}, {column}, “{fault.cell}”: {in_full(fault.reason)}")
    for each in found.left_out[:MOST_PRINTED]:
        why = " ".join(in_full(reason) for reason in each.against)
        click.echo(f"  row {each.one.first[0]}, left out: {list_name(each.owner)}. {why}")
    lines = [
        (each, line)
        for each in found.takes
        for change in each.changes
        for line in shown(change, each.one, each.said.currency, classes)
    ]
    for each, line in lines[:MOST_PRINTED]:
        what = ", ".join(part for part in (list_name(each.owner), line.line, line.column) if part)
        click.echo(f"  row {line.row or '–'}, {what}: “{line.before}” → “{line.after}”")
    if len(lines) > MOST_PRINTED:
        click.echo(f"  … and {len(lines) - MOST_PRINTED:,} more changes.")


def _lab(institution: str, lab: str) -> Lab:
    try:
        return lab_named(institution_called(institution), lab)
    except Refusal as refusal:
        raise click.ClickException(" ".join(in_full(reason) for reason in refusal.reasons)) from None


def _actor(mail: str, now: datetime) -> Actor:
    person = active_person(mail.strip().lower(), today(now))
    actor = actor_by_id(person.id, now) if person else None
    if actor is None:
        raise click.ClickException(f"Nobody with an account has the address {mail}.")
    return actor
