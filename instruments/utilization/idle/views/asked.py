"""A lab is asked about its idle instruments, and answers on a page."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action, Scope, may
from instruments.people.signing import require, the_actor
from instruments.utilization import periods
from instruments.utilization.idle import asking
from instruments.utilization.idle.views.doors import idle_of, pages
from instruments.utilization.idle_models import IdleQuestion
from instruments.utilization.views.words import period_words
from instruments.utilization.watching import shown
from instruments.web import clock, versions
from instruments.web.reasons import by_field
from instruments.web.refusals import flash_or_raise, show_or_raise

ONE = "/idle/<int:question_id>"


@pages.post("/labs/<int:lab_id>/idle")
def ask(lab_id: int) -> ResponseReturnValue:
    """Ask a lab, and go back to the list."""
    lab = db.session.get(Lab, lab_id)
    if lab is None or not may(the_actor(), Action.UTILIZATION_SEE, Scope(lab.institution_id, lab.id)):
        raise NotFound([Reason("not_found", None, N_("There are no figures here that you may see."))])
    actor = require(Action.IDLE_ASK, Scope(lab.institution_id, lab.id))
    period = periods.read(request.form.get("period", ""))
    found = idle_of(lab, period)
    try:
        perform(partial(asking.ask, actor, db.session.get_one(Lab, lab_id), period, found, clock.now()))
    except Refusal as refusal:
        flash_or_raise(refusal, 422)
    else:
        flash(gettext("The lab is asked; its answer will stand in this list."), "free")
    of = request.form.get("of") or f"lab-{lab_id}"
    return redirect(url_for("utilization.watch_list", which="idle", of=of, period=period.code), 303)


@pages.get(ONE)
def question(question_id: int) -> ResponseReturnValue:
    """What a lab was asked, and what it said."""
    return _page(asking.the_question(the_actor(), question_id))


@pages.post(ONE)
def answer(question_id: int) -> ResponseReturnValue:
    """Keep what the lab says."""
    asked = asking.the_question(the_actor(), question_id)
    actor = require(Action.IDLE_ANSWER, Scope(asked.lab.institution_id, asked.lab_id))
    form = request.form
    answers = {
        row.instrument_id: form[name].strip()
        for row in asking.instruments_of(question_id)
        if (name := f"answer-{row.instrument_id}") in form
    }
    version = versions.typed()
    try:
        perform(partial(asking.answer, actor, question_id, version, answers, clock.now()))
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        return _page(asking.the_question(the_actor(), question_id), refusal)
    flash(gettext("Saved. It stands in the list of idle instruments."), "free")
    return redirect(url_for(".question", question_id=question_id), 303)


def _page(asked: IdleQuestion, refusal: Refusal | None = None) -> ResponseReturnValue:
    rows = asking.instruments_of(asked.id)
    page = render_template(
        "utilization/idle_question.html",
        asked=asked, rows=rows, facts=shown([row.instrument_id for row in rows]), period=periods.read(asked.period),
        answers=may(the_actor(), Action.IDLE_ANSWER, Scope(asked.lab.institution_id, asked.lab_id)),
        typed=request.form, refused=by_field(refusal), period_words=period_words,
    )  # fmt: skip
    return page, refusal.status if refusal else 200
