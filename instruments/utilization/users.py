"""What a group, or the people of an institution or company, used wherever it stood: hours, uses and samples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.edges import edge_days, edges_of, whole_months
from instruments.utilization.models import MonthCustomer
from instruments.utilization.naming import names_of
from instruments.utilization.periods import Period

_CUSTOMER: Any = MonthCustomer.__table__
_INSTRUMENT: Any = Instrument.__table__
BY = ("instrument", "lab", "institution", "class", "month")


@dataclass(frozen=True, slots=True)
class User:
    """Whose use: of a group, or of everybody of an institution or company."""

    group_id: int | None = None
    institution_id: int | None = None

    def condition(self) -> ColumnElement[bool]:
        """The same as a condition on the summaries."""
        c = _CUSTOMER.c
        return c.group_id == self.group_id if self.group_id else c.institution_id == self.institution_id

    def is_one(self, institution_id: int, group_id: int) -> bool:
        """Whether a customer is one of them."""
        return group_id == self.group_id if self.group_id else institution_id == self.institution_id


@dataclass(frozen=True, slots=True)
class Used:
    """One instrument in one month, used by somebody: milliseconds, uses and samples."""

    instrument_id: int
    lab_id: int
    institution_id: int
    class_code: str | None
    month: int
    effective: int
    uses: int
    samples: int


@dataclass(frozen=True, slots=True)
class UsedRow:
    """A row of a table: its key and names, hours, uses, samples, and on how many instruments."""

    key: Any
    name_en: str
    name_zh: str
    hours: float
    uses: int
    samples: int
    instruments: int


def used(user: User, period: Period, now: datetime) -> list[Used]:
    """Everything they used in a period. A few statements."""
    months = whole_months(period)
    found = _of_months(user, *months) if months else []
    beside = [first.year * 100 + first.month for first, _ in edge_days(period)]
    for month in sorted(set(beside)):
        numbers = sorted({each.instrument_id for each in _of_months(user, month, month)})
        found += [each for each in _of_edges(user, numbers, period, now) if each.month == month]
    return found


def _of_months(user: User, first: int, last: int) -> list[Used]:
    c, i = _CUSTOMER.c, _INSTRUMENT.c
    asked = (
        select(
            c.instrument_id, i.lab_id, i.institution_id, i.class_code, c.month, c.effective, c.uses, c.samples
        )
        .join(_INSTRUMENT, i.id == c.instrument_id)
        .where(user.condition(), c.month.between(first, last))
        .order_by(c.month, c.instrument_id)
    )
    return [Used(*row) for row in db.session.execute(asked)]


def _of_edges(user: User, numbers: list[int], period: Period, now: datetime) -> Iterable[Used]:
    if not numbers:
        return
    rows = db.session.execute(select(Instrument.id, Instrument.class_code).where(Instrument.id.in_(numbers)))
    classes = {row[0]: row[1] for row in rows}
    for part in edges_of(numbers, period, now):
        thing = part.thing
        for key, each in part.summary.served.items():
            if user.is_one(*key):
                yield Used(
                    thing.id, thing.lab_id, thing.owner_id, classes[thing.id], part.month, each.effective, each.uses,
                    each.samples,
                )  # fmt: skip


def rows_of(rows: Iterable[Used], by: str) -> list[UsedRow]:
    """The same by instrument, lab, owning institution, class or month: those with the most hours first, months in order."""
    groups = grouped(rows, by)
    names = {} if by == "month" else names_of(by, list(groups))
    found = [
        UsedRow(
            key, *names.get(key, ("", "")), sum(row.effective for row in some) / 3_600_000,
            sum(row.uses for row in some), sum(row.samples for row in some), len({row.instrument_id for row in some}),
        )
        for key, some in groups.items()
    ]  # fmt: skip
    return sorted(found, key=lambda row: row.key if by == "month" else (-row.hours, str(row.key)))


def grouped(rows: Iterable[Used], by: str) -> dict[Any, list[Used]]:
    """The same by instrument, lab, owning institution, class or month."""
    groups: defaultdict[Any, list[Used]] = defaultdict(list)
    for row in rows:
        groups[_key(row, by)].append(row)
    return dict(groups)


def _key(row: Used, by: str) -> Any:
    return {
        "instrument": row.instrument_id, "lab": row.lab_id, "institution": row.institution_id, "class": row.class_code,
        "month": row.month,
    }[by]  # fmt: skip
