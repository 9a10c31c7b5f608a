"""Doors of the catalogue on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from flask_babel import gettext

from instruments.catalog import columns as template
from instruments.catalog.capacity import foresee_capacities
from instruments.catalog.checking import Checked, check_rows
from instruments.catalog.exporting import export_rows, workbook
from instruments.catalog.importing import Outcome, import_rows
from instruments.catalog.present import known_of
from instruments.catalog.refused_files import read_table
from instruments.catalog.report import KINDS
from instruments.catalog.searchable import refresh_search_text
from instruments.catalog.template_notes import notes
from instruments.catalog.weeks import weeks
from instruments.database import db
from instruments.database.transactions import perform
from instruments.documents.sheets import as_csv
from instruments.errors import Refusal
from instruments.people.institutions_by_name import institution_called
from instruments.people.models import Institution
from instruments.web import clock
from instruments.web.reasons import in_full

catalog = AppGroup("catalog", help="Instruments in and out.")
MOST_PRINTED = 200
INSTITUTION = click.option(
    "--institution", required=True, help="Its id, its name in either language, or a mail domain."
)


@catalog.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@INSTITUTION
@click.option("--dry-run", is_flag=True, help="Only say what the file would do.")
@click.option("--create-labs", is_flag=True, help="Make the labs that the file names and that are not there.")
@click.option(
    "--week", default="", help='Opening hours for what has none, like "Mon-Fri 08:00-18:00" or 24/7.'
)
def import_(file: Path, institution: str, dry_run: bool, create_labs: bool, week: str) -> None:
    """Bring the instruments of FILE (CSV or XLSX, see docs/catalog-template.md) into an institution's catalogue.

    Rows that cannot be taken are listed with every reason and left out; the others are imported.
    Exit status: 0 when the file was taken, 1 when it was refused as a whole and nothing was done.
    """
    try:
        owner = institution_called(institution)
        pattern = weeks().read(week, "week") if week else None
        table = read_table(file)
        if dry_run:
            known = known_of(owner, create_labs=create_labs)
            rows = check_rows(table["columns"], table["rows"], known)
            perform(lambda: foresee_capacities(rows, known))
        else:
            outcome, opened = perform(_bringing(owner.id, table, create_labs, pattern))
            rows = outcome.rows
    except Refusal as refusal:
        raise click.ClickException(" ".join(in_full(reason) for reason in refusal.reasons)) from None
    _print_rows(rows, table["unknown"], dry_run)
    if not dry_run and week:
        click.echo(f"{opened:,} instruments without hours were given the week.")


def _bringing(
    institution_id: int, table: Mapping[str, Any], create_labs: bool, week: Any
) -> Callable[[], tuple[Outcome, int]]:
    """The deed that imports a table and gives the week, if any; returns what became of it, and how many it opened."""
    now = clock.now()

    def bring() -> tuple[Outcome, int]:
        outcome = import_rows(
            db.session.get_one(Institution, institution_id),
            table["columns"],
            table["rows"],
            actor_id=None,
            now=now,
            create_labs=create_labs,
        )
        if week is None:
            return outcome, 0
        return outcome, weeks().give(outcome.instrument_ids, week, actor_id=None, now=now)

    return bring


def _print_rows(rows: Sequence[Checked], unknown: Sequence[str], dry_run: bool) -> None:
    counts = {kind: sum(row.kind == kind for row in rows) for kind in KINDS}
    words = ", ".join(f"{counts[kind]:,} {kind}" for kind in ("new", "changed", "same", "refused"))
    click.echo(f"{'Dry run, nothing is written' if dry_run else 'Imported'}: {len(rows):,} rows: {words}.")
    if unknown:
        click.echo(f"Columns not recognised, and left out: {', '.join(unknown)}.")
    refused = [(row, fault) for row in rows if row.kind == "refused" for fault in row.faults]
    for row, fault in refused[:MOST_PRINTED]:
        column = f"{fault.column.zh} {fault.column.key}" if fault.column else "the row"
        click.echo(f"  row {row.number}, {column}, “{fault.cell[:60]}”: {in_full(fault.reason)}")
    if len(refused) > MOST_PRINTED:
        click.echo(f"  … and {len(refused) - MOST_PRINTED:,} more reasons.")
    if dry_run:
        changed = [
            (row, key, pair) for row in rows if row.kind == "changed" for key, pair in row.changes.items()
        ]
        for row, key, (old, new) in changed[:MOST_PRINTED]:
            click.echo(f"  row {row.number}, {template.BY_KEY[key].zh} {key}: “{old[:60]}” → “{new[:60]}”")
        if len(changed) > MOST_PRINTED:
            click.echo(f"  … and {len(changed) - MOST_PRINTED:,} more changes.")


@catalog.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@INSTITUTION
def export(file: Path, institution: str) -> None:
    """Write an institution's catalogue to FILE, by its ending as .csv or .xlsx; importing it again changes nothing."""
    try:
        rows = export_rows(institution_called(institution))
    except Refusal as refusal:
        raise click.ClickException(" ".join(in_full(reason) for reason in refusal.reasons)) from None
    file.write_bytes(workbook(rows) if file.suffix.lower() == ".xlsx" else as_csv(rows))
    click.echo(f"{len(rows) - 1:,} instruments written to {file}.")


@catalog.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def template_(file: Path) -> None:
    """Write the empty template to FILE, by its ending as .csv or .xlsx."""
    rows = [[template.bilingual(column) for column in template.COLUMNS]]
    file.write_bytes(workbook(rows, notes(gettext)) if file.suffix.lower() == ".xlsx" else as_csv(rows))
    click.echo(f"Written to {file}.")


@catalog.command("refresh")
def refresh() -> None:
    """Write the text that every instrument is found by anew."""
    perform(refresh_search_text)
    click.echo("Every instrument can be found by its present names.")
