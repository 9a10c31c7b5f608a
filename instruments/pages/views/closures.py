"""The page of the closures of a lab or an instrument, with the reservations that lie within them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.availability import closures, faults, kinds, series
from instruments.availability.models import Closure
from instruments.availability.owners import Owner, lab_of
from instruments.availability.shutting import WHOLE
from instruments.availability.views.doors import kind_of, scope_of, the_owner
from instruments.catalog.models import Instrument
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.pages import deciding
from instruments.pages.closed_days import closed_words, closure_span_words
from instruments.pages.closure_form import (
    Typed,
    empty_form,
    filled_form,
    rule_in_words,
    typed_form,
    wanted_closing,
    wanted_closure,
)
from instruments.pages.deciding import InTheWay, outcome_words
from instruments.pages.refused_moves import keep_refused
from instruments.pages.views.doors import pages
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import require
from instruments.reservations.displacing import within_closures
from instruments.reservations.making_way import change_and_make_way, close, make_way
from instruments.reservations.offering_back import lift
from instruments.reservations.one_way import Done
from instruments.reservations.partly import Closing, closed_by, met, said_anew
from instruments.timespan import Timespan
from instruments.web import clock, formats
from instruments.web.language import in_language
from instruments.web.reasons import by_field, sentence

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
        broken = "broken" in request.args
        return _page(owner, actor, empty_form(owner, broken=broken, reason=_fault(owner)))
    closure = closures.the_closure(changed)
    _allowed(closure)
    return _page(closures.owner_of(closure), actor, filled_form(closure), closure)


@pages.post(ADDRESS)
def add_closure(kind: str, owner_id: int) -> ResponseReturnValue:
    """Close it; where reservations lie in the way, ask first what becomes of them."""
    owner = the_owner(kind, owner_id)
    actor = require(Action.CLOSURE_EDIT, scope_of(owner))
    typed, now = typed_form(), clock.now()
    asked: InTheWay | None = None
    try:
        wanted, repeat = wanted_closing(typed)
        closing = Closing(owner, series.spans_of(owner, wanted, repeat, now), wanted.units)
        asked = InTheWay(owner, closing, met(closing, now))
        if asked.rows and not deciding.is_decided():
            return _ask(asked, actor, now, typed)
        said = perform(lambda: _said(*close(owner, wanted, deciding.decided(), actor, now, repeat)))
        left = [formats.day(day) for day in series.days_left_out(owner, wanted, repeat)]
    except Refusal as refusal:
        if asked is not None and asked.rows and _is_of_message(refusal):
            return _ask(asked, actor, now, typed, refusal=refusal), refusal.status
        typed.refusal = refusal
        return _page(owner, actor, typed), refusal.status
    for day in left:
        flash(gettext("%(day)s is left out: the clocks skip that time.", day=day), "warn")
    return _done(owner, *said, closing)


@pages.post(ONE)
def change_closure(closure_id: int) -> ResponseReturnValue:
    """Change one that is not over; where it closes anew over reservations, ask first."""
    closure = closures.the_closure(closure_id)
    actor = _allowed(closure)
    owner = closures.owner_of(closure)
    typed, now = typed_form(), clock.now()
    asked: InTheWay | None = None

    def act() -> tuple[list[Timespan], Done]:
        anew = [each for each, _ in series.changed_together(closure, wanted, typed.scope, now)]
        done = change_and_make_way(
            closure, wanted, typed.version, deciding.decided(), actor, now, typed.scope
        )
        return _said(anew, done)

    try:
        wanted = wanted_closure(typed)
        together = series.changed_together(closure, wanted, typed.scope, now)
        left = [_when(each, owner) for each in series.left_alone(closure, wanted, typed.scope, now)]
        closing = said_anew(owner, together, now)
        asked = InTheWay(owner, closing, met(closing, now))
        if asked.rows and not deciding.is_decided():
            return _ask(asked, actor, now, typed, closure)
        said = perform(act)
    except Refusal as refusal:
        if asked is not None and asked.rows and _is_of_message(refusal):
            return _ask(asked, actor, now, typed, closure, refusal), refusal.status
        typed.refusal = refusal
        typed.version = closure.version
        return _page(owner, actor, typed, closure), refusal.status
    for when in left:
        flash(gettext("%(when)s stays as it was: the clocks skip the new time that day.", when=when), "warn")
    return _done(owner, *said, closing)


@pages.get(f"{ONE}/reservations")
def reservations_within(closure_id: int) -> ResponseReturnValue:
    """Decide again about the reservations that lie within a closure."""
    closure = closures.the_closure(closure_id)
    actor, now = _allowed(closure), clock.now()
    asked = _within(closure, now)
    if not asked.rows and closure.units is not None:
        flash(gettext("Every reservation within it has a place."), "free")
    return _ask_again(asked, actor, now, closure) if asked.rows else _back(asked.owner)


@pages.post(f"{ONE}/reservations")
def decide_within(closure_id: int) -> ResponseReturnValue:
    """Do with them what was decided."""
    closure = closures.the_closure(closure_id)
    actor, now = _allowed(closure), clock.now()
    asked = _within(closure, now)
    try:
        done = perform(lambda: make_way(closure, deciding.decided(), actor, now))
    except Refusal as refusal:
        if not (asked.rows and _is_of_message(refusal)):
            raise
        return _ask_again(asked, actor, now, closure, refusal), refusal.status
    return _done(asked.owner, [], done)


@pages.post(f"{ONE}/lift")
def lift_closure(closure_id: int) -> ResponseReturnValue:
    """Take back one that has not begun, end one that has."""
    closure = closures.the_closure(closure_id)
    actor = _allowed(closure)
    owner = closures.owner_of(closure)
    version, now = request.form.get("version", 0, type=int), clock.now()
    also = bool(request.form.get("following"))
    number = 1 + len(series.following(closure, now)) if also else 1
    if number > 1 and request.form.get("agreed", type=int) != number:
        return _page(owner, actor, empty_form(owner), lifting=(closure, number))
    words = _lifted(closure, now, number)
    try:
        offered = perform(lambda: lift(closure, version, actor, now, also_following=also))
    except Refusal as refusal:
        typed = empty_form(owner)
        typed.refusal = refusal
        return _page(owner, actor, typed), refusal.status
    if offered:
        offers = ngettext(
            "Its time is offered back to %(num)s person who lost it.",
            "Its time is offered back to %(num)s people who lost it.",
            offered,
        )
        words = f"{words} {offers}"
    flash(words, "free")
    return _back(owner)


def _lifted(closure: Closure, now: datetime, number: int) -> str:
    """What is true once it is gone, with those after it: nothing opens again that had not closed yet."""
    if number > 1:
        return gettext("%(count)s closures are removed.", count=number)
    if closure.starts_at > now:
        return gettext("Removed: that time stays open.")
    return gettext("Back in service.") if closure.what == "breakdown" else gettext("Open again.")


def _fault(owner: Owner) -> str:
    """What a breakdown that comes of a reported fault begins to say: the lab's note, else what was reported."""
    number = request.args.get("fault", type=int)
    fault = faults.the_fault(number) if number is not None else None
    if fault is None or fault.instrument_id != owner.id or kind_of(owner) != "instruments":
        return ""
    return (fault.note or fault.words)[: closures.LONGEST_REASON]


def _allowed(closure: Closure) -> Actor:
    return require(Action.CLOSURE_EDIT, scope_of(closures.owner_of(closure)))


def _said(closed: Sequence[Closure], done: Done) -> tuple[list[Timespan], Done]:
    return [Timespan(closure.starts_at, closure.ends_at) for closure in closed], done


def _within(closure: Closure, now: datetime) -> InTheWay:
    closing = closed_by([closure])
    return InTheWay(closing.owner, closing, met(closing, now), stands=closure)


def _ask(
    asked: InTheWay,
    actor: Actor,
    now: datetime,
    typed: Typed,
    closure: Closure | None = None,
    refusal: Refusal | None = None,
) -> str:
    back = _address(asked.owner)
    action = back if closure is None else url_for("pages.change_closure", closure_id=closure.id)
    hidden = typed.fields() | {"version": str(typed.version)}
    return deciding.page(asked, actor, now, action=action, hidden=hidden, back=back, refusal=refusal)


def _ask_again(
    asked: InTheWay, actor: Actor, now: datetime, closure: Closure, refusal: Refusal | None = None
) -> str:
    action = url_for("pages.decide_within", closure_id=closure.id)
    back = _address(asked.owner)
    return deciding.page(asked, actor, now, action=action, hidden={}, back=back, refusal=refusal)


def _is_of_message(refusal: Refusal) -> bool:
    return all(reason.field == "message" for reason in refusal.reasons)


def _address(owner: Owner) -> str:
    return url_for("pages.closures_page", kind=kind_of(owner), owner_id=owner.id)


def _back(owner: Owner) -> ResponseReturnValue:
    return redirect(_address(owner), 303)


def _done(
    owner: Owner, closed: Sequence[Timespan], done: Done, closing: Closing | None = None
) -> ResponseReturnValue:
    """Say what was done, to how many, and who stays against the decision, about whom it is asked anew at once."""
    zone = lab_of(owner).zone
    words = [gettext("Closed %(when)s.", when=closure_span_words(each, zone)) for each in closed[:1]]
    if len(closed) > 1:
        words = [ngettext("Closed %(num)s time.", "Closed %(num)s times.", len(closed))]
    if closing is not None and closing.units is not None:
        words = [gettext("Closed %(when)s.", when=deciding.closes(closing))]
    words += outcome_words(done.outcomes)
    flash(" ".join(words), "warn" if done.outcomes.get("kept") else "free")
    keep_refused(deciding.decided(), done, clock.now())
    for row, refusal in done.failed[:MOST_LISTED]:
        when = formats.when(Timespan.from_seconds(row.start, row.end), zone)
        why = " ".join(sentence(reason) for reason in refusal.reasons)
        user = in_language(row.user_en, row.user_zh)
        flash(gettext("%(when)s, %(user)s stays as it was. %(why)s", when=when, user=user, why=why), "bad")
    if done.again:
        return redirect(url_for("pages.reservations_within", closure_id=done.again[0]), 303)
    return _back(owner)


def _page(
    owner: Owner,
    actor: Actor,
    typed: Typed,
    changed: Closure | None = None,
    lifting: tuple[Closure, int] | None = None,
) -> str:
    """lifting: the closure that shall go with those after it, and how many that is: asked about before it is done."""
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
        lifting=lifting and {"row": _row(lifting[0], owner, {}, now), "number": lifting[1]},
        capacity=_capacity(owner),
        broken=any(
            each.what == "breakdown" and each.starts_at <= now and each.units is None for each in coming
        ),
        begun=changed is not None and changed.starts_at <= now,
        reasons=by_field(typed.refusal),
        coming=[_row(each, owner, within, now) for each in coming],
        past=[
            _row(each, owner, {}, now) for each in closures.closures_of(owner, over=True, now=now, limit=50)
        ],
        sees_reservations=sees,
        most_listed=MOST_LISTED,
    )


def _when(closure: Closure, owner: Owner) -> str:
    return closure_span_words(Timespan(closure.starts_at, closure.ends_at), lab_of(owner).zone)


def _row(closure: Closure, owner: Owner, within: dict[int, Any], now: datetime) -> dict[str, Any]:
    return {
        "closure": closure,
        "when": _when(closure, owner),
        "word": closed_words(closure.what, closure.units or WHOLE, _capacity(owner)),
        "ending": _ending(closure, now),
        "icon": kinds.ICONS[closure.what],
        "tone": "maintenance" if closure.what in kinds.UPKEEP else "",
        "own": (closure.lab_id is not None) == (kind_of(owner) == "labs"),
        "now": closure.starts_at <= now < closure.ends_at,
        "repeats": closure.series is not None,
        "rule": rule_in_words(closure.rule) if closure.rule else "",
        "within": within.get(closure.id),
        "partly": closure.units is not None,
        "decides": closure.ends_at > now,
    }


def _capacity(owner: Owner) -> int:
    return owner.capacity if isinstance(owner, Instrument) else 1


def _ending(closure: Closure, now: datetime) -> str:
    """What the button says that takes it back or ends it."""
    if closure.starts_at > now:
        return gettext("Remove")
    return gettext("Back in service") if closure.what == "breakdown" else gettext("End it now")
