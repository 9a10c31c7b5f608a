"""The life of one refresh: claimed for a while, then its outcome noted, unless somebody else came in between.

Whoever is killed leaves a lease that ends; the next sweep begins anew, and nothing was half-written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import aliased

from instruments.availability.busy import replace_busy
from instruments.availability.hours import lab_of
from instruments.calendars.backoff import next_time, wanted_wait
from instruments.calendars.models import CalendarSubscription
from instruments.calendars.subscribing import owner_of
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import Refusal
from instruments.journal.record import record
from instruments.people.models import Lab
from instruments.reservations.bookable import bookables
from instruments.reservations.models import LONGEST_SECONDS
from instruments.timespan import Pair, instant

# Longer than a fetch and a reading may take together.
LEASE = timedelta(minutes=3)
AGAIN = timedelta(days=1)
DAY = 86_400
LEAST_AHEAD = 90


@dataclass(frozen=True)
class Claim:
    """A subscription that this process alone refreshes until `until`."""

    number: int
    until: datetime
    address: str
    body: str
    upload: str
    etag: str
    last_modified: str
    body_hash: str
    zone: str
    window: Pair
    read_until: datetime | None

    @property
    def laid_out(self) -> bool:
        """Whether the file last read is laid out far enough, so that an unchanged one need not be read again."""
        return self.read_until is not None and self.window[1] - int(self.read_until.timestamp()) < DAY


@dataclass(frozen=True)
class Reading:
    """What a refresh found. body: where the file lies now; report: None when it was not read again."""

    body: str
    body_hash: str
    etag: str = ""
    last_modified: str = ""
    report: Mapping[str, Any] | None = None


def due(now: datetime, limit: int = 1000) -> Sequence[int]:
    """Those whose time has come and that nobody is at, longest waiting first; those of one host not in one row."""
    one = CalendarSubscription
    turn = func.row_number().over(partition_by=one.host, order_by=one.due_at)
    return db.session.scalars(
        select(one.id)
        .where(
            one.state == "active", one.due_at <= now, or_(one.leased_until.is_(None), one.leased_until <= now)
        )
        .order_by(turn, one.due_at, one.id)
        .limit(limit)
    ).all()


def claim(number: int, now: datetime) -> Claim | None:
    """Take it; None when it is not due, another process has it, or its host is being asked for another one."""
    one, other = CalendarSubscription, aliased(CalendarSubscription)
    asked = exists().where(
        other.host == one.host, other.host != "", other.leased_until > now, other.id != one.id
    )
    until = now + LEASE
    taken = db.session.execute(
        update(one)
        .where(
            one.id == number,
            one.state == "active",
            one.due_at <= now,
            or_(one.leased_until.is_(None), one.leased_until <= now),
            ~asked,
        )
        .values(leased_until=until, tried_at=now)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE has it; the stub says Result
        return None
    row = db.session.get_one(one, number, populate_existing=True)
    owner = owner_of(row)
    return Claim(
        number, until, row.address, row.body, row.upload, row.etag, row.last_modified, row.body_hash,
        lab_of(owner).zone, _window(owner, now), row.read_until,
    )  # fmt: skip


def _window(owner: Lab | Instrument, now: datetime) -> Pair:
    """From now to as far ahead as anybody may book here."""
    if isinstance(owner, Instrument):
        numbers = [owner.id]
    else:
        numbers = list(db.session.scalars(select(Instrument.id).where(Instrument.lab_id == owner.id)))
    known = bookables()
    days = max([known[each].furthest_days for each in numbers if each in known], default=LEAST_AHEAD)
    moment = int(now.timestamp())
    return moment, moment + max(days, LEAST_AHEAD) * DAY + LONGEST_SECONDS


def note_success(claim: Claim, reading: Reading, interval: timedelta, chance: float, now: datetime) -> bool:
    """Note what was found and close the times, in one transaction; False when the claim was lost meanwhile."""
    row = _still(claim)
    if row is None:
        return False
    if reading.report is not None:
        spans = [(start, end) for start, end in reading.report["spans"]]
        if replace_busy(row.id, owner_of(row), spans, now):
            _note(row, reading.report, now)
        row.report = {name: value for name, value in reading.report.items() if name != "spans"}
        row.read_until = instant(claim.window[1])
    row.body, row.body_hash = reading.body, reading.body_hash
    row.etag, row.last_modified = reading.etag, reading.last_modified
    if row.upload == claim.upload:
        row.upload = ""
    row.failures, row.succeeded_at, row.leased_until = 0, now, None
    if claim.address or claim.upload or not _of_upload(row):
        row.failure = None
    # A file that nobody sends anew is only laid out further.
    row.due_at = next_time(now, interval if row.address else AGAIN, 0, chance) if not row.upload else now
    db.session.flush()
    return True


def note_failure(claim: Claim, refusal: Refusal, interval: timedelta, chance: float, now: datetime) -> bool:
    """Note why it failed; the times of the last success stay. An uploaded file is not read again by itself."""
    row = _still(claim)
    if row is None:
        return False
    row.failures += 1
    row.failure = [
        {
            "code": reason.code,
            "message": reason.message,
            "values": dict(reason.values),
            "of_upload": bool(claim.upload),
        }
        for reason in refusal.reasons
    ]
    row.leased_until = None
    row.due_at = next_time(now, interval, row.failures, chance)
    if not row.address:
        row.upload = "" if row.upload == claim.upload else row.upload
        row.due_at = now if row.upload else next_time(now, AGAIN, 0, chance) if row.body else None
    wait = max(wanted_wait(str(reason.values.get("retry_after") or ""), now) for reason in refusal.reasons)
    if wait:
        _leave_alone(row.host, now + wait)
    db.session.flush()
    return True


def _of_upload(row: CalendarSubscription) -> bool:
    """Whether a newer file failed: laying out further what was read before it is no answer to that."""
    return any(each.get("of_upload") for each in row.failure or ())


def _leave_alone(host: str, until: datetime) -> None:
    """Ask none of a host's calendars before the time that it wants."""
    one = CalendarSubscription
    db.session.flush()
    db.session.execute(
        update(one)
        .where(one.host == host, one.due_at < until)
        .values(due_at=until)
        .execution_options(synchronize_session="fetch")
    )


def _still(claim: Claim) -> CalendarSubscription | None:
    """The row, locked, if it is still this process's."""
    return db.session.scalars(
        select(CalendarSubscription)
        .where(CalendarSubscription.id == claim.number, CalendarSubscription.leased_until == claim.until)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def _note(row: CalendarSubscription, report: Mapping[str, Any], now: datetime) -> None:
    owner = owner_of(row)
    lab = lab_of(owner)
    record(
        now=now,
        actor_id=None,
        deed="calendar.read",
        thing=("lab" if isinstance(owner, Lab) else "instrument", owner.id),
        institution_id=lab.institution_id,
        lab_id=lab.id,
        detail={"calendar": row.id, "name": row.name, "spans": len(report["spans"])},
    )


def make_all_due(now: datetime) -> None:
    """Let every one that is not paused be due now."""
    one = CalendarSubscription
    db.session.execute(
        update(one)
        .where(one.state == "active")
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )


def outcome(number: int) -> str:
    """How it stands with one after a refresh, for the command line."""
    row = db.session.get(CalendarSubscription, number, populate_existing=True)
    if row is None:
        return f"{number}: removed meanwhile"
    if row.failure:
        return f"{number} {row.name}: {', '.join(reason['code'] for reason in row.failure)}"
    return f"{number} {row.name}: {(row.report or {}).get('events', 0)} events"
