"""The framework agreement of an institution as a page: read, accepted once for whoever pays, published anew."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database import db
from instruments.database.transactions import perform
from instruments.documents.paper import Paper
from instruments.documents.printing import pdf_of
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import require, the_actor
from instruments.reservations.formal_quotes.agreement_paper import agreement_paper
from instruments.reservations.formal_quotes.agreements import (
    LONGEST_TEXT,
    accept_agreement,
    acceptance_of,
    agreement_numbered,
    agreement_of,
    is_company,
    may_accept_for,
    publish,
)
from instruments.reservations.formal_quotes.views.doors import pages
from instruments.web import clock, formats
from instruments.web.downloads import download
from instruments.web.fields import number_typed
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

OF = "/institutions/<int:institution_id>/agreement"


def the_institution(institution_id: int) -> Institution:
    """The institution of an address; raises NotFound."""
    row = db.session.get(Institution, institution_id)
    if row is None:
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    return row


@pages.get(OF)
def agreement(institution_id: int) -> ResponseReturnValue:
    """The one that holds, or (?number=) an earlier one."""
    return _page(the_actor(), institution_id)


@pages.get(f"{OF}.pdf")
def agreement_pdf(institution_id: int) -> ResponseReturnValue:
    """The one that holds, or (?number=) an earlier one, on paper: in the reader's language, or that of ?lang=."""
    answer = download(pdf_of(paper_of(the_actor(), institution_id, request.args.get("number", type=int))), "pdf",
                      gettext("Framework agreement"), shown=True)  # fmt: skip
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def paper_of(actor: Actor, institution_id: int, number: int | None) -> Paper:
    """The agreement on paper, with when the actor's side accepted it. Raises NotFound."""
    institution, newest = the_institution(institution_id), agreement_of(institution_id)
    row = newest if number is None else agreement_numbered(institution_id, number)
    if row is None or newest is None:
        raise NotFound([Reason("no_agreement", None, N_("There is no agreement of this number."))])
    other = actor.institution_id != institution_id
    accepted = acceptance_of(row.id, actor.institution_id, actor.person_id) if other else None
    payer = _payer_name(actor) if accepted is not None else ""
    zone = formats.own_zone() or institution.zone
    return agreement_paper(row, institution, payer, accepted, holds=row.number == newest.number, zone=zone)


def _payer_name(actor: Actor) -> str:
    home = db.session.get(Institution, actor.institution_id) if actor.institution_id is not None else None
    return in_language(home.name_en, home.name_zh) if home else in_language(actor.name_en, actor.name_zh)


@pages.post(f"{OF}/accept")
def agree(institution_id: int) -> ResponseReturnValue:
    """Accept it for the company that one manages, or for oneself."""
    actor, now, number = the_actor(), clock.now(), number_typed("number") or 0
    the_institution(institution_id)
    quote_id = number_typed("quote")
    try:
        perform(lambda: accept_agreement(actor, institution_id, number, now))
    except Refusal as refusal:
        show_or_raise(refusal)
        return _page(actor, institution_id, refusal), refusal.status
    flash(gettext("Accepted, for all orders from now on."), "free")
    if quote_id is not None:
        return redirect(url_for(".quote", quote_id=quote_id), 303)
    return redirect(url_for(".agreement", institution_id=institution_id), 303)


@pages.get(f"{OF}/new")
def publish_form(institution_id: int) -> ResponseReturnValue:
    """The form that publishes the next one, with the texts of the one that holds."""
    the_institution(institution_id)
    require(Action.AGREEMENT_PUBLISH, Scope(institution_id))
    row = agreement_of(institution_id)
    texts = {"text_en": row.text_en, "text_zh": row.text_zh} if row else {"text_en": "", "text_zh": ""}
    return _form(institution_id, texts, row.number if row else 0)


@pages.post(OF)
def publish_one(institution_id: int) -> ResponseReturnValue:
    """Publish it: it holds for what is accepted from now on."""
    the_institution(institution_id)
    actor, now = require(Action.AGREEMENT_PUBLISH, Scope(institution_id)), clock.now()
    seen = number_typed("seen") or 0
    # A form sends every line's end as two characters.
    texts = {name: request.form.get(name, "").replace("\r\n", "\n") for name in ("text_en", "text_zh")}
    try:
        number = perform(
            lambda: publish(actor, institution_id, (texts["text_en"], texts["text_zh"]), seen, now)
        )
    except Refusal as refusal:
        show_or_raise(refusal)
        newest = agreement_of(institution_id)
        seen = newest.number if newest and refusal.status == 412 else seen
        return _form(institution_id, texts, seen, refusal), refusal.status
    flash(gettext("Published as No. %(number)s.", number=number), "free")
    return redirect(url_for(".agreement", institution_id=institution_id), 303)


def _page(actor: Actor, institution_id: int, refusal: Refusal | None = None) -> str:
    institution, newest = the_institution(institution_id), agreement_of(institution_id)
    number = request.args.get("number", type=int)
    row = agreement_numbered(institution_id, number) if number is not None else newest
    if number is not None and row is None:
        raise NotFound([Reason("no_agreement", None, N_("There is no agreement of this number."))])
    other = actor.institution_id != institution_id
    holds = bool(row and newest and row.number == newest.number)
    accepted = acceptance_of(row.id, actor.institution_id, actor.person_id) if row and other else None
    return render_template(
        "reservations/agreement.html",
        institution=institution,
        name=in_language(institution.name_en, institution.name_zh),
        row=row,
        holds=holds,
        newest=newest,
        accepted=accepted,
        accepts=holds and other and accepted is None and may_accept_for(actor),
        waits=holds and other and accepted is None and not may_accept_for(actor),
        alone=actor.institution_id is None,
        of_company=is_company(actor.institution_id),
        publishes=may(actor, Action.AGREEMENT_PUBLISH, Scope(institution_id)),
        quote=request.args.get("quote", type=int) or number_typed("quote"),
        reasons=by_field(refusal),
    )


def _form(institution_id: int, texts: dict[str, Any], seen: int, refusal: Refusal | None = None) -> str:
    institution = the_institution(institution_id)
    return render_template(
        "reservations/agreement_form.html",
        institution=institution,
        name=in_language(institution.name_en, institution.name_zh),
        typed=texts,
        seen=seen,
        most=LONGEST_TEXT,
        reasons=by_field(refusal),
    )
