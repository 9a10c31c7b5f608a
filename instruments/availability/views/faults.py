"""The page of an instrument's faults: report one with a photo; the lab sees who reported, and answers."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability import faults
from instruments.availability.views.doors import pages, scope_of, the_owner
from instruments.catalog.models import Instrument
from instruments.catalog.views.uploads import drop_from, kept_photo, photo_answer
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import require, the_actor
from instruments.web import clock
from instruments.web.limits import limiter
from instruments.web.reasons import by_field

ADDRESS = "/instruments/<int:instrument_id>/faults"
FOLDER = "faults"


@pages.get(ADDRESS)
def faults_page(instrument_id: int) -> ResponseReturnValue:
    """What is known to be wrong, one's own reports or for the lab all of them, and the form for a new one."""
    return _page(_instrument(instrument_id), the_actor())


@pages.post(ADDRESS)
@limiter.limit("30 per hour")
def report_fault(instrument_id: int) -> ResponseReturnValue:
    """Report one; the photo is checked and written anew like those of the catalogue."""
    actor, now = the_actor(), clock.now()
    instrument = _instrument(instrument_id)
    words = request.form.get("words", "")
    photo = ""
    try:
        faults.check_report(instrument.id, words)
        photo = kept_photo(FOLDER)
        perform(lambda: faults.report_fault(instrument, words, photo, actor_id=actor.person_id, now=now).id)
    except Refusal as refusal:
        drop_from(FOLDER, photo)
        return _page(instrument, actor, refusal), refusal.status
    flash(gettext("Reported. The lab sees it now."), "free")
    return redirect(url_for("availability.faults_page", instrument_id=instrument_id), 303)


@pages.post("/faults/<int:fault_id>")
def answer_fault(fault_id: int) -> ResponseReturnValue:
    """The lab marks it as known or settles it."""
    fault = faults.the_fault(fault_id)
    actor, now = require(Action.CLOSURE_EDIT, scope_of(fault.instrument)), clock.now()
    version, instrument_id = request.form.get("version", 0, type=int), fault.instrument_id
    state, told = request.form.get("state", ""), request.form.get("note", "")
    try:
        perform(
            lambda: faults.answer_fault(
                fault, state, told, version=version, actor_id=actor.person_id, now=now
            )
        )
    except Refusal as refusal:
        return _page(_instrument(instrument_id), actor, refusal, answered=fault_id), refusal.status
    flash(gettext("The report is answered."), "free")
    return redirect(url_for("availability.faults_page", instrument_id=instrument_id), 303)


@pages.get("/faults/<int:fault_id>/photo")
def fault_photo(fault_id: int) -> ResponseReturnValue:
    """The photo of a report, for the lab and for whoever took it."""
    return photo_of(fault_id)


def photo_of(fault_id: int) -> Response:
    """The photo of a report; raises NotFound, or Forbidden for all but the lab and who took it."""
    fault = faults.the_fault(fault_id)
    if fault.reporter_id != the_actor().person_id:
        require(Action.CLOSURE_EDIT, scope_of(fault.instrument))
    return photo_answer(FOLDER, fault.photo, "private, no-store")


def _page(
    instrument: Instrument, actor: Actor, refusal: Refusal | None = None, answered: int | None = None
) -> str:
    answers = may(actor, Action.CLOSURE_EDIT, scope_of(instrument))
    rows = [
        row
        for row in faults.faults_of(instrument.id)
        if faults.is_shown(row[0], actor.person_id, answers=answers)
    ]
    reasons = by_field(refusal)
    return render_template(
        "availability/faults.html",
        instrument=instrument,
        lab=instrument.lab,
        rows=rows,
        answers=answers,
        own=actor.person_id,
        answered=answered,
        reasons=reasons,
        words=request.form.get("words", ""),
        note=request.form.get("note", ""),
    )


def _instrument(instrument_id: int) -> Instrument:
    owner = the_owner("instruments", instrument_id)
    assert isinstance(owner, Instrument)  # noqa: S101 - by the kind that was asked for
    return owner
