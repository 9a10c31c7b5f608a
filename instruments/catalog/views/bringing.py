"""What the doors through which tables come in share: who may, the file that is kept, and doing what waits."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from flask import Response, current_app
from flask_babel import gettext
from werkzeug.datastructures import FileStorage

from instruments.catalog import runs, tasks
from instruments.catalog.columns import BY_KEY
from instruments.catalog.models import ImportRun
from instruments.catalog.refused_files import read_table
from instruments.catalog.refused_rows import refused_rows
from instruments.catalog.report import reason_of
from instruments.catalog.weeks import weeks
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, gathered
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require, the_actor
from instruments.web import clock
from instruments.web.reasons import remedy, sentence

FOLDER = "imports"
# How long a run may wait for the worker before whoever looks at it does it: without a worker everything works too.
GRACE = timedelta(seconds=3)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def the_lab(lab_id: int | None) -> Lab | None:
    """The lab that is named, if one is."""
    if not lab_id:
        return None
    lab = db.session.get(Lab, lab_id)
    if lab is None:
        raise NotFound([Reason("no_lab", None, N_("There is no such lab."))])
    return lab


def brings(institution_id: int, lab_id: int | None) -> Actor:
    """Whoever brings a file: into the whole institution, or into one lab those who change its instruments one by one."""
    if lab_id is None:
        return require(Action.CATALOG_IMPORT, Scope(institution_id=institution_id))
    return require(Action.INSTRUMENT_EDIT, Scope(institution_id=institution_id, lab_id=lab_id))


def read_week(text: str, reasons: list[Reason]) -> str:
    """The week that what is imported opens at, as it is kept; with a reason added when it is none."""
    week = ""
    with gathered(reasons):
        week = str(weeks().read(text.strip(), "week")) if text.strip() else ""
    return week


def keep_table(file: FileStorage) -> str:
    """Keep a table that was sent, unread; its name below the folder for files."""
    name = f"{FOLDER}/{secrets.token_hex(16)}"
    path = Path(current_app.config["FILES_DIR"]) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(path)
    file.close()
    return name


def drop_table(name: str) -> None:
    """Remove a table that was kept and will not be read."""
    (Path(current_app.config["FILES_DIR"]) / name).unlink(missing_ok=True)


def the_run(run_id: int) -> ImportRun:
    """The run of an address, for those who bring files there; raises NotFound, or Forbidden."""
    the_actor()
    run = runs.run_by_id(run_id)
    brings(run.institution_id, run.only_lab)
    return run


def taken_up(run_id: int) -> ImportRun:
    """The run; done here and now if no worker took it within a few seconds."""
    run = the_run(run_id)
    since = runs.waits_since(run)
    if since is not None and clock.now() - since > GRACE:
        (tasks.check if run.state == "uploaded" else tasks.carry_out)(run_id)
        run = the_run(run_id)
    return run


def refused_rows_of(run: ImportRun) -> Response:
    """The refused rows as they came, with the reasons; raises NotFound where none are kept."""
    if not run.file_path or not run.report.get("refused"):
        raise NotFound([Reason("no_refused_rows", None, N_("No refused rows are kept of this file."))])
    table = read_table(tasks.path_of(run))
    reasons: dict[int, list[str]] = {}
    for fault in run.report["refused"]:
        column = BY_KEY.get(fault["column"])
        reason = reason_of(fault["reason"])
        said = " ".join(filter(None, (column.zh if column else "", sentence(reason), remedy(reason))))
        reasons.setdefault(fault["row"], []).append(said)
    cells = {(fault["row"], fault["column"]) for fault in run.report["refused"]}
    body = refused_rows(table, reasons, cells, gettext("Row"), gettext("Why, and what to do"))
    answer = Response(body, mimetype=XLSX)
    answer.headers["Content-Disposition"] = f'attachment; filename="refused-rows-{run.id}.xlsx"'
    return answer
