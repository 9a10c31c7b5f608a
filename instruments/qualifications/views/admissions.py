"""The safety admissions of an institution: what people ask for, and the list; grant, renew, take back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require, the_actor, today
from instruments.people.views.naming import people_typed
from instruments.qualifications import listing
from instruments.qualifications.admitting import (
    WantedAdmission,
    admit,
    admit_objections,
    renew_admissions,
    require_admitter,
    revoke_admission,
)
from instruments.qualifications.changing import seen_admission
from instruments.qualifications.listing import A_PAGE, STATES, Filter
from instruments.qualifications.views.doors import pages, the
from instruments.qualifications.views.papers import EVIDENCE, NO_PAPER
from instruments.web import clock
from instruments.web.fields import day_typed, numbers_ticked, page_number, page_of
from instruments.web.reasons import by_field
from instruments.web.refusals import flash_or_raise, show_or_raise

ADDRESS = "/institutions/<int:institution_id>/admissions"


def entered(institution_id: int) -> tuple[Institution, Actor]:
    """The institution, and who grants its admission; raises Forbidden for anybody else."""
    home = the(Institution, institution_id)
    return home, require(Action.ADMISSION_GRANT, Scope(home.id))


@pages.get(ADDRESS)
def admissions(institution_id: int) -> ResponseReturnValue:
    """What waits, and who is admitted, those that end soonest first."""
    home, _ = entered(institution_id)
    return admissions_page(home)


@pages.route(f"{ADDRESS}/grant", methods=["GET", "POST"])
def grant_admission(institution_id: int) -> ResponseReturnValue:
    """Grant it to one person or to several."""
    home, actor = entered(institution_id)
    if request.method == "GET":
        return _grant_page(home, {"people": request.args.get("people", "")})
    now, reasons = clock.now(), list[Reason]()
    try:
        people, until = people_typed(reasons), day_typed("valid_until", reasons)
        exam, result = request.form.get("exam", "").strip(), request.form.get("result", "").strip()
        wanted = WantedAdmission(institution_id, until, exam, result)
        named = {reason.field for reason in reasons}
        more = admit_objections(actor, people, wanted, now)
        reasons += [each for each in more if each.field not in named]
        with EVIDENCE.sent() as evidence:
            if reasons := [*reasons, *evidence.reasons]:
                raise Refusal(reasons)
            given = replace(wanted, evidence=evidence.take() or NO_PAPER)
            count = len(perform(lambda: [row.id for row in admit(actor, people, given, now)]))
    except Refusal as refusal:
        show_or_raise(refusal)
        return _grant_page(the(Institution, institution_id), request.form, refusal), refusal.status
    flash(
        ngettext("Granted to %(count)s person.", "Granted to %(count)s people.", count, count=count), "free"
    )
    return redirect(url_for(".admissions", institution_id=institution_id), 303)


@pages.post(f"{ADDRESS}/renew")
def renew_admissions_here(institution_id: int) -> ResponseReturnValue:
    """Let those that are ticked last to another day."""
    _, actor = entered(institution_id)
    now, reasons, numbers = clock.now(), list[Reason](), numbers_ticked("chosen")
    until = day_typed("until", reasons)
    try:
        if reasons:
            raise Refusal(reasons)
        count = perform(lambda: renew_admissions(actor, dict.fromkeys(numbers), until, now))
    except Refusal as refusal:
        flash_or_raise(refusal)
    else:
        flash(
            ngettext("%(count)s admission renewed.", "%(count)s admissions renewed.", count, count=count),
            "free",
        )
    return redirect(url_for(".admissions", institution_id=institution_id), 303)


@pages.post("/admissions/<int:number>/revoke")
def revoke_one_admission(number: int) -> ResponseReturnValue:
    """Take an admission back, with a reason."""
    actor, now = the_actor(), clock.now()
    row = seen_admission(actor, number)
    institution_id = row.institution_id
    require_admitter(actor, institution_id, row.person_id)
    why, version = request.form.get("reason", ""), request.form.get("version", 0, type=int)
    try:
        perform(lambda: revoke_admission(actor, number, why, version, now).id)
    except Refusal as refusal:
        flash_or_raise(refusal)
        return redirect(url_for(".one_admission", number=number), 303)
    flash(gettext("Taken back. Who had it is told why; what is booked stays booked."), "free")
    return redirect(url_for(".admissions", institution_id=institution_id), 303)


def admissions_page(home: Institution, refusal: Refusal | None = None, tried: int | None = None) -> str:
    """The page of an institution's admissions; tried: the request whose answer was refused."""
    day, number, state = today(clock.now()), page_number(), request.args.get("state", "")
    which = Filter(request.args.get("q", "")[:100], state=state if state in STATES else "")
    rows, total = listing.page_of_admissions(home.id, which, day, number)
    number = page_of(total, A_PAGE)
    given = {"q": which.words, "state": which.state}
    return render_template(
        "qualifications/admissions.html",
        institution=home,
        rows=rows,
        total=total,
        number=number,
        size=A_PAGE,
        which=given,
        base=f"{url_for('.admissions', institution_id=home.id)}?{urlencode(given)}",
        waiting=listing.waiting_at_institution(home.id),
        me=the_actor().person_id,
        tried=tried,
        reasons=by_field(refusal),
        typed=request.form,
        today=day,
        soon=day + listing.SOON,
    )


def _grant_page(home: Institution, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "qualifications/admit.html",
        institution=home,
        typed=typed,
        reasons=by_field(refusal),
        today=today(clock.now()),
    )
