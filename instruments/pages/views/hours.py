"""The page of the weekly hours of a lab or an instrument: a picture one drags, a table one types, and what holds when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability import hours
from instruments.availability.circles import WHOM, whom
from instruments.availability.differing import days_of, days_over
from instruments.availability.hours_in_season import in_season, publish_in_season
from instruments.availability.models import OpeningHours
from instruments.availability.opening import Hours, ValidWeek, in_force
from instruments.availability.owners import Owner, lab_of
from instruments.availability.proposed import (
    Change,
    ending,
    following_the_lab,
    unchanged,
    with_week,
    without_week,
)
from instruments.availability.season_setting import season_in, season_objections
from instruments.availability.table import Row, blocks, minutes_open, rows_of
from instruments.availability.views.doors import (
    kind_of,
    scope_of,
    season_from_form,
    season_options,
    the_owner,
)
from instruments.availability.week import Week, parse_week
from instruments.availability.words import hours_in_words, length_in_words, parts_of_days
from instruments.catalog.models import Instrument
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.pages.days_form import TypedDays, shown_days
from instruments.pages.falling_out import Hit, hit_by, tell_outside
from instruments.pages.hours_form import (
    Typed,
    copied_day,
    day_names,
    filled,
    source_named,
    sources,
    typed_hours,
)
from instruments.pages.views.doors import pages
from instruments.pages.whose_hours import hours_of_lab
from instruments.people.audience import kept
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.web import clock, formats
from instruments.web.fields import day_typed
from instruments.web.language import in_language
from instruments.web.reasons import by_field, sentence

ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/hours"


@dataclass(frozen=True)
class Plan:
    """A deed that is looked at first: what it would change, how it is done, and what is said then."""

    change: Change
    act: Callable[[], None]
    said: Callable[[], tuple[str, str]]


@pages.get(ADDRESS)
def hours_page(kind: str, owner_id: int) -> ResponseReturnValue:
    """The hours, ready to be changed: those in force, earlier ones (?week=), or those of another (?from=)."""
    owner = allowed(kind, owner_id)
    return page(owner, _at_first(owner))


@pages.post(ADDRESS)
def change_hours(kind: str, owner_id: int) -> ResponseReturnValue:
    """Redraw what was typed, or do it: publish, follow, drop. Whom it leaves outside is shown first."""
    owner, typed, now = allowed(kind, owner_id), typed_hours(), clock.now()
    do, _, then = (request.form.get("do") or request.form.get("asked", "")).partition(" ")
    plan = PLANS.get(do)
    if plan is None:
        return _redrawn(owner, typed, do)
    try:
        planned = plan(owner, typed)
        hit = hit_by(owner, planned.change, now)
        if not hit.is_agreed():
            return page(owner, typed, hit, asked=do)
        perform(planned.act)
    except Refusal as refusal:
        typed.refusal = refusal
        return page(the_owner(kind, owner_id), typed), refusal.status
    flash(*planned.said())
    if then != "decide":
        tell_outside(the_owner(kind, owner_id), now)
    return redirect(url_for(after(then), kind=kind, owner_id=owner_id), 303)


def after(then: str) -> str:
    """Where a deed leads: to deciding about whom it left outside, where that was asked for, else back."""
    return "pages.outside_page" if then == "decide" else "pages.hours_page"


def allowed(kind: str, owner_id: int) -> Owner:
    """The owner of an address, for who may change its hours; raises otherwise."""
    owner = the_owner(kind, owner_id)
    require(Action.HOURS_EDIT, scope_of(owner))
    return owner


def _at_first(owner: Owner) -> Typed:
    today = hours.today_at(owner, clock.now())
    found = hours.week_on(owner, today)
    week = found[0] if found else None
    source = source_named(request.args.get("from", ""))
    copied = ""
    if source is not None and (other := hours.week_on(source, today)):
        week, copied = other[0], in_language(source.name_en, source.name_zh)
    number = request.args.get("week", type=int)
    earlier = next((row for row in hours.weeks_of(owner) if row.id == number), None)
    if earlier is not None:
        week = parse_week(earlier.week)
    typed = filled(week, today)
    typed.copied = copied
    typed.circles = earlier.circles.split() if earlier is not None else ()
    return typed


def _redrawn(owner: Owner, typed: Typed, do: str) -> ResponseReturnValue:
    """The same page with the table as asked: nothing is written."""
    deed, _, number = do.partition("-")
    if deed in ("others", "show"):
        return _for_others(owner, typed) if deed == "others" else _shown(owner, typed)
    if deed == "add":
        typed.rows.append(Row())
    elif deed == "remove" and number.isdecimal() and int(number) < len(typed.rows):
        del typed.rows[int(number)]
        typed.rows = typed.rows or [Row()]
    elif deed == "copy":
        typed.rows = copied_day(typed)
    elif deed == "line":
        try:
            week = parse_week(typed.line, "line")
        except Refusal as refusal:
            typed.refusal = refusal
            return page(owner, typed), refusal.status
        typed.rows, typed.closed = rows_of(week, formats.language()) or [Row()], not week.spans
        # The table says it from now on; what stands in the field is what the table does not say yet.
        typed.line = ""
    return page(owner, typed, _looked_at(owner, typed), asked="publish")


def _shown(owner: Owner, typed: Typed) -> ResponseReturnValue:
    """The picture of what is typed, and which rows it cannot show, and why; while one drags and types, the words under it
    count those."""
    if typed.unread() and "X-Requested-With" not in request.headers:
        try:
            typed.week()
        except Refusal as refusal:
            typed.refusal = refusal
            return page(owner, typed), refusal.status
    return page(owner, typed, _looked_at(owner, typed), asked="publish")


def _for_others(owner: Owner, typed: Typed) -> ResponseReturnValue:
    """To choosing the other instruments of the lab, with the week as it is typed; nothing is published here."""
    try:
        week = typed.week()
    except Refusal as refusal:
        typed.refusal = refusal
        return page(owner, typed), refusal.status
    given = {"week": str(week), "circles": typed.circles, "since": typed.since, "until": typed.until or None}
    return redirect(url_for("pages.many", lab=lab_of(owner).id, **given), 303)


def _looked_at(owner: Owner, typed: Typed) -> Hit | None:
    """Whom it would hit as it is typed now; None while it cannot be published."""
    try:
        return hit_by(owner, _publishing(owner, typed).change, clock.now())
    except Refusal:
        return None


def _publishing(owner: Owner, typed: Typed) -> Plan:
    reasons: list[Reason] = []
    since = day_typed("since", reasons, needed=True)
    until = day_typed("until", reasons)
    week = None
    try:
        week = typed.week()
    except Refusal as refused:
        reasons += refused.reasons
    reasons += typed.line_objections(week)
    over = hours.date_reasons(owner, since, until, clock.now()) if since else []
    if typed.season_id and until is not None:
        # The first day is filled in beforehand; a last day somebody wrote, and shall not be passed over.
        sentence, remedy = N_("The season says the dates."), N_("Choose either it, or a last day.")
        reasons.append(Reason("season_or_dates", "season_id", sentence, {}, remedy))
    if reasons or over or since is None or week is None:
        raise Refusal([*reasons, *over])
    by, circles = _by(owner), typed.circles
    circles_kept = frozenset(kept(circles).split())
    if typed.season_id:
        return _in_season(owner, week, typed, by)
    return Plan(
        with_week(ValidWeek(week, since, until, circles_kept), of_lab=isinstance(owner, Lab)),
        lambda: hours.publish_week(owner, week, since=since, until=until, circles=circles, **by),
        lambda: (_published(week, since, circles), "free"),
    )


def _in_season(owner: Owner, week: Week, typed: Typed, by: dict[str, Any]) -> Plan:
    """Publish in the coming dates of a season instead of the dates that were typed."""
    institution_id, number, circles = lab_of(owner).institution_id, season_from_form() or 0, typed.circles
    against = season_objections(institution_id, number)
    if against:
        raise Refusal(against)
    season = season_in(institution_id, number)
    name, words = in_language(season.name_en, season.name_zh), hours_in_words(week, formats.language())
    return Plan(
        in_season(owner, week, season, circles, by["now"]),
        lambda: publish_in_season(owner, week, season_in(institution_id, number), circles=circles, **by),
        lambda: (gettext("Published for %(season)s: %(hours)s.", season=name, hours=words), "free"),
    )


def _published(week: Week, since: date, circles: Sequence[str]) -> str:
    words, day = hours_in_words(week, formats.language()), formats.day(since)
    if not kept(circles):
        return gettext("Published from %(day)s: %(hours)s.", day=day, hours=words)
    who = formats.listing([sentence(each) for each in whom(circles)])
    return gettext("Published from %(day)s for %(who)s: %(hours)s.", day=day, who=who, hours=words)


def _following(owner: Owner, _typed: Typed) -> Plan:
    reasons: list[Reason] = []
    since = day_typed("since", reasons, needed=True)
    if since is None or not isinstance(owner, Instrument):
        raise Refusal(reasons)
    by, instrument, day = _by(owner), owner, formats.day(since)

    def said() -> tuple[str, str]:
        if hours.week_on(instrument.lab, since) is None:
            return gettext("The lab has no hours for %(day)s, so nothing can be booked.", day=day), "warn"
        return gettext("The hours of the lab hold from %(day)s.", day=day), "free"

    return Plan(following_the_lab(since), lambda: hours.follow_lab(instrument, since=since, **by), said)


def _dropping(owner: Owner, _typed: Typed) -> Plan:
    number, by = request.form.get("hours", type=int) or 0, _by(owner)
    gone = _named(owner, number)
    return Plan(
        unchanged if gone is None else without_week(gone, of_lab=isinstance(owner, Lab)),
        lambda: hours.drop_plan(owner, number, **by),
        lambda: (gettext("The planned hours are taken back."), "free"),
    )


def _ending(owner: Owner, _typed: Typed) -> Plan:
    number, by = request.form.get("hours", type=int) or 0, _by(owner)
    gone, today = _named(owner, number), hours.today_at(owner, by["now"])
    return Plan(
        unchanged if gone is None else ending(gone, today, of_lab=isinstance(owner, Lab)),
        lambda: hours.end_today(owner, number, **by),
        lambda: (gettext("From tomorrow they have the hours of everybody."), "free"),
    )


def _named(owner: Owner, number: int) -> ValidWeek | None:
    """The week of this number as the rules have it."""
    row = next((row for row in hours.weeks_of(owner) if row.id == number), None)
    if row is None:
        return None
    return ValidWeek(parse_week(row.week), row.valid_from, row.valid_to, frozenset(row.circles.split()))


PLANS: dict[str, Callable[[Owner, Typed], Plan]] = {
    "publish": _publishing,
    "follow": _following,
    "drop": _dropping,
    "end": _ending,
}


def _by(owner: Owner) -> dict[str, Any]:
    """Who does it, when, and on which state of the page."""
    actor = require(Action.HOURS_EDIT, scope_of(owner))
    return {"seen": request.form.get("seen", ""), "actor_id": actor.person_id, "now": clock.now()}


def page(
    owner: Owner,
    typed: Typed,
    hit: Hit | None = None,
    *,
    asked: str = "",
    days: TypedDays | None = None,
) -> str:
    """The page. hit: whom the deed `asked` would leave outside; days: the form of days that differ, when it was sent."""
    today = hours.today_at(owner, clock.now())
    weeks = hours.weeks_of(owner)
    found = hours.week_on(owner, today)
    drawn, language, lab = typed.drawn(), formats.language(), lab_of(owner)
    more = minutes_open(drawn) - minutes_open(found[0] if found else None)
    refused = typed.refusal or (days.refusal if days else None)
    return render_template(
        "pages/hours.html",
        owner=owner,
        kind=kind_of(owner),
        lab=lab,
        typed=typed,
        reasons=by_field(typed.refusal),
        days=days or TypedDays(first=today.isoformat()),
        days_reasons=by_field(days.refusal) if days else {},
        seen=request.form.get("seen")
        if refused is None and "seen" in request.form
        else hours.state_of(weeks),
        names=day_names(),
        drawn=blocks(drawn),
        spans=[[span.weekday, span.since, span.until] for span in drawn.spans],
        open_for=length_in_words(minutes_open(drawn), language),
        more=more,
        differs_by=length_in_words(abs(more), language),
        in_words=hours_in_words(drawn, language),
        unread=typed.unread(),
        editing={"names": day_names(), **parts_of_days(language)},
        rows=[_row(row, weeks, today) for row in weeks],
        now_in_words=hours_in_words(found[0], language) if found else None,
        coming_in_words=None if found else _coming(owner, today),
        of_lab=found is not None and found[1] is not owner,
        today=today,
        hit=hit,
        asked=asked,
        stopped=request.form.get("do", "").partition(" ")[0] in PLANS,
        sources=sources(owner),
        seasons=season_options(lab.institution_id),
        circles=[(circle, gettext(words)) for circle, words in WHOM.items()],
        differing=shown_days(days_of(owner, today), today),
        differing_over=shown_days(days_over(owner, today), today),
        differing_of_lab=[] if isinstance(owner, Lab) else shown_days(days_of(lab, today), today),
    )


def _coming(owner: Owner, today: date) -> str:
    """Where none hold today for everybody, what else is published: for later days, or for some; empty where nothing is."""
    own, lab = (
        tuple(
            ValidWeek(parse_week(row.week), row.valid_from, row.valid_to, frozenset(row.circles.split()))
            for row in sorted(hours.weeks_of(each), key=lambda row: row.id, reverse=True)
        )
        for each in (owner, lab_of(owner))
    )
    known = Hours(own=() if isinstance(owner, Lab) else own, lab=lab)
    return hours_of_lab(known, today) if known.published() else ""


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
    season = row.season_span.season if row.season_span else None
    return {
        "season": in_language(season.name_en, season.name_zh) if season else "",
        "id": row.id, "words": words, "who": who, "since": row.valid_from, "until": until, "state": state,
    }  # fmt: skip
