"""The pages on which a file comes in: upload, what it would do, import."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog import runs
from instruments.catalog.columns import BY_KEY
from instruments.catalog.models import ImportRun
from instruments.catalog.report import reason_of
from instruments.catalog.views.bringing import (
    brings,
    drop_table,
    keep_table,
    read_week,
    refused_rows_of,
    taken_up,
    the_lab,
    the_run,
)
from instruments.catalog.views.doors import institutions_where, pages
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.jobs import alarm
from instruments.people.rights import Action, Scope
from instruments.people.signing import actor_by_id, require, the_actor
from instruments.web import clock, formats
from instruments.web.fields import page_of
from instruments.web.multipart import kept_for_a_deed
from instruments.web.reasons import by_field, remedy, sentence
from instruments.web.refusals import flash_reasons

A_PAGE = 50
SHOWN = ("refused", "new", "changed", "same")


@pages.get("/catalog/imports/new")
def new_import() -> ResponseReturnValue:
    """Choose a file, for an institution, or with ?lab= for one lab alone."""
    return _upload_page(None)


@pages.post("/catalog/imports/new")
def upload() -> ResponseReturnValue:
    """Keep the file for checking."""
    try:
        run_id = _upload()
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        return _upload_page(refusal), refusal.status
    alarm.wake("catalog.check", run_id)
    return redirect(url_for("catalog.import_page", run_id=run_id), 303)


def _upload() -> int:
    lab = the_lab(request.form.get("lab", type=int))
    institution_id = lab.institution_id if lab else request.form.get("institution", type=int) or 0
    actor = brings(institution_id, lab and lab.id)
    reasons: list[Reason] = []
    week = read_week(request.form.get("week", ""), reasons)
    file = request.files.get("file")
    if file is None or not file.filename:
        reasons.append(Reason("no_file", "file", N_("Choose a file.")))
    if reasons or file is None:
        raise Refusal(reasons)
    called, lab_id, create_labs = file.filename or "", lab and lab.id, request.form.get("create_labs") == "1"
    with kept_for_a_deed(file, keep_table, drop_table) as kept:
        return perform(
            lambda: (
                runs.start(
                    institution_id=institution_id,
                    person_id=actor.person_id,
                    file_name=called,
                    file_path=kept.take(),
                    create_labs=lab_id is None and create_labs,
                    week=week,
                    now=clock.now(),
                    lab_id=lab_id,
                ).id
            )
        )


def _upload_page(refusal: Refusal | None) -> str:
    lab = the_lab(request.values.get("lab", type=int))
    if lab is not None:
        brings(lab.institution_id, lab.id)
        return render_template(
            "catalog/import_new.html",
            lab=lab,
            institutions=[lab.institution],
            typed=request.form,
            reasons=by_field(refusal),
            recent=runs.recent([lab.institution_id], lab.id),
        )
    institutions = institutions_where(the_actor(), Action.CATALOG_IMPORT)
    if not institutions:
        require(Action.CATALOG_IMPORT, Scope())
    return render_template(
        "catalog/import_new.html",
        lab=None,
        institutions=institutions,
        typed=request.form,
        reasons=by_field(refusal),
        recent=runs.recent([each.id for each in institutions]),
    )


@pages.get("/catalog/imports/<int:run_id>")
def import_page(run_id: int) -> ResponseReturnValue:
    """What the file would do, or did."""
    run = taken_up(run_id)
    asked = request.args.get("show", "")
    shown = asked if asked in SHOWN else _first_shown(run)
    return render_template("catalog/import.html", **_about(run), shown=shown, **_listed(run, shown))


@pages.get("/catalog/imports/<int:run_id>/progress")
def import_progress(run_id: int) -> ResponseReturnValue:
    """How far it is, for the page to ask again and again; once it has ended the page is loaded anew."""
    run = taken_up(run_id)
    response = make_response(render_template("catalog/import_progress.html", **_about(run)))
    if run.state not in ("uploaded", "checking", "importing"):
        response.headers["HX-Refresh"] = "true"
    return response


@pages.post("/catalog/imports/<int:run_id>/import")
def carry_out(run_id: int) -> ResponseReturnValue:
    """Import what was checked."""
    return _asked(run_id, runs.ask_for_import, "catalog.import")


@pages.post("/catalog/imports/<int:run_id>/check-again")
def check_again(run_id: int) -> ResponseReturnValue:
    """Check the file once more, adding the labs that it names."""
    return _asked(run_id, runs.check_again, "catalog.check")


def _asked(run_id: int, ask: Callable[[ImportRun, datetime], None], job: str) -> ResponseReturnValue:
    """Ask for the next step of a run and wake the worker; a run that is elsewhere by now says so."""
    the_run(run_id)
    now = clock.now()
    try:
        perform(lambda: ask(runs.run_by_id(run_id), now))
        alarm.wake(job, run_id)
    except Refusal as refusal:
        flash_reasons(refusal)
    return redirect(url_for("catalog.import_page", run_id=run_id), 303)


@pages.get("/catalog/imports/<int:run_id>/refused.xlsx")
def refused_file(run_id: int) -> ResponseReturnValue:
    """The refused rows as they came, with the reasons, to mend and upload again."""
    return refused_rows_of(the_run(run_id))


def _first_shown(run: ImportRun) -> str:
    counts = run.report.get("counts", {}) if run.report else {}
    return next((kind for kind in ("refused", "changed", "new") if counts.get(kind)), "same")


def _about(run: ImportRun) -> dict[str, Any]:
    person = actor_by_id(run.person_id, clock.now()) if run.person_id else None
    report = run.report or {}
    failure = [reason_of(each) for each in run.failure.get("reasons", ())] if run.failure else []
    return {
        "run": run,
        "institution": run.institution,
        "person": person,
        "report": report,
        "counts": report.get("counts", {}),
        "failure": [(sentence(each), remedy(each)) for each in failure],
        "left": _time_left(run),
    }


def _time_left(run: ImportRun) -> str:
    """How much longer checking takes, judged by how long it took so far; empty while nobody can know."""
    if (
        run.state != "checking"
        or not run.woken_at
        or not run.rows_checked
        or run.rows_checked >= run.rows_total
    ):
        return ""
    so_far = (clock.now() - run.woken_at).total_seconds()
    seconds = so_far * (run.rows_total - run.rows_checked) / run.rows_checked
    if seconds < 60:
        return gettext("about %(count)s seconds left", count=max(1, round(seconds)))
    return gettext("about %(length)s left", length=formats.length(timedelta(minutes=round(seconds / 60))))


def _listed(run: ImportRun, shown: str) -> dict[str, Any]:
    """The page of the list that is looked at, with its texts for the reader."""
    report = run.report or {}
    chosen = request.args.get("reason", "")
    faults = report.get("refused", [])
    codes = Counter(fault["reason"]["code"] for fault in faults)
    kept = [fault for fault in faults if not chosen or fault["reason"]["code"] == chosen]
    first = {fault["reason"]["code"]: sentence(reason_of(fault["reason"])) for fault in reversed(faults)}
    rows = {"refused": kept} | {kind: report.get(kind, []) for kind in ("changed", "new")}
    number = page_of(len(rows.get(shown, ())), A_PAGE)
    window = slice((number - 1) * A_PAGE, number * A_PAGE)
    return {
        "columns": BY_KEY,
        "reason": chosen,
        "missing_labs": 0 if run.options.get("create_labs") or run.only_lab else codes["no_such_lab"],
        "number": number,
        "a_page": A_PAGE,
        "kinds": [(code, f"{first[code]} ({count})") for code, count in codes.most_common()],
        "refused_total": len(kept),
        "refused": [
            fault
            | {"why": sentence(reason_of(fault["reason"])), "remedy": remedy(reason_of(fault["reason"]))}
            for fault in kept[window]
        ],
        "changed": rows["changed"][window],
        "new": rows["new"][window],
    }
