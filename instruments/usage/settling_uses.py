"""Bring uses up to what their spans say: from when to when each lasted, and what speaks against it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce

from instruments.database import db
from instruments.people.customer import Payer
from instruments.timespan import Pair, instant
from instruments.usage.customers import bound_at
from instruments.usage.finishing import LONGEST, is_crowded
from instruments.usage.keeping import USE, change_use, outline, seconds_of, settled
from instruments.usage.kinds import (
    CONFIRMED,
    DAY_LONG,
    LATE,
    MORE_THAN_THERE_IS,
    NEARBY,
    OUTSIDE,
    RUNNING,
    WAITING,
)
from instruments.usage.lookup import use_again
from instruments.usage.reported import has_near
from instruments.usage.rules import doubts
from instruments.usage.setting import rules_of
from instruments.usage.settling import Settled

_FIRST, _LAST = (type_coerce(USE.c[name], BigInteger) for name in ("started_at", "ended_at"))
# What the hours alone give reason for, and take away again when they change.
OF_HOURS = (DAY_LONG, OUTSIDE, NEARBY)


def settle_use(number: int, now: datetime, *flags: str) -> None:
    """Bring a use up to what its spans say by now; of a confirmed one, whether what came since would change what counts.

    flags: what else speaks against it.
    """
    row = use_again(number)
    if row.state == CONFIRMED:
        if would_change(row, now):
            change_use(row, now, flags=" ".join(dict.fromkeys([*row.flags.split(), LATE])))
        return
    found = settled(number, now)
    span = outline(found, (int(row.started_at.timestamp()), int((row.ended_at or now).timestamp())))
    if row.state == RUNNING:
        change_use(row, now, started_at=span["started_at"], flags=flags_by_hours(row, found, *flags))
        return
    change_use(row, now, **span, **_terms(row, span), flags=flags_by_hours(row, found, *flags))


def flag_crowded(instrument_id: int, around: Pair, now: datetime) -> None:
    """Flag the uses that wait and lie around some time where more was used at once than there are places, and no others."""
    first, last = around
    asked = select(USE.c.id).where(
        USE.c.instrument_id == instrument_id, USE.c.state == WAITING, first - LONGEST < _FIRST, last > _FIRST,
        first < _LAST,
    )  # fmt: skip
    for number in db.session.scalars(asked).all():
        row = use_again(number)
        codes = [code for code in row.flags.split() if code != MORE_THAN_THERE_IS]
        used = settled(number, now).used
        if used and is_crowded(instrument_id, used, number):
            codes.append(MORE_THAN_THERE_IS)
        if set(codes) != set(row.flags.split()):
            change_use(row, now, flags=" ".join(codes))


def would_change(row: Any, now: datetime) -> bool:
    """Whether what came after a use was confirmed would change what counts."""
    return not same_hours(settled(row.id, now, row.confirmed_at), settled(row.id, now))


def same_hours(one: Settled, other: Settled) -> bool:
    """Whether the same time counts, whatever its evidence."""
    return (one.used, one.effective, one.not_charged) == (other.used, other.effective, other.not_charged)


def without_flag(flags: str, flag: str) -> str:
    """Flags without one that was settled."""
    return " ".join(code for code in flags.split() if code != flag)


def flags_by_hours(row: Any, found: Settled, *more: str) -> str:
    """The flags of a use, of its hours those for which these give reason by now."""
    reserved = None if row.reserved_from is None else seconds_of(row.reserved_from, row.reserved_until)
    codes = [code for code in row.flags.split() if code not in OF_HOURS]
    codes += [*doubts(found, reserved), *more, *([NEARBY] if has_near(row.id) else [])]
    return " ".join(dict.fromkeys(codes))


def _terms(row: Any, span: dict[str, datetime]) -> dict[str, Any]:
    """When a use without a reservation would confirm itself, and by which prices it is charged: those of its start."""
    if row.reservation_id is not None or row.user_id is not None:
        return {}
    due = instant(rules_of(row.instrument_id).confirm_by(int(span["ended_at"].timestamp())))
    return {"confirm_by": due, **bound_at(row.instrument_id, span["started_at"], Payer())}
