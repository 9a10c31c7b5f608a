"""A lab's list of qualifications: filter it, grant to one or several, renew in bulk, take back with a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, together
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import require, the_actor, today
from instruments.people.views.naming import people_typed
from instruments.qualifications import listing
from instruments.qualifications.bringing import no_list, the_list
from instruments.qualifications.changing import seen_qualification
from instruments.qualifications.granting import (
    Wanted,
    grant,
    grant_objections,
    people_objections,
    renew,
    revoke,
)
from instruments.qualifications.listing import A_PAGE, STATES, Filter
from instruments.qualifications.models import QualificationList
from instruments.qualifications.needs import LEVELS
from instruments.qualifications.subjects import (
    Subject,
    place_of,
    require_granter,
    subject_of,
    subjects_of_lab,
)
from instruments.qualifications.views.doors import pages, the
from instruments.qualifications.views.papers import EVIDENCE, NO_PAPER
from instruments.web import clock
from instruments.web.fields import day_typed, numbers_ticked, page_number, page_of
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import flash_or_raise, show_or_raise

ADDRESS = "/labs/<int:lab_id>/qualifications"
FIELDS = ("people", "subject", "level", "expires_on", "remark")


def entered(lab_id: int) -> tuple[Lab, Actor]:
    """The lab, and its granter who asks; raises Forbidden for anybody else."""
    lab = the(Lab, lab_id)
    return lab, require(Action.QUALIFICATION_GRANT, Scope(lab.institution_id, lab.id))


def seen_list(number: int) -> tuple[QualificationList, Actor]:
    """A list that was brought, and who asks, for those who grant in its lab; NotFound for everybody else."""
    kept, actor = the_list(QualificationList, number), the_actor()
    if not may(actor, Action.QUALIFICATION_GRANT, Scope(kept.lab.institution_id, kept.lab_id)):
        raise no_list()
    return kept, actor


@pages.get(ADDRESS)
def of_lab(lab_id: int) -> ResponseReturnValue:
    """Who is qualified for what here, those that end soonest first."""
    lab, actor = entered(lab_id)
    day, number = today(clock.now()), page_number()
    subject = subject_of(request.args.get("subject", "")) or Subject(None, None)
    state = request.args.get("state", "")
    which = Filter(request.args.get("q", "")[:100], *subject, state if state in STATES else "")
    rows, total = listing.page_of_lab(lab, which, day, number)
    number = page_of(total, A_PAGE)
    given = {"q": which.words, "subject": request.args.get("subject", ""), "state": which.state}
    return render_template(
        "qualifications/of_lab.html",
        lab=lab,
        rows=rows,
        total=total,
        number=number,
        size=A_PAGE,
        which=given,
        base=f"{url_for('.of_lab', lab_id=lab.id)}?{urlencode(given)}",
        subjects=subject_choices(lab),
        waiting=len(listing.waiting_at_lab(lab.id)),
        today=day,
        soon=day + listing.SOON,
        me=actor.person_id,
        sets_rules=may(actor, Action.RULES_EDIT, Scope(lab.institution_id, lab.id)),
    )


@pages.route(f"{ADDRESS}/grant", methods=["GET", "POST"])
def grant_here(lab_id: int) -> ResponseReturnValue:
    """Grant a level to one person or to several."""
    lab, actor = entered(lab_id)
    if request.method == "GET":
        typed = {name: request.args.get(name, "") for name in FIELDS}
        return _grant_page(lab, typed | {"level": typed["level"] or "independent"})
    now, reasons = clock.now(), list[Reason]()
    try:
        people, until = people_typed(reasons), day_typed("expires_on", reasons)
        subject = subject_of(request.form.get("subject", ""))
        if subject is None:
            reasons = together(reasons, people_objections(people))
            reasons.append(Reason("subject", "subject", N_("Choose an instrument or a technique.")))
            raise Refusal(reasons)
        wanted = Wanted(subject, request.form.get("level", ""), until, request.form.get("remark", "").strip())
        require_granter(actor, place_of(subject))
        named = any(reason.field == "people" for reason in reasons)
        more = grant_objections(actor, people, wanted, now)
        reasons += [each for each in more if not (named and each.code == "no_people")]
        with EVIDENCE.sent() as evidence:
            if reasons := [*reasons, *evidence.reasons]:
                raise Refusal(reasons)
            given = replace(wanted, evidence=evidence.take() or NO_PAPER)
            count = len(perform(lambda: [row.id for row in grant(actor, people, given, now)]))
    except Refusal as refusal:
        show_or_raise(refusal)
        return _grant_page(the(Lab, lab_id), request.form, refusal), refusal.status
    flash(
        ngettext("Granted to %(count)s person.", "Granted to %(count)s people.", count, count=count), "free"
    )
    return redirect(url_for(".of_lab", lab_id=lab_id), 303)


@pages.post(f"{ADDRESS}/renew")
def renew_here(lab_id: int) -> ResponseReturnValue:
    """Let those that are ticked last to another day, or for good."""
    _, actor = entered(lab_id)
    now, reasons, numbers = clock.now(), list[Reason](), numbers_ticked("chosen")
    until = day_typed("until", reasons)
    if until is None and not reasons and not request.form.get("for_good"):
        sentence = N_("Say to which day they last, or tick “For good”.")
        reasons.append(Reason("day_missing", "until", sentence))
    try:
        if reasons:
            raise Refusal(reasons)
        count = perform(lambda: renew(actor, dict.fromkeys(numbers), until, now))
    except Refusal as refusal:
        flash_or_raise(refusal)
    else:
        words = ngettext(
            "%(count)s qualification renewed.", "%(count)s qualifications renewed.", count, count=count
        )
        flash(words, "free")
    return redirect(url_for(".of_lab", lab_id=lab_id, **_kept()), 303)


@pages.post("/qualifications/<int:number>/revoke")
def revoke_one(number: int) -> ResponseReturnValue:
    """Take a qualification back, with a reason."""
    actor, now, form = the_actor(), clock.now(), request.form
    row = seen_qualification(actor, number)
    place, lab_id = place_of(Subject(row.instrument_id, row.technique_id)), form.get("lab", type=int)
    require_granter(actor, place, row.person_id)
    try:
        perform(
            lambda: revoke(actor, number, form.get("reason", ""), form.get("version", 0, type=int), now).id
        )
    except Refusal as refusal:
        flash_or_raise(refusal)
        return redirect(url_for(".one", number=number, lab=lab_id), 303)
    flash(gettext("Taken back. Who had it is told why; what is booked stays booked."), "free")
    labs = [scope.lab_id for scope in place.scopes if scope.lab_id is not None]
    if lab_id not in labs:
        return redirect(url_for(".one", number=number), 303)
    return redirect(url_for(".of_lab", lab_id=lab_id), 303)


def subject_choices(lab: Lab) -> list[tuple[str, str]]:
    """What the lab grants qualifications for, as choices of a form: techniques first."""
    techniques, instruments = subjects_of_lab(lab)
    return [
        *(
            (f"t{row.id}", gettext("Technique: %(name)s", name=in_language(row.name_en, row.name_zh)))
            for row in techniques
        ),
        *((f"i{row.id}", in_language(row.name_en, row.name_zh)) for row in instruments),
    ]


def _kept() -> dict[str, str]:
    """The filter that the page had."""
    return {name: request.form[name] for name in ("q", "subject", "state") if request.form.get(name)}


def _grant_page(lab: Lab, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "qualifications/grant.html",
        lab=lab,
        typed=typed,
        reasons=by_field(refusal),
        subjects=subject_choices(lab),
        levels=LEVELS,
        today=today(clock.now()),
    )
