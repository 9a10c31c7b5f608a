"""One's own qualifications, admissions and requests, and asking for one."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog.models import Instrument
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.models import Institution
from instruments.people.signing import the_actor, today
from instruments.qualifications import listing
from instruments.qualifications.asking import ask_for_admission, ask_for_level, ask_to_renew, withdraw
from instruments.qualifications.changing import seen_admission, seen_qualification
from instruments.qualifications.views.doors import pages, the
from instruments.qualifications.views.papers import evidence_of
from instruments.web import clock
from instruments.web.limits import limiter
from instruments.web.refusals import flash_or_raise


@pages.get("/profile/qualifications")
def mine() -> ResponseReturnValue:
    """What one has, until when, and what one has asked for."""
    actor, day = the_actor(), today(clock.now())
    return render_template(
        "qualifications/mine.html",
        held=listing.own(actor.person_id),
        admissions=listing.own_admissions(actor.person_id),
        requests=listing.own_requests(actor.person_id),
        today=day,
        soon=day + listing.SOON,
    )


@pages.post("/instruments/<int:instrument_id>/qualification-requests")
@limiter.limit("60 per hour")
def ask(instrument_id: int) -> ResponseReturnValue:
    """Ask the lab for a level on its instrument."""
    actor, now, form = the_actor(), clock.now(), request.form
    the(Instrument, instrument_id)
    level, words = form.get("level", ""), form.get("words", "")
    return _asked(lambda: ask_for_level(actor, instrument_id, level, words, now).id)


@pages.post("/qualifications/<int:number>/renewal-requests")
@limiter.limit("60 per hour")
def ask_renewal(number: int) -> ResponseReturnValue:
    """Ask those who granted a qualification to renew it."""
    actor, now = the_actor(), clock.now()
    seen_qualification(actor, number)
    words = request.form.get("words", "")
    return _asked(lambda: ask_to_renew(actor, number, words, now).id)


@pages.post("/institutions/<int:institution_id>/admission-requests")
@limiter.limit("60 per hour")
def ask_admission(institution_id: int) -> ResponseReturnValue:
    """Ask an institution for its safety admission."""
    actor, now = the_actor(), clock.now()
    the(Institution, institution_id)
    words = request.form.get("words", "")
    return _asked(lambda: ask_for_admission(actor, institution_id, words, now).id)


@pages.post("/qualification-requests/<int:number>/withdraw")
def withdraw_request(number: int) -> ResponseReturnValue:
    """Take one's request back."""
    actor, now = the_actor(), clock.now()
    version = request.form.get("version", 0, type=int)
    try:
        perform(lambda: withdraw(actor, number, version, now).id)
    except Refusal as refusal:
        flash_or_raise(refusal)
    else:
        flash(gettext("The request is withdrawn."), "free")
    return redirect(url_for(".mine"), 303)


@pages.get("/qualifications/<int:number>/evidence")
def evidence(number: int) -> ResponseReturnValue:
    """The evidence of a qualification, for its holder and those who grant it."""
    return evidence_of(seen_qualification(the_actor(), number))


@pages.get("/admissions/<int:number>/evidence")
def admission_evidence(number: int) -> ResponseReturnValue:
    """The evidence of a safety admission, for its holder and those who grant it."""
    return evidence_of(seen_admission(the_actor(), number))


def _asked(act: Callable[[], int]) -> ResponseReturnValue:
    try:
        perform(act)
    except Refusal as refusal:
        flash_or_raise(refusal)
    else:
        flash(gettext("Asked for. Whoever answers has been told, and you are told the answer."), "free")
    return redirect(url_for(".mine"), 303)
