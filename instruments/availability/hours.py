"""Publish the weekly hours of a lab or an instrument, and say which hold when; what is over is never rewritten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import select

from instruments.availability.models import OpeningHours
from instruments.availability.week import Week, parse_week
from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.models import Lab

Owner: TypeAlias = Lab | Instrument
DAY = timedelta(days=1)
STALE = N_("This was changed since you opened it. Look at it again, then decide.")


def lab_of(owner: Owner) -> Lab:
    """The lab on whose wall the owner's times are read."""
    return owner if isinstance(owner, Lab) else owner.lab


def today_at(owner: Owner, now: datetime) -> date:
    """The date on the wall of the lab."""
    return now.astimezone(ZoneInfo(lab_of(owner).zone)).date()


def weeks_of(owner: Owner) -> Sequence[OpeningHours]:
    """The weeks published for this owner itself, the one that begins last first."""
    column = OpeningHours.lab_id if isinstance(owner, Lab) else OpeningHours.instrument_id
    rows = db.session.scalars(select(OpeningHours).where(column == owner.id)).all()
    return sorted(rows, key=lambda row: (row.valid_from or date.min, row.id), reverse=True)


def in_force(weeks: Iterable[OpeningHours], day: date) -> OpeningHours | None:
    """Of the weeks of one owner the one that counts on a date: of those that hold, the one that began last."""
    holding = [row for row in weeks if _holds(row, day)]
    return max(holding, key=lambda row: row.valid_from or date.min, default=None)


def week_on(owner: Owner, day: date) -> tuple[Week, Owner] | None:
    """The pattern of a date and whose it is: the owner's own, else its lab's; None when none is published."""
    for each in (owner,) if isinstance(owner, Lab) else (owner, owner.lab):
        row = in_force(weeks_of(each), day)
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
) -> None:
    """Publish a week from a date on, or from one date to another, both included.

    Without an end, the week that held before ends the day before. With one, the week before holds again
    afterwards. Weeks planned to begin later still do. `seen`: state_of the weeks the decision was made on.
    Raises Refusal for dates that are over or in the wrong order, Stale when the weeks changed in between.
    """
    reasons = _date_reasons(owner, since, until, now)
    if reasons:
        raise Refusal(reasons)
    weeks = _claim(owner, seen)
    before = in_force(weeks, since)
    if before is not None and before.week == str(week) and before.valid_to == until:
        return
    for row in weeks:
        if row.valid_from == since:
            _make_way(row, until)
        elif until is None and _holds(row, since):
            row.valid_to = since - DAY
            row.version += 1
    key = "lab_id" if isinstance(owner, Lab) else "instrument_id"
    db.session.add(OpeningHours(week=str(week), valid_from=since, valid_to=until, **{key: owner.id}))
    detail = {"week": str(week), "from": since.isoformat(), "to": until and until.isoformat()}
    _note(owner, "hours.published", detail | {"before": before and before.week}, actor_id, now)


def follow_lab(
    instrument: Instrument, *, since: date, seen: str, actor_id: int | None, now: datetime
) -> None:
    """End the instrument's own weeks, so that its lab's hold from a date on. Raises as publish_week does."""
    reasons = _date_reasons(instrument, since, None, now)
    if reasons:
        raise Refusal(reasons)
    for row in _claim(instrument, seen):
        if row.valid_from is not None and row.valid_from >= since:
            db.session.delete(row)
        elif _holds(row, since):
            row.valid_to = since - DAY
            row.version += 1
    _note(instrument, "hours.withdrawn", {"from": since.isoformat()}, actor_id, now)


def drop_plan(owner: Owner, hours_id: int, *, seen: str, actor_id: int | None, now: datetime) -> None:
    """Take back a week that has not begun; the one that would have ended for it holds on.

    Raises NotFound for another owner's week, Refusal for one that has begun, Stale as publish_week.
    """
    weeks = _claim(owner, seen)
    plan = next((row for row in weeks if row.id == hours_id), None)
    if plan is None:
        raise NotFound([Reason("no_hours", None, N_("There are no such hours."))])
    begins = plan.valid_from
    if begins is None or begins <= today_at(owner, now):
        sentence = N_("These hours have begun already. Publish other hours instead.")
        raise Refusal([Reason("hours_begun", None, sentence)])
    rest = [row for row in weeks if row is not plan]
    if in_force(rest, begins) is None:
        for row in rest:
            if row.valid_to == begins - DAY:
                row.valid_to = plan.valid_to
                row.version += 1
    db.session.delete(plan)
    _note(owner, "hours.plan_dropped", {"week": plan.week, "from": begins.isoformat()}, actor_id, now)


def _holds(row: OpeningHours, day: date) -> bool:
    return (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or day <= row.valid_to)


def _make_way(row: OpeningHours, until: date | None) -> None:
    """A week that would begin on the same date begins after the new one, or not at all."""
    if until is None or (row.valid_to is not None and row.valid_to <= until):
        db.session.delete(row)
    else:
        row.valid_from = until + DAY
        row.version += 1


def _claim(owner: Owner, seen: str) -> Sequence[OpeningHours]:
    """The weeks of the owner, read after the catalogue's number was raised: that is the lock of such deeds."""
    raise_catalog()
    db.session.expire_all()
    weeks = weeks_of(owner)
    if state_of(weeks) != seen:
        raise Stale([Reason("stale", None, STALE)])
    return weeks


def _date_reasons(owner: Owner, since: date, until: date | None, now: datetime) -> list[Reason]:
    today = today_at(owner, now)
    reasons = []
    if since < today:
        sentence = N_("Hours cannot be changed for days that are over. Choose %(today)s or later.")
        reasons.append(Reason("hours_over", "since", sentence, {"today": today}))
    if until is not None and until < since:
        reasons.append(Reason("hours_order", "until", N_("The last day lies before the first.")))
    return reasons


def _note(owner: Owner, deed: str, detail: dict[str, object], actor_id: int | None, now: datetime) -> None:
    lab = lab_of(owner)
    db.session.flush()
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("lab" if isinstance(owner, Lab) else "instrument", owner.id),
        institution_id=lab.institution_id,
        lab_id=lab.id,
        detail=detail,
    )
