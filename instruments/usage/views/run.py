"""The run sheet: what an operator ran without a reservation, and for whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.catalog.subjects import LIST as SUBJECTS
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, gathered
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.usage import words
from instruments.usage.facts import Run
from instruments.usage.kinds import CONFIRMED
from instruments.usage.models import InstrumentUse
from instruments.usage.running import record_run
from instruments.usage.views.customers import ROWS, Typed, choices_of, labels, typed_customers, typed_rows
from instruments.usage.views.doors import pages, place, the_lab
from instruments.usage.views.fields import of_fields, turns_of, typed_facts, typed_time
from instruments.web import clock, formats
from instruments.web.language import in_language
from instruments.web.refusals import show_or_raise


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
    reasons: list[Reason] = []
    run = _typed_run(lab, now, reasons)
    try:
        if not run.instrument_id:
            raise Refusal(reasons)
        number = perform(lambda: record_run(actor, run, now, already=reasons))
    except Refusal as refusal:
        show_or_raise(refusal, 422)
        return _page(the_lab(lab_id), dict(request.form.items()), refusal), refusal.status
    _tell(number, sum(1 for customer in run.customers if customer.fund_id is None))
    return redirect(url_for(".use", use_id=number), 303)


def _tell(use_id: int, unpaid: int) -> None:
    """That it is recorded, and what still lacks: a look before it is confirmed, and who pays. unpaid: for how many customers
    nobody was named."""
    state = db.session.execute(select(InstrumentUse.state).where(InstrumentUse.id == use_id)).scalar_one()
    if state == CONFIRMED:
        flash(gettext("Recorded and confirmed."), "free")
    else:
        flash(
            gettext("Recorded. Somebody has to look at it before it is confirmed: why stands below."), "warn"
        )
    if unpaid:
        words = ngettext(
            "Nobody is named who pays for %(num)s customer: name who does under “Not charged yet”.",
            "Nobody is named who pays for %(num)s customers: name who does under “Not charged yet”.",
            unpaid,
        )
        flash(words, "warn")


def _typed_run(lab: Lab, now: datetime, reasons: list[Reason]) -> Run:
    """The sheet as a run; everything that cannot be read adds its reason."""
    spans, instrument_id = list[tuple[int, int]](), _read_at(lab)
    if instrument_id != request.form.get("instrument", 0, type=int) or not instrument_id:
        reasons.append(Reason("instrument", "instrument", N_("Choose one of the lab’s instruments.")))
    if instrument_id:
        with gathered(reasons):
            spans.append(typed_time(instrument_id))
    customers = typed_customers(lab.institution_id, now, reasons)
    return Run(instrument_id, tuple(spans), tuple(customers), typed_facts(reasons))


def _read_at(lab: Lab) -> int:
    """The instrument that was chosen, else any: the times are read on the wall that all of the lab share; 0: it has none."""
    known, chosen = (
        [number for number, _ in _instruments(lab.id)],
        request.form.get("instrument", 0, type=int),
    )
    return chosen if chosen in known else (known or [0])[0]


def _instruments(lab_id: int) -> list[tuple[int, str]]:
    rows = db.session.execute(
        select(Instrument.id, Instrument.name_en, Instrument.name_zh)
        .where(Instrument.lab_id == lab_id, Instrument.status != "retired")
        .order_by(Instrument.name_en, Instrument.id)
    )
    return [(row.id, in_language(row.name_en, row.name_zh)) for row in rows]


def _page(lab: Lab, typed: dict[str, Any], refusal: Refusal | None = None) -> str:
    rows = typed_rows()
    rows += [Typed()] * (ROWS - len(rows))
    read_at = refusal and _read_at(lab)
    return render_template(
        "usage/run.html",
        lab=lab, name=in_language(lab.name_en, lab.name_zh), typed=typed, reasons=_fields(refusal),
        turns=turns_of(typed, read_at) if read_at else {},
        rows=rows, choices=choices_of(rows, lab.institution_id),
        labels={"day": gettext("Day"), "from": gettext("From"), "until_day": gettext("Last day"), "until": gettext("Until"),
                "from_turn": gettext("Which start is meant"), "until_turn": gettext("Which end is meant")}
        | labels(len(rows)),
        instruments=_instruments(lab.id), modes=words.mode_choices(), sources=words.funding_choices(),
        subjects=[(one.code, f"{one.code} {in_language(one.name_en, one.name_zh)}") for one in SUBJECTS],
    )  # fmt: skip


def _fields(refusal: Refusal | None) -> dict[str, list[str]]:
    """The sentences by their fields. The sheet has one span: that there is none says the same as that it cannot be read."""
    return of_fields(refusal and Refusal([each for each in refusal.reasons if each.code != "no_span"]))
