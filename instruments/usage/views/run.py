"""The run sheet: what an operator ran without a reservation, and for whom."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.catalog.subjects import LIST as SUBJECTS
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.usage import words
from instruments.usage.facts import Run, UseFacts
from instruments.usage.running import record_run
from instruments.usage.views.customers import COLUMNS, ROWS, typed_customers
from instruments.usage.views.doors import pages, place, the_lab
from instruments.usage.views.fields import typed_facts, typed_time
from instruments.web import clock, formats
from instruments.web.language import in_language
from instruments.web.reasons import by_field


@pages.get("/labs/<int:lab_id>/runs/new")
def run_form(lab_id: int) -> ResponseReturnValue:
    """The empty sheet."""
    lab = the_lab(lab_id)
    require(Action.USE_CONFIRM, place(lab))
    today = formats.local(clock.now(), lab.zone).date().isoformat()
    return _page(lab, {"instrument": request.args.get("instrument", ""), "day": today})


@pages.post("/labs/<int:lab_id>/runs")
def record(lab_id: int) -> ResponseReturnValue:
    """Keep the run, confirmed."""
    lab = the_lab(lab_id)
    actor, now = require(Action.USE_CONFIRM, place(lab)), clock.now()
    try:
        run = _typed_run(lab)
        number = perform(lambda: record_run(actor, run, now))
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status != 422:
            raise
        return _page(the_lab(lab_id), dict(request.form.items()), refusal), refusal.status
    flash(gettext("Recorded."), "free")
    return redirect(url_for(".use", use_id=number), 303)


def _typed_run(lab: Lab) -> Run:
    """The sheet as a run; raises Refusal with everything that cannot be read."""
    reasons: list[Reason] = []
    instrument_id = request.form.get("instrument", 0, type=int)
    if instrument_id not in {number for number, _ in _instruments(lab.id)}:
        raise Refusal([Reason("instrument", "instrument", N_("Choose one of the lab’s instruments."))])
    spans: tuple[tuple[int, int], ...] = ()
    facts = UseFacts()
    try:
        spans = (typed_time(instrument_id),)
    except Refusal as refusal:
        reasons += refusal.reasons
    try:
        facts = typed_facts()
    except Refusal as refusal:
        reasons += refusal.reasons
    customers = typed_customers(clock.now(), reasons)
    if not customers:
        reasons.append(Reason("no_customer", "customers", N_("Name at least one customer.")))
    if reasons:
        raise Refusal(reasons)
    return Run(instrument_id, spans, tuple(customers), facts)


def _instruments(lab_id: int) -> list[tuple[int, str]]:
    rows = db.session.execute(
        select(Instrument.id, Instrument.name_en, Instrument.name_zh)
        .where(Instrument.lab_id == lab_id, Instrument.status != "retired")
        .order_by(Instrument.name_en, Instrument.id)
    )
    return [(row.id, in_language(row.name_en, row.name_zh)) for row in rows]


def _page(lab: Lab, typed: dict[str, Any], refusal: Refusal | None = None) -> str:
    columns = [request.form.getlist(name) for name in COLUMNS]
    rows = [list(row) for row in zip_longest(*columns, fillvalue="")]
    rows += [[""] * len(COLUMNS)] * (ROWS - len(rows))
    return render_template(
        "usage/run.html",
        lab=lab, name=in_language(lab.name_en, lab.name_zh), typed=typed, rows=rows, reasons=_fields(refusal),
        instruments=_instruments(lab.id), modes=words.mode_choices(), sources=words.funding_choices(),
        subjects=[(one.code, f"{one.code} {in_language(one.name_en, one.name_zh)}") for one in SUBJECTS],
    )  # fmt: skip


def _fields(refusal: Refusal | None) -> dict[str, list[str]]:
    """The sentences by the field of the sheet that they belong to."""
    names = {"start": "from", "end": "until"}
    found: dict[str, list[str]] = {}
    for field, sentences in by_field(refusal).items():
        found.setdefault(names.get(field, field), []).extend(sentences)
    return found
