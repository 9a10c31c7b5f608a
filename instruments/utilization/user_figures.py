"""Figures of what a group or the people of an institution used: the same definitions, over what is theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, or_, select, type_coerce

from instruments.database import db
from instruments.usage.keeping import settled_many
from instruments.usage.kinds import CONFIRMED, GRADES, WAITING
from instruments.usage.models import InstrumentUse, RunCustomer
from instruments.utilization.naming import names_of
from instruments.utilization.periods import Period, midnight
from instruments.utilization.reading import things
from instruments.utilization.reserved_rows import NOTHING, ReservedSums, reserved_by, reserved_sums, whose
from instruments.utilization.totals import Totals
from instruments.utilization.user_places import Whose
from instruments.utilization.users import Used, User, grouped

# What can be said of somebody's use; hours that were open or bookable are nobody's.
USER_FIGURES = ("effective", "external", "shared_by_hours", "uses", "no_show_rate", "lead_time")
AT_ONCE = 20_000
Evidence = list[tuple[str, float]]


def totals_of(of: Whose, found: Iterable[Used], period: Period, now: datetime) -> Totals:
    """The measures of what was found used in a period, with its reservations. Two statements."""
    return _totals(of, list(found), reserved_sums(whose(of.user), period, now))


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A row of a table: its key and names, and what it comes to."""

    key: Any
    name_en: str
    name_zh: str
    totals: Totals


def figure_rows(of: Whose, found: Iterable[Used], by: str, period: Period, now: datetime) -> list[FigureRow]:
    """The same by instrument, lab, owning institution, class or month, also where something was reserved and nothing used:
    those with the most hours first, months in order."""
    reserved, used = reserved_by(by, whose(of.user), period, now), grouped(found, by)
    keys = list(dict.fromkeys((*used, *reserved)))
    names = {} if by == "month" else names_of(by, keys)
    rows = [
        FigureRow(key, *names.get(key, ("", "")), _totals(of, used.get(key, []), reserved.get(key, NOTHING)))
        for key in keys
    ]
    if by == "month":
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-row.totals.sums["effective"], str(row.key)))


def _totals(of: Whose, rows: Sequence[Used], reserved: ReservedSums) -> Totals:
    sums = {
        "effective": sum(row.effective for row in rows),
        "external": sum(row.effective for row in rows if row.institution_id != of.institution_id),
        "uses": sum(row.uses for row in rows), "samples": sum(row.samples for row in rows),
        "reservations": reserved.reservations, "no_shows": reserved.no_shows, "lead": reserved.lead,
        "lead_known": reserved.reservations,
    }  # fmt: skip
    return Totals(sums, n=len({row.instrument_id for row in rows}))


def evidence_of(user: User, period: Period, now: datetime) -> Evidence:
    """The used time of their uses within a period by the grade of its evidence; of a run for several, of all of it."""
    rows = _uses(user, period, now)
    zones = {thing.id: thing.zone for thing in things({row.instrument_id for row in rows})}
    spans = {}
    for number, zone in zones.items():
        first, last = period.seconds(zone)
        spans[number] = (first, min(last, midnight(now.astimezone(zone).date(), zone)))
    found: Counter[str] = Counter()
    for begin in range(0, len(rows), AT_ONCE):
        some = rows[begin : begin + AT_ONCE]
        limits = {row.id: row.confirmed for row in some if row.confirmed is not None}
        settled = settled_many([row.id for row in some], now, limits)
        for row in some:
            first, last = spans[row.instrument_id]
            for (start, end), grade in settled[row.id].graded:
                found[grade] += max(0, min(end, last) - max(start, first))
    whole = sum(found.values())
    return [(grade, found[grade] / whole) for grade in GRADES if found[grade]]


def _uses(user: User, period: Period, now: datetime) -> list[Any]:
    """Their uses that may lie in the period on any wall: a run is those of its customers, else the user's."""
    seconds = [each.timestamp() for each in _widest(period)]
    c = InstrumentUse
    start, end = type_coerce(c.started_at, BigInteger), type_coerce(c.ended_at, BigInteger)
    has_customers = select(RunCustomer.use_id).where(RunCustomer.use_id == c.id).exists()
    is_customer = (
        select(RunCustomer.use_id).where(RunCustomer.use_id == c.id, _is(user, RunCustomer)).exists()
    )
    asked = select(
        c.id, c.instrument_id, type_coerce(c.confirmed_at, BigInteger).label("confirmed")
    ).where(
        or_(and_(_is(user, c), ~has_customers), is_customer), c.state.in_((WAITING, CONFIRMED)),
        start < min(seconds[1], now.timestamp()), end >= seconds[0],
    )  # fmt: skip
    return list(db.session.execute(asked.order_by(c.id)))


def _widest(period: Period) -> tuple[datetime, datetime]:
    """From before its first to after its last moment on any wall."""
    read = datetime.fromisoformat
    return read(f"{period.first}T00:00:00+14:00"), read(f"{period.end}T00:00:00-12:00")


def _is(user: User, table: Any) -> ColumnElement[bool]:
    if user.group_id:
        return table.group_id == user.group_id
    return table.institution_id == user.institution_id
