"""Days on which a lab or an instrument is open otherwise than its week says: add, change and take them back.

What is over is never rewritten: one that has begun keeps its days that are over, whatever becomes of the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select

from instruments.availability.hours import STALE, today_at
from instruments.availability.keeping_past import keeping_what_is_past
from instruments.availability.models import DifferentDay
from instruments.availability.owners import Owner, instruments_of, note
from instruments.availability.table import read_times, times_text
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.people.models import Lab
from instruments.timespan import Pair

DAY = timedelta(days=1)
LONGEST_RUN = 366
LONGEST_REASON = 200
MOST_OVER = 20
LATEST_YEAR = 2100


@dataclass(frozen=True)
class WantedDays:
    """Days as asked for, both included: what they open, in words as people type them, and why."""

    first: date
    last: date
    times: str
    reason: str


def days_of(owner: Owner, today: date) -> Sequence[DifferentDay]:
    """Those that are not over, the soonest first."""
    one = DifferentDay
    return db.session.scalars(
        select(one).where(_mine(owner), one.valid_to >= today).order_by(one.valid_from, one.id)
    ).all()


def days_over(owner: Owner, today: date) -> Sequence[DifferentDay]:
    """The last of those that are over, the latest first."""
    one = DifferentDay
    return db.session.scalars(
        select(one)
        .where(_mine(owner), one.valid_to < today)
        .order_by(one.valid_to.desc(), one.id.desc())
        .limit(MOST_OVER)
    ).all()


def the_days(owner: Owner, number: int) -> DifferentDay:
    """Those with this number; raises NotFound, also for another owner's."""
    row = db.session.get(DifferentDay, number)
    if row is None or (row.lab_id, row.instrument_id) != _columns(owner):
        raise NotFound([Reason("no_days", None, N_("These days do not differ, or not any more."))])
    return row


def read_wanted(
    owner: Owner, wanted: WantedDays, now: datetime, changed: DifferentDay | None = None
) -> tuple[Pair, ...]:
    """What the days would open. Raises Refusal with every reason; changed: those that it would be instead of."""
    reasons = list(_date_reasons(owner, wanted, now, changed))
    if not wanted.reason.strip():
        reasons.append(Reason("days_reason", "reason", N_("Say why, so that people can plan.")))
    if len(wanted.reason.strip()) > LONGEST_REASON:
        sentence = N_("At most %(most)s characters.")
        reasons.append(Reason("days_reason_long", "reason", sentence, {"most": LONGEST_REASON}))
    spans: tuple[Pair, ...] = ()
    try:
        spans = read_times(wanted.times)
    except Refusal as refused:
        reasons += refused.reasons
    if reasons:
        raise Refusal(reasons)
    return spans


def add_days(owner: Owner, wanted: WantedDays, *, actor_id: int | None, now: datetime) -> DifferentDay:
    """Let these days differ. Those that are there stay: of several on a date, the one that begins last counts.

    Raises Refusal with every reason.
    """
    spans = read_wanted(owner, wanted, now)
    raise_catalog()
    row = _row(owner, wanted, spans)
    with keeping_what_is_past(instruments_of(owner), now):
        db.session.add(row)
    note(owner, "days.added", _detail(row), actor_id, now)
    return row


def change_days(
    row: DifferentDay, wanted: WantedDays, *, version: int, actor_id: int | None, now: datetime
) -> DifferentDay:
    """Change what is not over of them; returns what holds from now on.

    Raises Refusal with every reason, Stale when they were changed since `version`.
    """
    owner = owner_of(row)
    spans = read_wanted(owner, wanted, now, row)
    _claim(row, version)
    today, before = today_at(owner, now), _detail(row)
    with keeping_what_is_past(instruments_of(owner), now):
        if row.valid_from < today:
            _end(row, today)
            rest = WantedDays(max(wanted.first, today), wanted.last, wanted.times, wanted.reason)
            row = _row(owner, rest, spans)
            db.session.add(row)
        else:
            row.valid_from, row.valid_to = wanted.first, wanted.last
            row.times, row.reason = times_text(spans), wanted.reason.strip()
            row.version += 1
    note(owner, "days.changed", _detail(row) | {"before": before}, actor_id, now)
    return row


def remove_days(row: DifferentDay, *, version: int, actor_id: int | None, now: datetime) -> None:
    """Let the week hold again; of those that have begun, the days that are over stay.

    Raises Refusal for those that are over, Stale when they were changed since `version`.
    """
    owner, today = owner_of(row), today_at(owner_of(row), now)
    if row.valid_to < today:
        raise Refusal([Reason("days_over", None, N_("These days are over, and stay on record."))])
    _claim(row, version)
    note(owner, "days.removed", _detail(row), actor_id, now)
    with keeping_what_is_past(instruments_of(owner), now):
        if row.valid_from < today:
            _end(row, today)
        else:
            db.session.delete(row)


def owner_of(row: DifferentDay) -> Owner:
    """The lab or instrument whose days they are."""
    owner = row.lab if row.lab_id is not None else row.instrument
    assert owner is not None  # noqa: S101 - the constraint one_owner
    return owner


def _date_reasons(
    owner: Owner, wanted: WantedDays, now: datetime, changed: DifferentDay | None
) -> Iterator[Reason]:
    today = today_at(owner, now)
    begun = changed is not None and changed.valid_from < today
    if changed is not None and changed.valid_to < today:
        yield Reason("days_over", None, N_("These days are over, and stay on record."))
    elif wanted.first < today and not (begun and changed is not None and wanted.first == changed.valid_from):
        sentence = N_("Days that are over cannot be changed. Choose %(today)s or later.")
        yield Reason("hours_over", "first", sentence, {"today": today})
    if wanted.last < wanted.first:
        yield Reason("hours_order", "last", N_("The last day lies before the first."))
    elif begun and wanted.last < today:
        sentence = N_("Days that are over cannot be changed. Choose %(today)s or later.")
        yield Reason("hours_over", "last", sentence, {"today": today})
    elif (wanted.last - wanted.first).days >= LONGEST_RUN or wanted.last.year > LATEST_YEAR:
        sentence = N_("At most a year at a time. For longer, publish other weekly hours.")
        yield Reason("days_long", "last", sentence)


def _row(owner: Owner, wanted: WantedDays, spans: Sequence[Pair]) -> DifferentDay:
    lab_id, instrument_id = _columns(owner)
    return DifferentDay(
        lab_id=lab_id,
        instrument_id=instrument_id,
        valid_from=wanted.first,
        valid_to=wanted.last,
        times=times_text(spans),
        reason=wanted.reason.strip(),
    )


def _end(row: DifferentDay, today: date) -> None:
    row.valid_to = today - DAY
    row.version += 1


def _claim(row: DifferentDay, version: int) -> None:
    """What the row says after the catalogue's number was raised, which is the lock of such deeds."""
    raise_catalog()
    number = select(DifferentDay.version).where(DifferentDay.id == row.id)
    if db.session.scalar(number) != version:
        raise Stale([Reason("stale", None, STALE)])
    db.session.refresh(row)


def _mine(owner: Owner) -> ColumnElement[bool]:
    return (DifferentDay.lab_id if isinstance(owner, Lab) else DifferentDay.instrument_id) == owner.id


def _columns(owner: Owner) -> tuple[int | None, int | None]:
    return (owner.id, None) if isinstance(owner, Lab) else (None, owner.id)


def _detail(row: DifferentDay) -> dict[str, object]:
    return {
        "from": row.valid_from.isoformat(),
        "until": row.valid_to.isoformat(),
        "times": row.times,
        "reason": row.reason,
    }
