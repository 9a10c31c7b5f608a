"""Doors for programs: a table of instruments comes in, is checked row by row, and imported as it was seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, url_for

from instruments.catalog import runs
from instruments.catalog.api.telling import api
from instruments.catalog.models import ImportRun
from instruments.catalog.report import reason_of
from instruments.catalog.schemas import ImportIn, ImportOut
from instruments.catalog.views.bringing import (
    XLSX,
    brings,
    drop_table,
    keep_table,
    read_week,
    refused_rows_of,
    taken_up,
    the_lab,
    the_run,
)
from instruments.catalog.views.uploads import a_table
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.jobs import alarm
from instruments.people.bearer import token_required
from instruments.people.models import Institution
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.multipart import Arrived, Arriving, downloads, kept_for_a_deed, takes_files
from instruments.web.reasons import as_listed

ONE = "/catalog-imports/<int:run_id>"
THE_FILE = a_table("CSV or XLSX with the columns of the template, one instrument a row.")


@api.post("/institutions/<int:institution_id>/catalog-imports")
@token_required("labs:write")
@takes_files(api, ImportIn, file=THE_FILE)
@api.output(ImportOut, 201)
def bring_to_institution(institution_id: int, arriving: Arriving[ImportIn]) -> Response:
    """Bring a table of instruments of an institution. It is checked, and nothing is changed before it is imported."""
    if db.session.get(Institution, institution_id) is None:
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    return _brought(arriving, institution_id, None)


@api.post("/labs/<int:lab_id>/catalog-imports")
@token_required("labs:write")
@takes_files(api, ImportIn, file=THE_FILE)
@api.output(ImportOut, 201)
def bring_to_lab(lab_id: int, arriving: Arriving[ImportIn]) -> Response:
    """Bring a table of the instruments of one lab. It is checked, and nothing is changed before it is imported."""
    lab = the_lab(lab_id)
    if lab is None:
        raise NotFound([Reason("no_lab", None, N_("There is no such lab."))])
    return _brought(arriving, lab.institution_id, lab.id)


@api.get(ONE)
@token_required("labs:read")
@api.output(ImportOut)
@api.doc(responses=[404])
def one_import(run_id: int) -> Response:
    """What a file would do, or did, with everything against each row; ask again while it is being checked or imported."""
    return _one(taken_up(run_id))


@api.get(f"{ONE}/refused.xlsx")
@token_required("labs:read")
@api.doc(responses={200: downloads("The refused rows", XLSX), 404: ""})
def refused_rows_file(run_id: int) -> Response:
    """The refused rows as they came, with the reasons, to mend and bring again."""
    return refused_rows_of(the_run(run_id))


@api.post(f"{ONE}/import")
@token_required("labs:write")
@api.output(ImportOut, 202)
@api.doc(responses=[404, 412, 422, 428])
def carry_out(run_id: int) -> Response:
    """Import what was checked; refused rows stay out, and so does what others changed since. Needs If-Match."""
    return _asked(run_id, runs.ask_for_import, "catalog.import")


@api.post(f"{ONE}/check-again")
@token_required("labs:write")
@api.output(ImportOut, 202)
@api.doc(responses=[404, 412, 422, 428])
def check_again(run_id: int) -> Response:
    """Check the file once more, adding the labs that it names. Needs If-Match."""
    return _asked(run_id, runs.check_again, "catalog.check")


def _brought(arriving: Arriving[ImportIn], institution_id: int, lab_id: int | None) -> Response:
    person_id = brings(institution_id, lab_id).person_id
    now, arrived = clock.now(), arriving.read()
    wanted, week = _wanted(arrived, lab_id)
    file, made = arrived.files["file"], list[int]()
    called = file.filename or ""
    with kept_for_a_deed(file, keep_table, drop_table) as kept:

        def act() -> Made:
            run = runs.start(
                institution_id=institution_id,
                person_id=person_id,
                file_name=called,
                file_path=kept.take(),
                create_labs=wanted.create_labs,
                week=week,
                now=now,
                lab_id=lab_id,
            )
            made[:] = [run.id]
            return Made(_told(run), _version(run), url_for("catalog_api.one_import", run_id=run.id))

        response = made_once(person_id, now, act)
    if made:
        alarm.wake("catalog.check", made[0])
    return response


def _wanted(arrived: Arrived[ImportIn], lab_id: int | None) -> tuple[ImportIn, str]:
    """How the file is brought in, and the week as it is kept; raises Refusal with every reason."""
    reasons, week, body = list(arrived.reasons), "", arrived.value
    if body is not None:
        week = read_week(body.week, reasons)
        if body.create_labs and lab_id is not None:
            sentence = N_("A lab’s file brings its own instruments alone: it adds no labs.")
            reasons.append(Reason("create_labs", "create_labs", sentence))
    if reasons or body is None:
        raise Refusal(reasons)
    return body, week


def _asked(run_id: int, ask: Callable[[ImportRun, datetime], None], job: str) -> Response:
    """Ask for the next step of a run and wake the worker."""
    now, seen = clock.now(), versions.matched(_version(the_run(run_id)))

    def act() -> None:
        run = runs.run_by_id(run_id)
        if seen is not None and _version(run) != seen:
            raise versions.stale()
        ask(run, now)

    perform(act)
    alarm.wake(job, run_id)
    return _one(the_run(run_id), 202)


def _one(run: ImportRun, status: int = 200) -> Response:
    return answer(_told(run), status, version=_version(run))


def _version(run: ImportRun) -> str:
    """Which check of the file, and what became of it since."""
    finished = int(run.finished_at.timestamp()) if run.finished_at else 0
    return f"{run.state}-{run.rows_checked or 0}-{finished}-{int(bool(run.options.get('create_labs')))}"


def _told(run: ImportRun) -> dict[str, Any]:
    zone, report = ZoneInfo(run.institution.zone), run.report or {}
    failure = (run.failure or {}).get("reasons", ())
    return {
        "id": run.id,
        "institution_id": run.institution_id,
        "lab_id": run.only_lab,
        "file_name": run.file_name,
        "state": run.state,
        "rows_total": run.rows_total or 0,
        "rows_checked": run.rows_checked or 0,
        "created_at": run.created_at.astimezone(zone),
        "finished_at": run.finished_at and run.finished_at.astimezone(zone),
        "failure": as_listed([reason_of(each) for each in failure]),
        "counts": report.get("counts", {}),
        "unknown_columns": report.get("file", {}).get("unknown") or [],
        "refused": [
            fault | {"reason": as_listed([reason_of(fault["reason"])])[0]}
            for fault in report.get("refused", ())
        ],
        **{name: report.get(name, []) for name in ("new", "changed", "labs")},
        "opened": report.get("opened", 0),
    }
