"""Publish the weekly hours of a lab or an instrument, and say which hold when; what is over is never rewritten."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from instruments.availability.keeping_past import keeping_what_is_past
from instruments.availability.models import OpeningHours
from instruments.availability.opening import holds_on, in_force
from instruments.availability.owners import Owner, instruments_of, lab_of, note
from instruments.availability.season_models import SeasonSpan
from instruments.availability.week import Week, parse_week
from instruments.availability.week_changes import AsLab, NewWeek, WeekRow, plan
from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.people.audience import kept
from instruments.people.models import Lab

DAY = timedelta(days=1)
STALE = N_("This was changed since you opened it. Look at it again, then decide.")

# Farther ahead nobody plans; who writes such a date has mistyped it.
FARTHEST_YEARS = 10


def today_at(owner: Owner, now: datetime) -> date:
    """The date on the wall of the lab."""
    return now.astimezone(ZoneInfo(lab_of(owner).zone)).date()


def weeks_of(owner: Owner) -> Sequence[OpeningHours]:
    """The weeks published for this owner itself, the one that begins last first, then the one published last."""
    column = OpeningHours.lab_id if isinstance(owner, Lab) else OpeningHours.instrument_id
    seasons = joinedload(OpeningHours.season_span).joinedload(SeasonSpan.season)
    rows = db.session.scalars(select(OpeningHours).where(column == owner.id).options(seasons)).all()
    return sorted(rows, key=lambda row: (row.valid_from or date.min, row.id), reverse=True)


def last_day(row: OpeningHours, weeks: Iterable[OpeningHours]) -> date | None:
    """The last date on which a week can count: its own end, or the day before one begins that lasts as long."""
    lasting = (
        other.valid_from - DAY
        for other in weeks
        if other.valid_from is not None
        and _replaces(other, row)
        and _later(other, row)
        and holds_on(row, other.valid_from)
        and (other.valid_to is None or (row.valid_to is not None and row.valid_to <= other.valid_to))
    )
    return min(lasting, default=row.valid_to)


def week_on(owner: Owner, day: date) -> tuple[Week, Owner] | None:
    """The pattern of a date for everybody and whose it is: the owner's own, else its lab's; None when none is published."""
    for each in (owner,) if isinstance(owner, Lab) else (owner, owner.lab):
        row = in_force((row for row in weeks_of(each) if not row.circles), day)
        if row is not None:
            return parse_week(row.week), each
    return None


def state_of(weeks: Iterable[OpeningHours]) -> str:
    """What a form remembers of the weeks that it was filled from; differs as soon as any of them changes."""
    return " ".join(f"{row.id}.{row.version}" for row in sorted(weeks, key=lambda row: row.id))


def publish_week(
    owner: Owner,
    week: Week,
    *,
    since: date,
    until: date | None,
    seen: str,
    actor_id: int | None,
    now: datetime,
    circles: Collection[str] = (),
    season_span_id: int | None = None,
) -> None:
    """Publish a week from a date on, or from one date to another, both included.

    What is past of today stays as it was. Weeks that are there stay as they are: of those that hold, the one that begins
    last counts. So the one before
    holds again after an end, and weeks planned to begin later still do. Only a week of the same dates and circles
    makes way. circles: of the audience, for whose members it replaces what is published for everybody; none: everybody.
    season_span_id: the dates of a season with which it moves (hours_in_season).
    `seen`: state_of the weeks the decision was made on.
    Raises Refusal for dates that are over or in the wrong order, Stale when the weeks changed in between.
    """
    reasons = date_reasons(owner, since, until, now)
    if reasons:
        raise Refusal(reasons)
    weeks = _claim(owner, seen)
    whose = kept(circles)
    planned = plan(list(map(_plain, weeks)), NewWeek(str(week), since, until, whose, season_span_id))
    if not planned:
        return
    before = in_force([row for row in weeks if row.circles == whose], since)
    with keeping_what_is_past(instruments_of(owner), now):
        for row in weeks:
            if row.id in planned.gone:
                db.session.delete(row)
        key = "lab_id" if isinstance(owner, Lab) else "instrument_id"
        row = OpeningHours(week=str(week), valid_from=since, valid_to=until, circles=whose, **{key: owner.id})
        row.season_span_id = season_span_id
        db.session.add(row)
    detail = {"week": str(week), "from": since.isoformat(), "to": until and until.isoformat()}
    if whose:
        detail["circles"] = whose
    note(owner, "hours.published", detail | {"before": before and before.week}, actor_id, now)


def follow_lab(
    instrument: Instrument, *, since: date, seen: str, actor_id: int | None, now: datetime
) -> None:
    """End the instrument's own weeks, so that its lab's hold from a date on. Raises as publish_week does."""
    reasons = date_reasons(instrument, since, None, now)
    if reasons:
        raise Refusal(reasons)
    weeks = _claim(instrument, seen)
    planned = plan(list(map(_plain, weeks)), AsLab(since))
    if not planned:
        return
    with keeping_what_is_past([instrument.id], now):
        for row in weeks:
            if row.id in planned.gone:
                db.session.delete(row)
            elif row.id in planned.ended:
                row.valid_to, row.season_span_id = since - DAY, None
                row.version += 1
    note(instrument, "hours.withdrawn", {"from": since.isoformat()}, actor_id, now)


def drop_plan(owner: Owner, hours_id: int, *, seen: str, actor_id: int | None, now: datetime) -> None:
    """Take back a week that has not begun; what is published besides holds as if it had never been planned.

    Raises NotFound for another owner's week, Refusal for one that has begun, Stale as publish_week.
    """
    weeks = _claim(owner, seen)
    dropped = next((row for row in weeks if row.id == hours_id), None)
    if dropped is None:
        raise NotFound([Reason("no_hours", None, N_("There are no such hours."))])
    begins = dropped.valid_from
    if begins is None or begins <= today_at(owner, now):
        sentence = N_("These hours have begun already. Publish other hours instead.")
        raise Refusal([Reason("hours_begun", None, sentence)])
    db.session.delete(dropped)
    db.session.flush()
    note(owner, "hours.plan_dropped", {"week": dropped.week, "from": begins.isoformat()}, actor_id, now)


def end_today(owner: Owner, hours_id: int, *, seen: str, actor_id: int | None, now: datetime) -> None:
    """Let a week for some end with today, so that from tomorrow they have the hours of everybody.

    Raises NotFound for another owner's week or one for everybody, Stale as publish_week.
    """
    today = today_at(owner, now)
    row = next((row for row in _claim(owner, seen) if row.id == hours_id and row.circles), None)
    if row is None or not holds_on(row, today):
        raise NotFound([Reason("no_hours", None, N_("There are no such hours."))])
    row.valid_to, row.season_span_id = today, None
    row.version += 1
    db.session.flush()
    detail = {"week": row.week, "circles": row.circles, "to": today.isoformat()}
    note(owner, "hours.ended", detail, actor_id, now)


def _replaces(other: OpeningHours, row: OpeningHours) -> bool:
    """Whether everybody for whom a week is has the other one instead."""
    if not row.circles or not other.circles:
        return row.circles == other.circles
    return set(row.circles.split()) <= set(other.circles.split())


def _plain(row: OpeningHours) -> WeekRow:
    return WeekRow(row.id, row.week, row.valid_from, row.valid_to, row.circles, row.season_span_id)


def _later(other: OpeningHours, row: OpeningHours) -> bool:
    """Whether the other one counts where both hold."""
    return (other.valid_from or date.min, other.id) > (row.valid_from or date.min, row.id)


def _claim(owner: Owner, seen: str) -> Sequence[OpeningHours]:
    """The weeks of the owner, read after the catalogue's number was raised: that is the lock of such deeds."""
    raise_catalog()
    db.session.expire_all()
    weeks = weeks_of(owner)
    if state_of(weeks) != seen:
        raise Stale([Reason("stale", None, STALE)])
    return weeks


def date_reasons(owner: Owner, since: date, until: date | None, now: datetime) -> list[Reason]:
    """Why hours cannot be published for these dates."""
    today = today_at(owner, now)
    reasons = []
    if since < today:
        sentence = N_("Days that are over cannot be changed. Choose %(today)s or later.")
        reasons.append(Reason("hours_over", "since", sentence, {"today": today}))
    elif since.year > today.year + FARTHEST_YEARS:
        remedy = N_("Look at the year that is written.")
        reasons.append(Reason("hours_far", "since", N_("That is more than ten years ahead."), {}, remedy))
    if until is not None and until < since:
        reasons.append(Reason("hours_order", "until", N_("The last day lies before the first.")))
    return reasons
