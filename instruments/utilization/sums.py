"""The summaries of months added up: over a selection of instruments, and by institution, lab, class, instrument or month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, cast, func, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.models import MonthSummary
from instruments.utilization.rated import RATED_CLASSES
from instruments.utilization.totals import OPENED, Totals

_MONTH: Any = MonthSummary.__table__
_INSTRUMENT: Any = Instrument.__table__
SUMMED = tuple(
    column.name
    for column in _MONTH.columns
    if column.name not in ("instrument_id", "month", "due_at", "served")
)
# Under which of these an instrument stands counts for the n of a figure (rule 7).
UNDER = ("calendar", "open", "bookable", "effective")
BY: Mapping[str, Any] = {
    "institution": _INSTRUMENT.c.institution_id,
    "lab": _INSTRUMENT.c.lab_id,
    "class": _INSTRUMENT.c.class_code,
    "instrument": _INSTRUMENT.c.id,
    "month": _MONTH.c.month,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which instruments: of an institution, a lab, a class with all below it (by the digits
    of its code that count: 01, 0102, 010203), or one;
    all without, or all but those of an institution; or of these numbers."""

    institution_id: int | None = None
    lab_id: int | None = None
    class_code: str = ""
    instrument_id: int | None = None
    not_institution_id: int | None = None
    instrument_ids: tuple[int, ...] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as conditions on the instrument."""
        c = _INSTRUMENT.c
        asked = ((c.institution_id, self.institution_id), (c.lab_id, self.lab_id), (c.id, self.instrument_id))
        found = [column == value for column, value in asked if value is not None]
        if self.not_institution_id is not None:
            found.append(c.institution_id != self.not_institution_id)
        if self.instrument_ids is not None:
            found.append(c.id.in_(self.instrument_ids))
        if self.class_code:
            found.append(c.class_code.startswith(self.class_code, autoescape=True))
        return found


def totals(chosen: Selection, months: tuple[int, int], now: datetime) -> Totals:
    """Over all instruments chosen, from one month to another. One statement."""
    return next(iter(_read(chosen, months, now, None)))[1]


def totals_by(
    by: str, chosen: Selection, months: tuple[int, int], now: datetime, names: Sequence[str] = SUMMED
) -> dict[Any, Totals]:
    """The same by institution, lab, class, instrument or month (BY), of some measures. One statement."""
    return dict(_read(chosen, months, now, by, names))


def _read(
    chosen: Selection, months: tuple[int, int], now: datetime, by: str | None, names: Sequence[str] = SUMMED
) -> Iterator[tuple[Any, Totals]]:
    summed = tuple(dict.fromkeys((*names, *NEEDED)))
    for row in db.session.execute(_question(chosen, months, int(now.timestamp()), by, summed)).mappings():
        sums = {name: int(row[f"sum_{name}"] or 0) for name in (*summed, *_DERIVED)}
        under = {name: int(row[f"n_{name}"] or 0) for name in UNDER if name in summed}
        fresh, rows = int(row["fresh"] or 0), int(row["rows"] or 0)
        yield row["key"], Totals(sums, under, sums["instruments"], fresh, rows)


# What the derived ones are worked out from.
NEEDED = ("calendar", "effective", "owned", "inside", "external")
_DERIVED = ("outside", "rated_used", "instruments", "sharable", "serving")


def _question(
    chosen: Selection, months: tuple[int, int], moment: int, by: str | None, summed: Sequence[str]
) -> Select[Any]:
    """Each instrument's own sum first, since some are counted by it; then all of those together."""
    each = _each(chosen, months, moment, by, summed)
    c = each.c
    in_service = c.calendar > 0
    sharable = in_service & c.audience.in_(OPENED)
    derived: dict[str, Any] = {
        "outside": c.effective - c.inside,
        "rated_used": case(
            (or_(*(c.asset_class.startswith(each) for each in RATED_CLASSES)), c.owned), else_=0
        ),
        "instruments": _one(in_service),
        "sharable": _one(sharable),
        "serving": _one(sharable & ((c.served > 0) | (c.external > 0))),
    }
    key = [c.key.label("key")] if by else [func.min(c.id).label("key")]
    asked = select(
        *key,
        func.sum(c.fresh).label("fresh"),
        func.sum(c.rows).label("rows"),
        *(func.sum(c[name]).label(f"sum_{name}") for name in summed),
        *(func.sum(derived[name]).label(f"sum_{name}") for name in _DERIVED),
        *(func.sum(_one(c[name] > 0)).label(f"n_{name}") for name in UNDER if name in summed),
    )
    return asked.group_by(c.key).order_by(c.key) if by else asked


def _each(
    chosen: Selection, months: tuple[int, int], moment: int, by: str | None, summed: Sequence[str]
) -> Any:
    # A month of an instrument is one row; otherwise what it is summed by follows from the instrument.
    keys = [BY[by] if by == "month" else func.min(BY[by])] if by else []
    return (
        select(
            _INSTRUMENT.c.id,
            *(key.label("key") for key in keys),
            func.min(_INSTRUMENT.c.audience).label("audience"),
            func.min(_INSTRUMENT.c.university_asset_class).label("asset_class"),
            func.count().label("rows"),
            func.sum(_one(_MONTH.c.due_at > moment)).label("fresh"),
            func.max(cast(_MONTH.c.served, Integer)).label("served"),
            *(func.sum(_MONTH.c[name]).label(name) for name in summed),
        )
        .join(_MONTH, _MONTH.c.instrument_id == _INSTRUMENT.c.id)
        .where(_MONTH.c.month.between(*months), *chosen.conditions())
        .group_by(_INSTRUMENT.c.id, *(keys if by == "month" else ()))
        .subquery()
    )


def _one(condition: ColumnElement[bool]) -> Any:
    return case((condition, 1), else_=0)


def numbers_of(chosen: Selection) -> list[int]:
    """The numbers of the instruments, ascending. One statement."""
    asked = select(_INSTRUMENT.c.id).where(*chosen.conditions()).order_by(_INSTRUMENT.c.id)
    return list(db.session.scalars(asked))


def expected_rows(chosen: Selection, months: Sequence[int]) -> int:
    """How many months of instruments there are of these, so that one sees whether any is missing."""
    count = db.session.scalar(select(func.count()).select_from(_INSTRUMENT).where(*chosen.conditions())) or 0
    return count * len(months)
