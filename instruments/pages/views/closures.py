"""The page of the closures of a lab or an instrument, with the reservations that lie within them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.availability import closures
from instruments.availability.closures import Wanted
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import kind_of, scope_of, the_owner
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.pages.views.doors import pages
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import require
from instruments.reservations.displacing import within_closures
from instruments.reservations.form import EARLIEST, LATEST
from instruments.timespan import Timespan
from instruments.web import clock, formats
from instruments.web.reasons import by_field

ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/closures"
ONE = "/closures/<int:closure_id>"
MOST_LISTED = 20


@dataclass
class Typed:
    """What the form says now, right or wrong."""

    kind: str = "maintenance"
    reason: str = ""
    start_day: str = ""
    start_time: str = ""
    end_day: str = ""
    end_time: str = ""
    version: int = 0
    refusal: Refusal | None = field(default=None)


@pages.get(ADDRESS)
def closures_page(kind: str, owner_id: int) -> ResponseReturnValue:
    """Closures coming and past, with the form for a new one, or for one that is changed."""
    owner = the_owner(kind, owner_id)
    actor = require(Action.CLOSURE_EDIT, scope_of(owner))
    changed = request.args.get("change", type=int)
    if changed is None:
        return _page(owner, actor, _empty(owner))
    closure = closures.the_closure(changed)
    _allowed(closure)
    return _page(closures.owner_of(closure), actor, _filled(closure), closure)


@pages.post(ADDRESS)
def add_closure(kind: str, owner_id: int) -> ResponseReturnValue:
    """Close it."""
    owner = the_owner(kind, owner_id)
    actor = require(Action.CLOSURE_EDIT, scope_of(owner))
    typed, now = _typed(), clock.now()
    try:
        wanted = _wanted(typed)
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
    typed, now = _typed(), clock.now()

    def act() -> tuple[int, Timespan]:
        closures.change_closure(closure, wanted, version=typed.version, actor_id=actor.person_id, now=now)
        return _said(closure)

    try:
        wanted = _wanted(typed)
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
    try:
        perform(lambda: closures.lift_closure(closure, version=version, actor_id=actor.person_id, now=now))
    except Refusal as refusal:
        typed = _empty(owner)
        typed.refusal = refusal
        return _page(owner, actor, typed), refusal.status
    flash(gettext("Open again."), "free")
    return redirect(url_for("pages.closures_page", kind=kind_of(owner), owner_id=owner.id), 303)


def _allowed(closure: Closure) -> Actor:
    return require(Action.CLOSURE_EDIT, scope_of(closures.owner_of(closure)))


def _said(closure: Closure) -> tuple[int, Timespan]:
    return closure.id, Timespan(closure.starts_at, closure.ends_at)


def _done(owner: Owner, closure_id: int, span: Timespan) -> ResponseReturnValue:
    """Say what was done, and how many reservations lie within it."""
    words = gettext("Closed %(when)s.", when=formats.when(span, lab_of(owner).zone))
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


def _typed() -> Typed:
    names = ("kind", "reason", "start_day", "start_time", "end_day", "end_time")
    typed = Typed(**{name: request.form.get(name, "").strip() for name in names})
    typed.version = request.form.get("version", 0, type=int)
    return typed


def _empty(owner: Owner) -> Typed:
    there = formats.local(clock.now(), lab_of(owner).zone)
    start = there.replace(minute=0, second=0) + timedelta(hours=1)
    end = start + timedelta(hours=4)
    return Typed("maintenance", "", *_fields(start), *_fields(end))


def _filled(closure: Closure) -> Typed:
    zone = lab_of(closures.owner_of(closure)).zone
    ends = (*_fields(formats.local(closure.starts_at, zone)), *_fields(formats.local(closure.ends_at, zone)))
    return Typed(closure.kind, closure.reason, *ends, version=closure.version)


def _fields(moment: datetime) -> tuple[str, str]:
    return moment.date().isoformat(), f"{moment:%H:%M}"


def _wanted(typed: Typed) -> Wanted:
    reasons: list[Reason] = []
    start = _wall("start", typed.start_day, typed.start_time, reasons)
    end = _wall("end", typed.end_day, typed.end_time, reasons)
    if start is None or end is None:
        raise Refusal(reasons)
    return Wanted(typed.kind, typed.reason, start, end)


def _wall(name: str, day: str, clock_time: str, reasons: list[Reason]) -> datetime | None:
    """A local date and time as typed; 24:00 is the end of the day."""
    found_day, found_time = None, None
    with suppress(ValueError):
        found_day = date.fromisoformat(day)
    if found_day is None or not EARLIEST <= found_day < LATEST:
        reasons.append(Reason("date", f"{name}_day", N_("Write a date, like 2027-03-01.")))
        found_day = None
    after = timedelta(days=1 if clock_time == "24:00" else 0)
    with suppress(ValueError):
        found_time = time() if after else time.fromisoformat(clock_time)
    if found_time is None or found_time.tzinfo is not None:
        reasons.append(Reason("time", f"{name}_time", N_("Write a time, like 08:30.")))
        return None
    if found_day is None:
        return None
    return datetime.combine(found_day, found_time.replace(second=0, microsecond=0)) + after


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
    return {
        "closure": closure,
        "span": Timespan(closure.starts_at, closure.ends_at),
        "own": (closure.lab_id is not None) == (kind_of(owner) == "labs"),
        "now": closure.starts_at <= now < closure.ends_at,
        "within": within.get(closure.id),
    }
