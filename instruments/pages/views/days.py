"""The deeds on days that differ from the weekly hours, and on the reservations that lie outside the hours."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability import differing, hours
from instruments.availability.opening import ValidDay
from instruments.availability.owners import Owner, instruments_of, lab_of
from instruments.availability.proposed import Change, both, with_days, without_days
from instruments.availability.views.doors import kind_of, scope_of
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.pages import deciding
from instruments.pages.days_form import TypedDays, filled_days, typed_days
from instruments.pages.deciding import A_PAGE, InTheWay, outcome_words
from instruments.pages.falling_out import hit_by, tell_outside
from instruments.pages.hours_form import filled
from instruments.pages.refused_moves import keep_refused
from instruments.pages.views.doors import pages
from instruments.pages.views.hours import ADDRESS, after, allowed, page
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.reservations.hours.wire import valid_day
from instruments.reservations.making_way import make_way_for_hours
from instruments.reservations.one_way import Done
from instruments.reservations.outside_hours import outside_hours, told_by_id
from instruments.timespan import Timespan
from instruments.web import clock, formats
from instruments.web.fields import page_number, page_of
from instruments.web.language import in_language
from instruments.web.reasons import sentence

MOST_LISTED = 20


@pages.get(f"{ADDRESS}/days/<int:number>")
def days_page(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """The page of the hours with these days ready to be changed."""
    owner = allowed(kind, owner_id)
    return _page(owner, filled_days(differing.the_days(owner, number)))


@pages.post(f"{ADDRESS}/days")
def add_days(kind: str, owner_id: int) -> ResponseReturnValue:
    """Let days differ; whom that leaves outside is shown first."""
    owner = allowed(kind, owner_id)

    def planned(typed: TypedDays) -> tuple[Change, Callable[[], object]]:
        wanted, by = typed.wanted(), _by(owner)
        spans = differing.read_wanted(owner, wanted, by["now"])
        day = ValidDay(spans, wanted.first, wanted.last, wanted.reason)
        return with_days(day, of_lab=isinstance(owner, Lab)), lambda: differing.add_days(owner, wanted, **by)

    return _done(owner, typed_days(), planned, gettext("These days now differ from the week."))


@pages.post(f"{ADDRESS}/days/<int:number>")
def change_days(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """Change what is not over of them."""
    owner = allowed(kind, owner_id)
    row = differing.the_days(owner, number)

    def planned(typed: TypedDays) -> tuple[Change, Callable[[], object]]:
        wanted, by = typed.wanted(), _by(owner)
        spans = differing.read_wanted(owner, wanted, by["now"], row)
        of_lab = isinstance(owner, Lab)
        day = ValidDay(spans, wanted.first, wanted.last, wanted.reason)
        change = both(without_days(valid_day(row), of_lab=of_lab), with_days(day, of_lab=of_lab))
        return change, lambda: differing.change_days(row, wanted, version=typed.version, **by)

    typed = typed_days()
    typed.number = number
    return _done(owner, typed, planned, gettext("Changed."))


@pages.post(f"{ADDRESS}/days/<int:number>/remove")
def remove_days(kind: str, owner_id: int, number: int) -> ResponseReturnValue:
    """Let the week hold again on these days."""
    owner = allowed(kind, owner_id)
    row = differing.the_days(owner, number)
    typed = filled_days(row)
    typed.version = request.form.get("version", 0, type=int)

    def planned(typed: TypedDays) -> tuple[Change, Callable[[], object]]:
        by = _by(owner)
        return (
            without_days(valid_day(row), of_lab=isinstance(owner, Lab)),
            lambda: differing.remove_days(row, version=typed.version, **by),
        )

    return _done(owner, typed, planned, gettext("The weekly hours hold again."), asked="remove")


@pages.get(f"{ADDRESS}/outside")
def outside_page(kind: str, owner_id: int) -> ResponseReturnValue:
    """Decide about the reservations that lie outside the published hours."""
    owner = allowed(kind, owner_id)
    asked = _outside(owner)
    if not asked.total:
        flash(gettext("No reservation lies outside the opening hours."), "free")
        return _back(owner)
    actor = require(Action.CLOSURE_EDIT, scope_of(owner))
    return _ask(asked, actor)


@pages.post(f"{ADDRESS}/outside")
def decide_outside(kind: str, owner_id: int) -> ResponseReturnValue:
    """Do with them what was decided."""
    owner, now = allowed(kind, owner_id), clock.now()
    actor = require(Action.CLOSURE_EDIT, scope_of(owner))
    ids = outside_hours(instruments_of(owner), now)
    decided = deciding.decided()
    try:
        done = perform(lambda: make_way_for_hours(ids, decided, actor, now))
    except Refusal as refusal:
        asked = _outside(owner)
        if not asked.total or any(reason.field != "message" for reason in refusal.reasons):
            raise
        return _ask(asked, actor, refusal), refusal.status
    keep_refused(decided, done, now)
    _tell(owner, done)
    if done.failed or len(ids) > A_PAGE:
        address = {"kind": kind, "owner_id": owner_id, "page": page_number()}
        return redirect(url_for("pages.outside_page", **address), 303)
    return _back(owner)


def _by(owner: Owner) -> dict[str, object]:
    return {"actor_id": require(Action.HOURS_EDIT, scope_of(owner)).person_id, "now": clock.now()}


def _done(
    owner: Owner,
    typed: TypedDays,
    planned: Callable[[TypedDays], tuple[Change, Callable[[], object]]],
    words: str,
    asked: str = "save",
) -> ResponseReturnValue:
    """Do it, unless it is refused, or somebody would be left outside who was not shown."""
    _, _, then = request.form.get("do", "").partition(" ")
    try:
        change, act = planned(typed)
        hit = hit_by(owner, change, clock.now())
        if not hit.is_agreed():
            typed.hit, typed.asked = hit, asked
            return _page(owner, typed)
        perform(act)
    except Refusal as refusal:
        typed.refusal = refusal
        return _page(owner, typed), refusal.status
    flash(words, "free")
    if then != "decide":
        tell_outside(owner, clock.now())
    return _back(owner, then)


def _page(owner: Owner, typed: TypedDays) -> str:
    today = hours.today_at(owner, clock.now())
    found = hours.week_on(owner, today)
    return page(owner, filled(found[0] if found else None, today), days=typed)


def _outside(owner: Owner) -> InTheWay:
    """The page of them that the address names, the last where there are fewer."""
    ids = outside_hours(instruments_of(owner), clock.now())
    number = page_of(len(ids), A_PAGE)
    few = ids[(number - 1) * A_PAGE : number * A_PAGE]
    return InTheWay(owner, None, told_by_id(few) if few else (), len(ids), number)


def _ask(asked: InTheWay, actor: Actor, refusal: Refusal | None = None) -> str:
    address = {"kind": kind_of(asked.owner), "owner_id": asked.owner.id}
    action = url_for("pages.decide_outside", **address, page=asked.page if asked.page > 1 else None)
    back = url_for("pages.hours_page", **address)
    return deciding.page(asked, actor, clock.now(), action=action, hidden={}, back=back, refusal=refusal)


def _tell(owner: Owner, done: Done) -> None:
    zone = lab_of(owner).zone
    flash(" ".join(outcome_words(done.outcomes)) or gettext("All of them stay as they were."), "free")
    for row, refusal in done.failed[:MOST_LISTED]:
        when = formats.when(Timespan.from_seconds(row.start, row.end), zone)
        why = " ".join(sentence(reason) for reason in refusal.reasons)
        user = in_language(row.user_en, row.user_zh)
        flash(gettext("%(when)s, %(user)s stays as it was. %(why)s", when=when, user=user, why=why), "bad")


def _back(owner: Owner, then: str = "") -> ResponseReturnValue:
    return redirect(url_for(after(then), kind=kind_of(owner), owner_id=owner.id), 303)
