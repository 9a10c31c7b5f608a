"""What the lab's rules do by themselves: end what was forgotten, assume what nobody recorded, confirm what nobody looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, func, select, type_coerce

from instruments.catalog import revision
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.journal.models import JournalEntry
from instruments.journal.record import record
from instruments.people.models import Lab
from instruments.reservations import ending
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import LONGEST_SECONDS, Reservation
from instruments.timespan import instant
from instruments.usage.countable import booked, keep_counts
from instruments.usage.finishing import end_by_rule, forgotten_at, is_crowded
from instruments.usage.keeping import USE, add_span, change_use, make_use, note_use, seconds_of
from instruments.usage.kinds import (
    ASSUMED,
    ATTENDED,
    BY_RULE,
    CONFIRMED,
    MORE_THAN_THERE_IS,
    RESERVATION,
    RUNNING,
    VOID,
    WAITING,
)
from instruments.usage.lookup import use_again, use_of
from instruments.usage.setting import all_rules, rules_of
from instruments.usage.settling_uses import flag_crowded

AT_ONCE = 200
# An installation that begins to keep uses does not assume what lies longer back.
LOOKS_BACK = timedelta(days=35)
_R: Any = Reservation.__table__


def forgotten(now: datetime, after: int = 0) -> Sequence[int]:
    """Running uses that the lab's rule ends by now, a page of them in order."""
    rules = all_rules()
    rows = db.session.execute(
        select(USE.c.id, USE.c.instrument_id, USE.c.started_at, _R.c.ends_at.label("held_ends_at"))
        .outerjoin(_R, _R.c.id == USE.c.reservation_id)
        .where(USE.c.state == RUNNING, USE.c.id > after)
        .order_by(USE.c.id)
    )
    moment = int(now.timestamp())
    return [row.id for row in rows if forgotten_at(row, rules[row.instrument_id]) <= moment][:AT_ONCE]


def end_forgotten(use_id: int, now: datetime) -> bool:
    """End one of them, inside a deed; whether it did. Again changes nothing."""
    row = use_again(use_id)
    revision.lock([row.instrument_id])
    row = use_again(use_id)
    if row.state != RUNNING or forgotten_at(row, rules_of(row.instrument_id)) > int(now.timestamp()):
        return False
    end_by_rule(row, now)
    return True


def unrecorded(now: datetime, after: int = 0) -> Sequence[int]:
    """Confirmed reservations that are over and of which no use is known, a page of them in order."""
    used = select(USE.c.id).where(USE.c.reservation_id == _R.c.id, USE.c.state != VOID).exists()
    since = now - LOOKS_BACK
    return db.session.scalars(
        select(_R.c.id)
        .where(
            _R.c.state == ending.CONFIRMED, _R.c.ends_at <= now, _R.c.ends_at > since, _R.c.id > after,
            _R.c.starts_at > since - timedelta(seconds=LONGEST_SECONDS), ~used,
        )
        .order_by(_R.c.id)
        .limit(AT_ONCE)
    ).all()  # fmt: skip


def assume(reservation_id: int, now: datetime) -> bool:
    """Take it that a reservation which is over was used as reserved, inside a deed; whether it did.

    Its hours are of the lowest grade, and the lab confirms or corrects them. Where checking in is required nothing is
    assumed: nobody came.
    """
    number = db.session.scalar(select(_R.c.instrument_id).where(_R.c.id == reservation_id))
    if number is None:
        return False
    revision.lock([number])
    row = reservation_row(reservation_id, None)
    if row.state != ending.CONFIRMED or row.ends_at > now or use_of(row.id) is not None:
        return False
    rules = rules_of(number)
    if rules.is_required:
        ending.end_as(
            row, ending.NO_SHOW, row.ends_at, now, None, by="rule", grace_minutes=rules.grace_minutes
        )
        return True
    crowded = is_crowded(number, [seconds_of(row.starts_at, row.ends_at)])
    due, chosen = rules.confirm_by(int(row.ends_at.timestamp())), booked(row.id)
    made = make_use(
        now, instrument_id=number, reservation_id=row.id, kind=RESERVATION, user_id=row.user_id,
        institution_id=row.institution_id, group_id=row.group_id, reserved_from=row.starts_at,
        reserved_until=row.ends_at, started_at=row.starts_at, ended_at=row.ends_at, ended_by=BY_RULE, state=WAITING,
        confirm_by=instant(due), flags=MORE_THAN_THERE_IS if crowded else "",
        samples=chosen.samples,
    )  # fmt: skip
    keep_counts(made, chosen.counts)
    add_span(made, ATTENDED, (row.starts_at, row.ends_at), now, grade=ASSUMED, reporter="rule")
    ending.end_as(row, ending.DONE, row.ends_at, now, None, use_id=made)
    if crowded:
        flag_crowded(number, seconds_of(row.starts_at, row.ends_at), now)
    note_use(use_again(made), "assumed", now, None)
    return True


def unconfirmed(now: datetime, after: int = 0) -> Sequence[int]:
    """Uses past the lab's deadline that nothing speaks against, a page of them in order."""
    return db.session.scalars(
        select(USE.c.id)
        .where(USE.c.state == WAITING, USE.c.flags == "", USE.c.confirm_by <= now, USE.c.id > after)
        .order_by(USE.c.id)
        .limit(AT_ONCE)
    ).all()


def confirm_by_rule(use_id: int, now: datetime) -> bool:
    """Confirm one of them as the deadline does, inside a deed; whether it did. Again changes nothing."""
    row = use_again(use_id)
    if row.state != WAITING or row.flags or row.confirm_by > now:
        return False
    if not change_use(row, now, state=CONFIRMED, confirmed_at=now, confirmed_by_rule=True):
        return False
    note_use(row, "confirmed", now, None, by="rule")
    return True


SOON = timedelta(hours=24)
AGAIN = timedelta(hours=20)


def labs_to_remind(now: datetime, after: int = 0) -> Sequence[int]:
    """Labs with uses that confirm themselves within a day, and that were not told so lately; in order."""
    told = select(JournalEntry.thing_id).where(
        JournalEntry.thing_kind == "lab", JournalEntry.deed == "uses.due", JournalEntry.at > now - AGAIN
    )
    return db.session.scalars(
        select(Instrument.lab_id)
        .join(USE, USE.c.instrument_id == Instrument.id)
        .where(_soon(now), Instrument.lab_id > after, Instrument.lab_id.not_in(told))
        .distinct()
        .order_by(Instrument.lab_id)
        .limit(AT_ONCE)
    ).all()


def remind(lab_id: int, now: datetime) -> bool:
    """Note that uses of a lab are to be confirmed, so that its staff is told, inside a deed; whether it was."""
    lab = db.session.scalar(select(Lab).where(Lab.id == lab_id).with_for_update())
    if lab is None or lab_id not in labs_to_remind(now, lab_id - 1):
        return False
    count, first = db.session.execute(
        select(func.count(), func.min(type_coerce(USE.c.confirm_by, BigInteger)))
        .select_from(USE)
        .join(Instrument, Instrument.id == USE.c.instrument_id)
        .where(_soon(now), Instrument.lab_id == lab_id)
    ).one()
    record(
        now=now, actor_id=None, deed="uses.due", thing=("lab", lab_id), institution_id=lab.institution_id, lab_id=lab_id,
        detail={"count": count, "expires_at": first},
    )  # fmt: skip
    return True


def _soon(now: datetime) -> Any:
    return (USE.c.state == WAITING) & (USE.c.flags == "") & (USE.c.confirm_by <= now + SOON)
