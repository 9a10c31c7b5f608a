"""What the labs of an institution propose, as its managers answer it: beside what holds, one by one or several at once."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Institution, Person
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require
from instruments.rates import words
from instruments.rates.owners import CardOwner
from instruments.rates.proposals import Proposal, decline_several, looked_at, publish_several, waiting
from instruments.rates.publishing import against_reason
from instruments.rates.views.doors import class_names, list_name, pages
from instruments.web import clock
from instruments.web.language import in_language
from instruments.web.reasons import by_field, in_full

MOST_SHOWN = 60
ADDRESS = "/institutions/<int:institution_id>/price-proposals"


@pages.get(ADDRESS)
def proposals(institution_id: int) -> str:
    """What waits, that which would hold first at the head."""
    home, actor = entered(institution_id)
    return _page(home, actor)


@pages.post(ADDRESS)
def answer_proposals(institution_id: int) -> ResponseReturnValue:
    """Approve the chosen, or send them back with a reason; all of them or none."""
    _, actor = entered(institution_id)
    form, now = request.form, clock.now()
    chosen, reason, returns = _chosen(), form.get("reason", ""), form.get("do") == "return"
    try:
        if not chosen:
            none = Reason("chosen", "chosen", N_("Choose at least one."))
            raise Refusal([none, *(against_reason(reason) if returns else ())])
        if returns:
            made = perform(lambda: len(decline_several(actor, institution_id, chosen, reason, now)))
        else:
            made = perform(lambda: len(publish_several(actor, institution_id, chosen, now)))
    except Refusal as refusal:
        db.session.rollback()
        if refusal.status == 404:
            raise
        home, actor = entered(institution_id)
        return _page(home, actor, refusal, chosen, reason), refusal.status
    done = (
        ngettext(
            "%(num)s price list sent back to its lab.", "%(num)s price lists sent back to their labs.", made
        )
        if returns
        else ngettext("%(num)s price list published.", "%(num)s price lists published.", made)
    )
    flash(done, "free")
    return redirect(f"/institutions/{institution_id}/price-proposals", 303)


def entered(institution_id: int) -> tuple[Institution, Actor]:
    """The institution, for who approves prices there."""
    home = db.session.get(Institution, institution_id)
    if home is None:
        raise NotFound([Reason("no_institution", None, N_("There is no such institution."))])
    return home, require(Action.PRICES_APPROVE, Scope(institution_id=institution_id))


def _chosen() -> dict[int, int]:
    """The versions that were ticked, each as it was seen; sent as "number:version"."""
    found = {}
    for text in request.form.getlist("chosen"):
        number, _, version = text.partition(":")
        if (
            number.isascii()
            and number.isdigit()
            and version.isascii()
            and version.isdigit()
            and len(text) < 30
        ):
            found[int(number)] = int(version)
    return found


def _page(
    home: Institution,
    actor: Actor,
    refusal: Refusal | None = None,
    chosen: dict[int, int] | None = None,
    reason: str = "",
) -> str:
    now = clock.now()
    shown = [_shown(looked_at(row, now), actor) for row in waiting(home.id)]
    reasons = {
        name.replace("version-", "chosen-"): sentences for name, sentences in by_field(refusal).items()
    }
    return render_template(
        "rates/proposals.html",
        home=home,
        name=in_language(home.name_en, home.name_zh),
        proposals=shown,
        answerable=[each for each in shown if not each["own"]],
        chosen=chosen or {},
        reason=reason,
        reasons=reasons,
        labels={f"chosen-{each['one'].row.id}": each["title"] for each in shown},
    )


def _shown(one: Proposal, actor: Actor) -> dict[str, Any]:
    proposer = db.session.get(Person, one.row.proposed_by_id) if one.row.proposed_by_id else None
    classes = class_names(one.owner.lab.id)
    return {
        "one": one,
        "title": _title(one.owner),
        "lab": in_language(one.owner.lab.name_en, one.owner.lab.name_zh),
        "zone": one.owner.lab.zone,
        "more": max(len(one.prices) - MOST_SHOWN, 0),
        "prices": one.prices[:MOST_SHOWN],
        "own": one.row.proposed_by_id == actor.person_id,
        "proposer": in_language(proposer.name_en, proposer.name_zh) if proposer else "",
        "classes": classes,
        "other": [gettext(words.FIELD_WORDS[name]) for name in one.other],
        "without": [
            f"{classes.get(key, key)} ({gettext(words.MODE_WORDS[mode])})" for key, mode in one.without
        ],
        "problems": [in_full(each) for each in one.reasons],
        "shares": one.shares,
        "counts": (
            sum(
                1
                for each in one.prices
                if each.before and each.after and each.after.units > each.before.units
            ),
            sum(
                1
                for each in one.prices
                if each.before and each.after and each.after.units < each.before.units
            ),
            sum(1 for each in one.prices if each.before is None),
            sum(1 for each in one.prices if each.after is None),
        ),
    }


def _title(owner: CardOwner) -> str:
    lab = in_language(owner.lab.name_en, owner.lab.name_zh)
    return f"{list_name(owner)} · {lab}"
