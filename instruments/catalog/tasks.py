"""Doors of the catalogue for the worker: check uploaded files and import them. The rows say what is to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app

from instruments.catalog import retiring, runs
from instruments.catalog.capacity import foresee_capacities
from instruments.catalog.checking import check_rows
from instruments.catalog.importing import import_rows
from instruments.catalog.models import ImportRun
from instruments.catalog.present import known_of
from instruments.catalog.refused_files import read_table
from instruments.catalog.report import report_of
from instruments.catalog.weeks import weeks
from instruments.database import db
from instruments.database.transactions import deed, perform
from instruments.errors import N_, NotKnownYet, Reason, Refusal
from instruments.people.models import Institution
from instruments.web import clock

log = logging.getLogger(__name__)
BROKEN = N_("Something broke on our side while this file was read. Nothing of it was imported.")


def sweep() -> None:
    """Do whatever waits, and what a killed process left half-way."""
    for run_id, step in runs.due(clock.now()):
        {"checking": check, "importing": carry_out}[step](run_id)


def check(run_id: int) -> None:
    """Read a file and note what it would do. Does nothing when another process is at it, or it is done."""
    _step(run_id, "checking", _check)


def carry_out(run_id: int) -> None:
    """Import a checked file. Does nothing when another process is at it, or it is done."""
    _step(run_id, "importing", _carry_out)


def _step(run_id: int, step: str, work: Callable[[ImportRun, datetime], None]) -> None:
    now = clock.now()
    with deed():
        if not runs.claim(run_id, step, now):
            return
    run = runs.run_by_id(run_id)
    try:
        work(run, now)
    except NotKnownYet:
        raise  # the next sweep tries again
    except Refusal as refusal:
        with deed():
            runs.note_failure(run_id, refusal, now)
    except Exception:  # whatever broke is noted for the manager, and raised for the log
        with deed():
            runs.note_failure(run_id, Refusal([Reason("broken", None, BROKEN)]), now)
        raise


def path_of(run: ImportRun) -> Path:
    """Where the uploaded file lies."""
    return Path(current_app.config["FILES_DIR"]) / run.file_path


def _check(run: ImportRun, now: datetime) -> None:
    run_id = run.id
    table = read_table(path_of(run))
    total = len(table["rows"])
    known = known_of(run.institution, create_labs=run.options["create_labs"], only_lab=run.only_lab)

    def progress(checked: int) -> None:
        with deed():
            runs.note_progress(run_id, checked, total)

    progress(0)
    rows = check_rows(table["columns"], table["rows"], known, progress)
    perform(lambda: foresee_capacities(rows, known))
    with deed():
        runs.note_report(run_id, report_of(table, rows, known), total, clock.now())


def _carry_out(run: ImportRun, now: datetime) -> None:
    run_id = run.id
    table = read_table(path_of(run))
    perform(lambda: _import(run_id, table, now))


def _import(run_id: int, table: Mapping[str, Any], now: datetime) -> None:
    run = db.session.get_one(ImportRun, run_id, with_for_update=True, populate_existing=True)
    if run.state != "importing":
        return
    outcome = import_rows(
        db.session.get_one(Institution, run.institution_id),
        table["columns"],
        table["rows"],
        actor_id=run.person_id,
        now=now,
        create_labs=run.options["create_labs"],
        only_lab=run.only_lab,
        agreed={row["id"]: row["version"] for row in run.report["changed"]},
        run_id=run_id,
    )
    report = report_of(table, outcome.rows, outcome.known) | {"labs": list(outcome.labs)}
    if week := run.options["week"]:
        given = weeks().give(
            outcome.instrument_ids, weeks().read(week, "week"), actor_id=run.person_id, now=now
        )
        report["opened"] = given
    runs.note_done(run, report, now)


def retire() -> None:
    """Say of instruments whose last day is over that they are retired."""
    for instrument_id in retiring.due(clock.now()):
        perform(lambda number=instrument_id: retiring.retire_due(number, clock.now()))


def tidy() -> None:
    """Remove uploaded files that are a month old; what became of them stays."""
    for run in runs.outdated(clock.now()):
        path_of(run).unlink(missing_ok=True)
        with deed():
            runs.forget_file(run.id)


JOBS = {"catalog.check": check, "catalog.import": carry_out}
SWEEPS = ((1, sweep), (60, retire), (720, tidy))
