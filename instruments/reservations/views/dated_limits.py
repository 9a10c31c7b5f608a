"""Limits for certain dates as pages: add a set, take it back, or let it end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.hours import today_at
from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import scope_of, season_from_form, season_options, the_owner
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.reservations.dating import add_dated, end_dated
from instruments.reservations.limit_words import choices, instead_words, labels
from instruments.reservations.limiting import always_rules
from instruments.reservations.limits import LIMITS
from instruments.reservations.views.doors import pages
from instruments.reservations.views.limit_fields import in_form_order, typed_limits
from instruments.reservations.views.limits import ADDRESS
from instruments.web import clock
from instruments.web.fields import day_typed
from instruments.web.refusals import show_or_raise


@pages.get(f"{ADDRESS}/dates")
def dated_rules(kind: str, owner_id: int) -> ResponseReturnValue:
    """The form of a new set."""
    owner = the_owner(kind, owner_id)
    require(Action.RULES_EDIT, scope_of(owner))
    tomorrow = today_at(owner, clock.now()) + timedelta(days=1)
    return _page(kind, owner, dict.fromkeys(LIMITS, "") | {"since": tomorrow.isoformat(), "until": ""})


@pages.post(f"{ADDRESS}/dates")
def add_dated_rules(kind: str, owner_id: int) -> ResponseReturnValue:
    """Add a set for certain dates."""
    owner = the_owner(kind, owner_id)
    actor, now = require(Action.RULES_EDIT, scope_of(owner)), clock.now()
    own, unread = typed_limits(request.form)
    reasons: list[Reason] = []
    since, until = day_typed("since", reasons, needed=True), day_typed("until", reasons)
    dates = (since or today_at(owner, now), None if reasons else until)
    try:
        season_id = season_from_form()
        perform(
            lambda: add_dated(
                actor, the_owner(kind, owner_id), own, dates, now, [*unread, *reasons], season_id
            )
        )
    except Refusal as refusal:
        show_or_raise(refusal, 422)
        return _page(kind, the_owner(kind, owner_id), request.form, refusal), 422
    flash(gettext("Added for reservations that start on these dates. Those made stay as they are."), "free")
    return redirect(url_for(".rules", kind=kind, owner_id=owner_id), 303)


@pages.post(f"{ADDRESS}/dates/<int:number>/end")
def end_dated_rules(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """Take a planned set back; one that holds ends with today."""
    owner = the_owner(kind, owner_id)
    actor, now = require(Action.RULES_EDIT, scope_of(owner)), clock.now()
    removed = perform(lambda: end_dated(actor, the_owner(kind, owner_id), number, now))
    flash(gettext("Taken back.") if removed else gettext("It ends with today."), "free")
    return redirect(url_for(".rules", kind=kind, owner_id=owner_id), 303)


def _page(kind: str, owner: Owner, typed: Mapping[str, Any], refusal: Refusal | None = None) -> str:
    return render_template(
        "reservations/dated_rules.html",
        kind=kind,
        owner=owner,
        of_lab=isinstance(owner, Lab),
        lab=lab_of(owner),
        typed=typed,
        reasons=in_form_order(refusal, ("since", "until", "season_id")),
        labels=labels(),
        instead=instead_words(always_rules(owner)),
        choices=choices(),
        today=today_at(owner, clock.now()),
        seasons=season_options(lab_of(owner).institution_id),
    )
