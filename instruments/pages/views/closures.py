"""The page of the closures of a lab or an instrument, with the reservations that lie within them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.availability import closures, kinds
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import kind_of, scope_of, the_owner
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.pages.closed_days import closure_span_words
from instruments.pages.closure_form import (
    Typed,
    empty_form,
    filled_form,
    typed_form,
    wanted_closure,
)
from instruments.pages.views.doors import pages
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import require
from instruments.reservations.displacing import within_closures
from instruments.timespan import Timespan
from instruments.web import clock
from instruments.web.reasons import by_field

ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/closures"
ONE = "/closures/<int:closure_id>"
MOST_LISTED = 20


@pages.get(ADDRESS)
def closures_page(kind: str, owner_id: int) -> ResponseReturnValue:
    """Closures coming and past, with the form for a new one, or for one that is changed."""
    owner = the_owner(kind, owner_id)
    actor = require(Action.CLOSURE_EDIT, scope_of(owner))
    changed = request.args.get("change", type=int)
    if changed is None:
        return _page(owner, actor, empty_form(owner, broken="broken" in request.args))
    closure = closures.the_closure(changed)
    _allowed(closure)
    return _page(closures.owner_of(closure), actor, filled_form(closure), closure)


@pages.post(ADDRESS)
def add_closure(kind: str, owner_id: int) -> ResponseReturnValue:
    """Close it."""
    owner = the_owner(kind, owner_id)
    actor = require(Action.CLOSURE_EDIT, scope_of(owner))
    typed, now = typed_form(), clock.now()
    try:
        wanted = wanted_closure(typed)
        added = perform(lambda: _said(closures.add_closure(owner, wanted, actor_id=actor.person_id, now=now)))
    except Refusal as refusal:
        typed.refusal = refusal
        return _page(owner, actor, typed), refusal.status
    return _done(owner, *added)


@pages.post(ONE)
def change_closure(closure_id: int) -> ResponseReturnValue:
    """Change one that is not over."""
    closure = closures.the_closure(closure_id)
    actor = _allowed(closure)
    owner = closures.owner_of(closure)
    typed, now = typed_form(), clock.now()

    def act() -> tuple[int, Timespan]:
        closures.change_closure(closure, wanted, version=typed.version, actor_id=actor.person_id, now=now)
        return _said(closure)

    try:
        wanted = wanted_closure(typed)
        changed = perform(act)
    except Refusal as refusal:
        typed.refusal = refusal
        typed.version = closure.version
        return _page(owner, actor, typed, closure), refusal.status
    return _done(owner, *changed)


@pages.post(f"{ONE}/lift")
def lift_closure(closure_id: int) -> ResponseReturnValue:
    """Take back one that has not begun, end one that has."""
    closure = closures.the_closure(closure_id)
    actor = _allowed(closure)
    owner = closures.owner_of(closure)
    version, now = request.form.get("version", 0, type=int), clock.now()
    words = gettext("Back in service.") if closure.what == "breakdown" else gettext("Open again.")
    try:
        perform(lambda: closures.lift_closure(closure, version=version, actor_id=actor.person_id, now=now))
    except Refusal as refusal:
        typed = empty_form(owner)
        typed.refusal = refusal
        return _page(owner, actor, typed), refusal.status
    flash(words, "free")
    return redirect(url_for("pages.closures_page", kind=kind_of(owner), owner_id=owner.id), 303)


def _allowed(closure: Closure) -> Actor:
    return require(Action.CLOSURE_EDIT, scope_of(closures.owner_of(closure)))


def _said(closure: Closure) -> tuple[int, Timespan]:
    return closure.id, Timespan(closure.starts_at, closure.ends_at)


def _done(owner: Owner, closure_id: int, span: Timespan) -> ResponseReturnValue:
    """Say what was done, and how many reservations lie within it."""
    words = gettext("Closed %(when)s.", when=closure_span_words(span, lab_of(owner).zone))
    within = within_closures([closure_id], clock.now()).get(closure_id)
    if within is None:
        flash(words, "free")
    else:
        many = ngettext(
            "%(num)s reservation lies within it and stays valid: move or cancel it.",
            "%(num)s reservations lie within it and stay valid: move or cancel them.",
            within.count,
        )
        flash(f"{words} {many}", "warn")
    return redirect(url_for("pages.closures_page", kind=kind_of(owner), owner_id=owner.id), 303)


def _page(owner: Owner, actor: Actor, typed: Typed, changed: Closure | None = None) -> str:
    now = clock.now()
    lab = lab_of(owner)
    coming = closures.closures_of(owner, over=False, now=now)
    within = within_closures([each.id for each in coming], now)
    sees = may(actor, Action.RESERVATION_SEE, scope_of(owner))
    return render_template(
        "pages/closures.html",
        owner=owner,
        kind=kind_of(owner),
        lab=lab,
        typed=typed,
        changed=changed,
        broken=any(each.what == "breakdown" and each.starts_at <= now for each in coming),
        begun=changed is not None and changed.starts_at <= now,
        reasons=by_field(typed.refusal),
        coming=[_row(each, owner, within, now) for each in coming],
        past=[
            _row(each, owner, {}, now) for each in closures.closures_of(owner, over=True, now=now, limit=50)
        ],
        sees_reservations=sees,
        most_listed=MOST_LISTED,
    )


def _row(closure: Closure, owner: Owner, within: dict[int, Any], now: datetime) -> dict[str, Any]:
    zone = lab_of(owner).zone
    return {
        "closure": closure,
        "when": closure_span_words(Timespan(closure.starts_at, closure.ends_at), zone),
        "word": gettext(kinds.WORDS[closure.what]),
        "ending": _ending(closure, now),
        "icon": kinds.ICONS[closure.what],
        "tone": "maintenance" if closure.what in kinds.UPKEEP else "",
        "own": (closure.lab_id is not None) == (kind_of(owner) == "labs"),
        "now": closure.starts_at <= now < closure.ends_at,
        "within": within.get(closure.id),
    }


def _ending(closure: Closure, now: datetime) -> str:
    """What the button says that takes it back or ends it."""
    if closure.starts_at > now:
        return gettext("Remove")
    return gettext("Back in service") if closure.what == "breakdown" else gettext("End it now")
