"""The life of one uploaded file: uploaded, checked, imported; each step may be repeated after a process was killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from instruments.catalog.models import ImportRun
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.journal.record import record

# Longer than any file takes: whoever held the run this long ago was killed.
LEASE = timedelta(minutes=3)
KEPT = timedelta(days=30)
WAITING = {"checking": "uploaded", "importing": "importing"}


def start(
    *,
    institution_id: int,
    person_id: int,
    file_name: str,
    file_path: str,
    create_labs: bool,
    week: str,
    now: datetime,
    lab_id: int | None = None,
) -> ImportRun:
    """Keep an uploaded file for checking. file_path: below the folder for files; week: canonical, or empty; lab_id: the lab
    whose instruments alone it may bring."""
    run = ImportRun(
        institution_id=institution_id,
        person_id=person_id,
        file_name=file_name[-200:],
        file_path=file_path,
        options={"create_labs": create_labs, "week": week, "lab": lab_id},
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()
    record(
        now=now,
        actor_id=person_id,
        deed="catalog.file_uploaded",
        thing=("import_run", run.id),
        institution_id=institution_id,
        lab_id=lab_id,
        detail={"file": run.file_name},
    )
    return run


def run_by_id(run_id: int) -> ImportRun:
    """The run; NotFound without one."""
    run = db.session.get(ImportRun, run_id)
    if run is None:
        raise NotFound([Reason("no_import_run", None, N_("There is no such import."))])
    return run


def ask_for_import(run: ImportRun, now: datetime) -> None:
    """Say that the checked file is to be imported. Refused unless it is checked and something is left to do."""
    counts = (run.report or {}).get("counts", {})
    if run.state != "checked":
        raise Refusal([Reason("not_checked", None, N_("This file is not waiting to be imported."))])
    if not counts.get("new", 0) + counts.get("changed", 0):
        raise Refusal([Reason("nothing_to_do", None, N_("There is nothing in this file to import."))])
    run.state, run.woken_at, run.finished_at = "importing", None, None
    run.options = {**run.options, "asked_at": int(now.timestamp())}


def check_again(run: ImportRun, now: datetime) -> None:
    """Have a checked file checked once more, this time adding the labs that it names. Refused unless it is checked."""
    if run.state != "checked":
        raise Refusal([Reason("not_checked", None, N_("This file is not waiting to be imported."))])
    run.state, run.woken_at, run.finished_at, run.rows_checked, run.report = "uploaded", None, None, 0, {}
    run.options = {**run.options, "create_labs": True, "asked_at": int(now.timestamp())}


def waits_since(run: ImportRun) -> datetime | None:
    """Since when the run waits for a process to take it up; None when it does not wait."""
    if run.state not in ("uploaded", "importing") or run.woken_at is not None:
        return None
    asked = run.options.get("asked_at")
    return datetime.fromtimestamp(asked, UTC) if asked else run.created_at


def recent(
    institution_ids: Sequence[int] | None, lab_id: int | None = None, limit: int = 10
) -> Sequence[ImportRun]:
    """The newest runs of these institutions (None: of all), or those for one lab."""
    question = select(ImportRun).order_by(ImportRun.id.desc()).limit(limit)
    if institution_ids is not None:
        question = question.where(ImportRun.institution_id.in_(institution_ids))
    if lab_id is not None:
        question = question.where(ImportRun.options["lab"].as_integer() == lab_id)
    return db.session.scalars(question).all()


def outdated(now: datetime) -> Sequence[ImportRun]:
    """Runs whose file need not be kept any longer."""
    return db.session.scalars(
        select(ImportRun).where(ImportRun.created_at < now - KEPT, ImportRun.file_path != "")
    ).all()


def claim(run_id: int, step: str, now: datetime) -> bool:
    """Take a run for checking or importing; False when another process has it, or it is not its turn."""
    run = ImportRun
    waiting = (run.state == WAITING[step]) & run.woken_at.is_(None)
    abandoned = (run.state == step) & (run.woken_at < now - LEASE)
    taken = db.session.execute(
        update(run)
        .where(run.id == run_id, or_(waiting, abandoned))
        .values(state=step, woken_at=now)
        .execution_options(synchronize_session=False)
    )
    return taken.rowcount == 1


def due(now: datetime) -> list[tuple[int, str]]:
    """(run, step) of every run that waits, or whose process was killed."""
    run = ImportRun
    rows = db.session.execute(
        select(run.id, run.state)
        .where(
            run.state.in_(("uploaded", "checking", "importing")),
            or_(run.woken_at.is_(None), run.woken_at < now - LEASE),
        )
        .order_by(run.id)
    )
    return [(number, "importing" if state == "importing" else "checking") for number, state in rows]


def note_progress(run_id: int, checked: int, total: int) -> None:
    """Write how many rows are checked."""
    _set(run_id, rows_checked=checked, rows_total=total)


def note_report(run_id: int, report: Mapping[str, Any], total: int, now: datetime) -> None:
    """Every row is checked: keep what the file would do."""
    _set(run_id, state="checked", rows_checked=total, rows_total=total, report=dict(report), finished_at=now)


def note_done(run: ImportRun, report: Mapping[str, Any], now: datetime) -> None:
    """The file is imported, in the transaction that wrote it."""
    run.state, run.report, run.finished_at = "done", dict(report), now
    record(
        now=now,
        actor_id=run.person_id,
        deed="catalog.imported",
        thing=("import_run", run.id),
        institution_id=run.institution_id,
        lab_id=run.only_lab,
        detail={"file": run.file_name, **report["counts"], "opened": report.get("opened", 0)},
    )


def note_failure(run_id: int, refusal: Refusal, now: datetime) -> None:
    """The file could not be read or imported; nothing of it was written."""
    reasons = [
        {
            "code": each.code,
            "field": each.field,
            "message": each.message,
            "remedy": each.remedy,
            "values": dict(each.values),
        }
        for each in refusal.reasons
    ]
    _set(run_id, state="failed", failure={"reasons": reasons}, finished_at=now)


def forget_file(run_id: int) -> None:
    """Say that the file is no longer kept."""
    _set(run_id, file_path="")


def _set(run_id: int, **values: object) -> None:
    db.session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
