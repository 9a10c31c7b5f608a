"""Bring files to a lab: instrument logs, or outputs of a year; see first what they would do."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from instruments.catalog.views.uploads import chosen_file, to_read
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, gathered
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.usage.bringing import (
    KINDS,
    checked,
    keep_file,
    new_rows,
    note_own,
    note_taken,
    take_row,
    the_file,
)
from instruments.usage.file_reading import read_rows
from instruments.usage.log_checking import NEW, OUTCOMES, REFUSED, SAME, TAKEN
from instruments.usage.output_models import UsageFile
from instruments.usage.views.doors import pages, place, the_lab
from instruments.usage.words import lot_words
from instruments.web import clock
from instruments.web.language import in_language
from instruments.web.limits import limiter
from instruments.web.reasons import by_field, sentence
from instruments.web.refusals import flash_reasons

ADDRESS = "/labs/<int:lab_id>/usage-files"
MOST_SHOWN = 200


@pages.get(ADDRESS)
def files_page(lab_id: int) -> ResponseReturnValue:
    """Choose a file, and those that were brought lately."""
    lab = the_lab(lab_id)
    require(Action.USE_CONFIRM, place(lab))
    return _form(lab, {"kind": request.args.get("kind", "logs")})


@pages.post(ADDRESS)
@limiter.limit("30 per hour")
def upload(lab_id: int) -> ResponseReturnValue:
    """Read the file, and keep what it says until it is taken over."""
    lab = the_lab(lab_id)
    actor, now, kind = require(Action.USE_CONFIRM, place(lab)), clock.now(), request.form.get("kind", "")
    try:
        name, rows = _sent(kind)
        number = perform(lambda: keep_file(actor, the_lab(lab_id), kind, name, rows, now).id)
    except Refusal as refusal:
        return _form(the_lab(lab_id), request.form, refusal), refusal.status
    return redirect(url_for(".file_page", number=number), 303)


def rows_sent(kind: str) -> tuple[str, list[dict[str, Any]]]:
    """The name and the rows of the file of the form. Raises Refusal."""
    file = chosen_file()
    return file.filename or "", rows_of(file, kind)


def _sent(kind: str) -> tuple[str, list[dict[str, Any]]]:
    """The same, of a kind that was chosen. Raises Refusal with every reason."""
    if kind in KINDS:
        return rows_sent(kind)
    reasons = [Reason("kind", "kind", N_("Choose what the file holds."))]
    with gathered(reasons):
        # What it holds is not read before it is known; that there is a file can be said.
        chosen_file()
    raise Refusal(reasons)


def rows_of(file: FileStorage, kind: str) -> list[dict[str, Any]]:
    """The rows of a file that was sent, read in a process of its own. Raises Refusal."""
    with to_read(file) as path:
        return read_rows(path, kind)


@pages.get("/usage-files/<int:number>")
def file_page(number: int) -> ResponseReturnValue:
    """What the file would do, row by row, or that it was taken over."""
    kept, lab, _ = _entered(number)
    rows = checked(kept, lab, clock.now())
    counts = Counter(row.outcome for row in rows)
    order = {outcome: place for place, outcome in enumerate((REFUSED, NEW, TAKEN, SAME))}
    shown = sorted(rows, key=lambda row: (order[row.outcome], row.row))[:MOST_SHOWN]
    return render_template(
        "usage/file.html",
        kept=kept, lab=lab, name=in_language(lab.name_en, lab.name_zh),
        counts={outcome: counts.get(outcome, 0) for outcome in _of_interest(counts)}, more=max(0, len(rows) - MOST_SHOWN),
        columns=_columns(kept.kind), rows=[(row, [sentence(reason) for reason in row.reasons], _lots(row)) for row in shown],
    )  # fmt: skip


@pages.post("/usage-files/<int:number>/take")
def take_file(number: int) -> ResponseReturnValue:
    """Take its new rows over, each in a transaction of its own: what is interrupted goes on where it stopped."""
    kept, lab, actor = _entered(number)
    lab_id, now = lab.id, clock.now()
    taken, refused = take_all(kept, lab, actor, now)
    perform(lambda: note_taken(actor, the_file(number), the_lab(lab_id), taken, now))
    flash(ngettext("%(num)s row taken over.", "%(num)s rows taken over.", taken), "free")
    if refused:
        flash_reasons(refused[0])
    return redirect(url_for(".file_page", number=number), 303)


def take_all(kept: UsageFile, lab: Lab, actor: Actor, now: datetime) -> tuple[int, list[Refusal]]:
    """Take each new row over; how many were, and the refusals of the others."""
    wanted, number, lab_id, taken, refused = new_rows(kept, lab, now), kept.id, lab.id, 0, []
    if wanted:
        perform(lambda: note_own(the_file(number), wanted))
    for each in wanted.values():
        try:
            perform(partial(_take, actor, lab_id, each, now))
            taken += 1
        except Refusal as refusal:
            db.session.rollback()
            refused.append(refusal)
    return taken, refused


def _take(actor: Actor, lab_id: int, each: Any, now: datetime) -> None:
    take_row(actor, the_lab(lab_id), each, now)


def _of_interest(counts: Counter[str]) -> list[str]:
    """New rows before a file is taken over, what was taken over afterwards; both where it was taken half-way."""
    other = NEW if counts[TAKEN] else TAKEN
    return [outcome for outcome in OUTCOMES if counts[outcome] or outcome != other]


def _entered(number: int) -> tuple[UsageFile, Lab, Actor]:
    kept = the_file(number)
    lab = the_lab(kept.lab_id)
    return kept, lab, require(Action.USE_CONFIRM, place(lab))


def _lots(row: Any) -> list[tuple[str, int, bool]]:
    """Whose a row would be or is, the use where there is one, and whether that waits for a person."""
    return [(lot_words(lot), lot.use_id, bool(lot.flags)) for lot in getattr(row, "lots", ())]


def _columns(kind: str) -> list[tuple[str, str]]:
    if kind == "logs":
        return [("instrument", gettext("Instrument")), ("start", gettext("Start")), ("end", gettext("End")),
                ("layer", gettext("What")), ("user", gettext("User"))]  # fmt: skip
    return [("instrument", gettext("Instrument")), ("year", gettext("Year")), ("kind", gettext("Kind")),
            ("number", gettext("How many")), ("title", gettext("Title")), ("reference", gettext("Reference"))]  # fmt: skip


def _form(lab: Lab, typed: Any, refusal: Refusal | None = None) -> str:
    recent = db.session.scalars(
        select(UsageFile).where(UsageFile.lab_id == lab.id).order_by(UsageFile.id.desc()).limit(10)
    ).all()
    return render_template(
        "usage/files.html", lab=lab, name=in_language(lab.name_en, lab.name_zh), typed=typed, recent=recent,
        reasons=by_field(refusal),
    )  # fmt: skip
