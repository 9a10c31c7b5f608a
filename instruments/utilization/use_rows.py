"""The uses behind the effective hours of one instrument in a period, whose parts add up to the figure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Institution, Person
from instruments.timespan import instant
from instruments.usage.models import InstrumentUse
from instruments.utilization.layer_sums import Key, Length
from instruments.utilization.layers import layers_of
from instruments.utilization.naming import told_names
from instruments.utilization.periods import Period, midnight
from instruments.utilization.reading import records, things
from instruments.utilization.records import Session

SECONDS = 3600


@dataclass(frozen=True, slots=True)
class UseRow:
    """One use: its hours within the period, how many of them for others than the owner, whether it counts there (it began in
    it), samples confirmed in it, who used it and for whom (the first customer), and the evidence of most of its time; merged: of
    a company, which stands together with the others and is not named."""

    use_id: int
    started: datetime
    hours: Fraction
    external: Fraction
    counts: bool
    samples: int
    grade: str
    user_en: str = ""
    user_zh: str = ""
    customer_en: str = ""
    customer_zh: str = ""
    merged: bool = False


def use_rows(instrument_id: int, period: Period, now: datetime, *, companies: bool = False) -> list[UseRow]:
    """The uses that lie in the period, began or had samples confirmed in it, in their order, up to last midnight; companies:
    they and their people are told by name."""
    [thing] = things([instrument_id])
    first, last = period.seconds(thing.zone)
    last = min(last, midnight(now.astimezone(thing.zone).date(), thing.zone))
    if last <= first:
        return []
    record = records([thing], first, last, now)[thing.id]
    parts = layers_of(record, (first, last)).parts
    rows = [_row(session, parts, first, last) for session in record.sessions]
    kept = [row for row in rows if row.hours or row.counts or row.samples]
    return _named(sorted(kept, key=lambda row: (row.started, row.use_id)), companies=companies)


def _row(session: Session, parts: dict[Key, Length], first: int, last: int) -> UseRow:
    own = [Fraction(parts.get((session.number, position), 0)) for position in range(len(session.shares))]
    outside = (length for length, share in zip(own, session.shares, strict=True) if share.external)
    confirmed = session.confirmed is not None and first <= session.confirmed < last
    by_grade: dict[str, int] = {}
    for (start, end), grade in session.evidence:
        by_grade[grade] = by_grade.get(grade, 0) + end - start
    return UseRow(
        session.number, instant(session.started), sum(own, Fraction()) / SECONDS, sum(outside, Fraction()) / SECONDS,
        first <= session.started < last, sum(share.samples for share in session.shares) if confirmed else 0,
        max(by_grade, key=lambda grade: by_grade[grade]) if by_grade else "",
    )  # fmt: skip


def _named(rows: list[UseRow], *, companies: bool) -> list[UseRow]:
    """With the names of who used it and of their institution. One statement for a thousand."""
    found: dict[int, tuple[str, str, str, str, bool]] = {}
    numbers = [row.use_id for row in rows]
    for begin in range(0, len(numbers), 1000):
        asked = (
            select(
                InstrumentUse.id,
                Institution.kind,
                Person.name_en,
                Person.name_zh,
                Institution.name_en,
                Institution.name_zh,
            )
            .outerjoin(Person, Person.id == InstrumentUse.user_id)
            .outerjoin(Institution, Institution.id == InstrumentUse.institution_id)
            .where(InstrumentUse.id.in_(numbers[begin : begin + 1000]))
        )
        found |= {
            row[0]: told_names(row[1], *row[2:], companies=companies) for row in db.session.execute(asked)
        }
    return [
        UseRow(
            row.use_id, row.started, row.hours, row.external, row.counts, row.samples, row.grade,
            *found.get(row.use_id, ("", "", "", "", False)),
        )
        for row in rows
    ]  # fmt: skip
