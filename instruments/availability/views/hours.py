"""The page of the weekly hours of a lab or an instrument: a table one types, its picture, and what holds when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability import hours
from instruments.availability.circles import WHOM, whom
from instruments.availability.models import OpeningHours
from instruments.availability.opening import in_force
from instruments.availability.owners import Owner, lab_of
from instruments.availability.table import blocks, day_texts, minutes_open, read_days, understood
from instruments.availability.views.doors import date_from, kind_of, pages, scope_of, the_owner
from instruments.availability.week import parse_week
from instruments.availability.words import hours_in_words, length_in_words
from instruments.catalog.models import Instrument
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.audience import CIRCLES, kept
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.web import clock, formats
from instruments.web.reasons import by_field, sentence

MONDAY = date(2024, 1, 1)
ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/hours"


@dataclass
class Typed:
    """What the table and the dates say now, right or wrong."""

    days: list[str]
    line: str = ""
    since: str = ""
    until: str = ""
    circles: Sequence[str] = ()
    refusal: Refusal | None = field(default=None)


@pages.get(ADDRESS)
def hours_page(kind: str, owner_id: int) -> ResponseReturnValue:
    """The hours, ready to be changed."""
    owner = _allowed(kind, owner_id)
    today = hours.today_at(owner, clock.now())
    found = hours.week_on(owner, today)
    return _page(owner, Typed(day_texts(found[0] if found else None), since=today.isoformat()))


@pages.post(ADDRESS)
def change_hours(kind: str, owner_id: int) -> ResponseReturnValue:
    """Redraw what was typed (show, copy, line), or do it (publish, follow, drop)."""
    owner = _allowed(kind, owner_id)
    typed = Typed(
        [request.form.get(f"day{number}", "") for number in range(7)],
        request.form.get("line", ""),
        request.form.get("since", ""),
        request.form.get("until", ""),
        _circles(),
    )
    deed = DEEDS.get(request.form.get("do", ""))
    if deed is None:
        return _redrawn(owner, typed, request.form.get("do", ""))
    try:
        words, tone = deed(owner)
    except Refusal as refusal:
        typed.refusal = refusal
        return _page(the_owner(kind, owner_id), typed), refusal.status
    flash(words, tone)
    return redirect(url_for("availability.hours_page", kind=kind, owner_id=owner_id), 303)


def _allowed(kind: str, owner_id: int) -> Owner:
    owner = the_owner(kind, owner_id)
    require(Action.HOURS_EDIT, scope_of(owner))
    return owner


def _circles() -> list[str]:
    return [circle for circle in request.form.getlist("circles") if circle in CIRCLES]


def _redrawn(owner: Owner, typed: Typed, do: str) -> ResponseReturnValue:
    """The same page with the table as asked: nothing is written."""
    if do == "copy":
        typed.days[1:5] = [typed.days[0]] * 4
    elif do == "line":
        try:
            typed.days = day_texts(parse_week(typed.line, "line"))
        except Refusal as refusal:
            typed.refusal = refusal
            return _page(owner, typed), refusal.status
    return _page(owner, typed)


def _publish(owner: Owner) -> tuple[str, str]:
    reasons: list[Reason] = []
    since = date_from("since", reasons)
    until = date_from("until", reasons, optional=True)
    week = None
    try:
        week = read_days([request.form.get(f"day{number}", "") for number in range(7)])
    except Refusal as refused:
        reasons += refused.reasons
    if reasons or since is None or week is None:
        over = hours.date_reasons(owner, since, until, clock.now()) if since else []
        raise Refusal(reasons + over)
    circles = _circles()
    perform(lambda: hours.publish_week(owner, week, since=since, until=until, circles=circles, **_by(owner)))
    words = hours_in_words(week, formats.language())
    if kept(circles):
        who = formats.listing([sentence(each) for each in whom(circles)])
        return gettext(
            "Published from %(day)s for %(who)s: %(hours)s.", day=formats.day(since), who=who, hours=words
        ), "free"
    return gettext("Published from %(day)s: %(hours)s.", day=formats.day(since), hours=words), "free"


def _follow(owner: Owner) -> tuple[str, str]:
    reasons: list[Reason] = []
    since = date_from("since", reasons)
    if since is None or not isinstance(owner, Instrument):
        raise Refusal(reasons)
    perform(lambda: hours.follow_lab(owner, since=since, **_by(owner)))
    if hours.week_on(owner.lab, since) is None:
        return gettext(
            "The lab has no hours for %(day)s, so nothing can be booked.", day=formats.day(since)
        ), "warn"
    return gettext("The hours of the lab hold from %(day)s.", day=formats.day(since)), "free"


def _drop(owner: Owner) -> tuple[str, str]:
    hours_id = request.form.get("hours", type=int) or 0
    perform(lambda: hours.drop_plan(owner, hours_id, **_by(owner)))
    return gettext("The planned hours are taken back."), "free"


def _end(owner: Owner) -> tuple[str, str]:
    hours_id = request.form.get("hours", type=int) or 0
    perform(lambda: hours.end_today(owner, hours_id, **_by(owner)))
    return gettext("From tomorrow they have the hours of everybody."), "free"


DEEDS = {"publish": _publish, "follow": _follow, "drop": _drop, "end": _end}


def _by(owner: Owner) -> dict[str, Any]:
    """Who does it, when, and on which state of the page."""
    actor = require(Action.HOURS_EDIT, scope_of(owner))
    return {"seen": request.form.get("seen", ""), "actor_id": actor.person_id, "now": clock.now()}


def _page(owner: Owner, typed: Typed) -> str:
    today = hours.today_at(owner, clock.now())
    weeks = hours.weeks_of(owner)
    found = hours.week_on(owner, today)
    drawn = understood(typed.days)
    more = minutes_open(drawn) - minutes_open(found[0] if found else None)
    lab = lab_of(owner)
    return render_template(
        "availability/hours.html",
        owner=owner,
        kind=kind_of(owner),
        lab=lab,
        typed=typed,
        reasons=by_field(typed.refusal),
        seen=request.form.get("seen") if typed.refusal is None and request.form else hours.state_of(weeks),
        names=[formats.weekday(MONDAY + timedelta(days=number)) for number in range(7)],
        drawn=blocks(drawn),
        open_for=length_in_words(minutes_open(drawn), formats.language()),
        more=more,
        differs_by=length_in_words(abs(more), formats.language()),
        rows=[_row(row, weeks, today) for row in weeks],
        now_in_words=hours_in_words(found[0], formats.language()) if found else None,
        of_lab=found is not None and found[1] is not owner,
        today=today,
        circles=[(circle, gettext(words)) for circle, words in WHOM.items()],
    )


def _row(row: OpeningHours, weeks: Sequence[OpeningHours], today: date) -> dict[str, Any]:
    until = hours.last_day(row, weeks)
    if in_force((each for each in weeks if each.circles == row.circles), today) is row:
        state = "now"
    elif row.valid_from is not None and row.valid_from > today:
        state = "planned"
    elif until is not None and until < today:
        state = "over"
    else:
        state = "waiting"
    words = hours_in_words(parse_week(row.week), formats.language())
    who = formats.listing([sentence(each) for each in whom(row.circles.split())])
    return {
        "id": row.id, "words": words, "who": who, "since": row.valid_from, "until": until, "state": state,
    }  # fmt: skip
