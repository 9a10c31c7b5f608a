"""Admission to a programme: asked for with a declaration and its proof, answered by who runs it."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.programme_admitting import (
    Application,
    apply,
    decide,
    end,
    may_see_admission,
    not_the_payer,
    payers_asking,
    the_admission,
)
from instruments.funds.programme_setting import terms_of, the_programme
from instruments.funds.views.doors import PROOFS, pages
from instruments.funds.views.programmes import programme_page
from instruments.funds.whose import note_look
from instruments.people.models import Institution
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.qualifications.views.papers import NO_PAPER
from instruments.web import clock
from instruments.web.fields import day_typed, number_typed
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import flash_or_raise, show_or_raise


@pages.route("/programmes/<int:number>/apply", methods=["GET", "POST"])
def ask_admission(number: int) -> ResponseReturnValue:
    """Ask for admission, for one's institution or for oneself."""
    actor = the_actor()
    if request.method == "GET":
        return _page(actor, number, {})
    now = clock.now()
    try:
        with PROOFS.sent() as proof:
            wanted = Application(
                number,
                number_typed("institution_id") if actor.institution_id is not None else None,
                bool(request.form.get("small_firm")),
                request.form.get("declaration", "").strip().replace("\0", ""),
                proof.take() or NO_PAPER,
            )
            perform(lambda: apply(actor, wanted, now, proof.reasons).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _page(actor, number, request.form, refusal), refusal.status
    flash(gettext("Asked. You are told when it is answered."), "free")
    return redirect(url_for(".programme", number=number), 303)


def _page(actor: Actor, number: int, typed: Any, refusal: Refusal | None = None) -> str:
    row = the_programme(number)
    homes = payers_asking(actor) - {None}
    places = db.session.scalars(
        select(Institution).where(Institution.id.in_(homes)).order_by(Institution.id)
    ).all()
    if not places and actor.institution_id is not None:
        raise refusal or not_the_payer()
    return render_template(
        "funds/apply.html",
        programme=row,
        terms=terms_of(row),
        places=[(each.id, in_language(each.name_en, each.name_zh)) for each in places],
        alone=actor.institution_id is None,
        typed=typed,
        reasons=by_field(refusal),
    )


@pages.post("/programmes/admissions/<int:number>/decide")
def decide_admission(number: int) -> ResponseReturnValue:
    """Admit or refuse."""
    actor, now, reasons = the_actor(), clock.now(), list[Reason]()
    programme_id, version = the_admission(number).programme_id, number_typed("version")
    admitted, why = request.form.get("do") == "admit", request.form.get("reason", "")
    try:
        until = day_typed("expires_on", reasons)
        perform(lambda: decide(actor, number, version, admitted, until, why, now, reasons).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return programme_page(actor, programme_id, refusal, number), refusal.status
    flash(gettext("Admitted.") if admitted else gettext("Refused. Who asked is told why."), "free")
    return redirect(url_for(".programme", number=programme_id), 303)


@pages.post("/programmes/admissions/<int:number>/end")
def end_admission(number: int) -> ResponseReturnValue:
    """End an admission."""
    actor, now = the_actor(), clock.now()
    programme_id, version = the_admission(number).programme_id, number_typed("version")
    try:
        perform(lambda: end(actor, number, version, request.form.get("reason", ""), now).id)
    except Refusal as refusal:
        flash_or_raise(refusal)
    else:
        flash(gettext("Ended. What is reserved stays so."), "free")
    return redirect(url_for(".programme", number=programme_id), 303)


@pages.get("/programmes/admissions/<int:number>/proof")
def proof(number: int) -> Response:
    """The proof of a declaration, for the payer's people and who decides; a look of others than who asked is noted."""
    actor, row = the_actor(), the_admission(number)
    if not may_see_admission(actor, row):
        raise NotFound([Reason("no_admission", None, N_("There is no such request."))])
    answer = PROOFS.handed_out(row.document, row.document_name)
    if row.asked_by_id != actor.person_id:
        thing, home, now = ("programme", row.programme_id), row.payer_institution_id or 0, clock.now()
        perform(lambda: note_look(actor, thing, home, now, "proof"))
    return answer
