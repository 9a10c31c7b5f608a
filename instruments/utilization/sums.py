"""The summaries of months added up: over a selection of instruments, and by institution, lab, class, instrument or month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.sum_questions import DERIVED, NEEDED, UNDER, in_service, question
from instruments.utilization.totals import Totals
from instruments.utilization.years import SUMMED, year_of

_INSTRUMENT: Any = Instrument.__table__


class Placed(Protocol):
    """An instrument with where it stands."""

    @property
    def id(self) -> int: ...
    @property
    def institution_id(self) -> int: ...
    @property
    def lab_id(self) -> int: ...
    @property
    def class_code(self) -> str | None: ...


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

    @property
    def shape(self) -> tuple[str, ...]:
        """Which of these are asked for: questions of one shape are put in the same words, with other values."""
        return tuple(name for name in self.__slots__ if getattr(self, name) not in (None, ""))

    @property
    def values(self) -> dict[str, Any]:
        """The values of a question of this shape."""
        return {f"of_{name}": getattr(self, name) for name in self.shape}

    def holds(self, thing: Placed) -> bool:
        """The same of an instrument that is known."""
        return (
            self.institution_id in (None, thing.institution_id)
            and self.lab_id in (None, thing.lab_id)
            and self.instrument_id in (None, thing.id)
            and (self.not_institution_id is None or self.not_institution_id != thing.institution_id)
            and (self.instrument_ids is None or thing.id in self.instrument_ids)
            and (thing.class_code or "").startswith(self.class_code)
        )

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


def by_numbers(column: Any, chosen: Selection) -> list[ColumnElement[bool]]:
    """The numbers of the instruments once more as an array, for PostgreSQL, which goes through a whole table of months where
    it is told them by a join alone, though it has an index that begins with them; nothing where most or all are chosen."""
    conditions = chosen.conditions()
    if not conditions or chosen.not_institution_id is not None or db.engine.dialect.name != "postgresql":
        return []
    numbers = select(_INSTRUMENT.c.id).where(*conditions).correlate(None).scalar_subquery()
    return [column == func.any(func.array(numbers))]


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
    counted, all_sums = [name for name in UNDER if name in summed], (*summed, *DERIVED)
    last = 3 + len(all_sums)
    asked = question(chosen.shape, by, summed, is_year=year_of(months) is not None)
    answers = db.session.execute(asked, _values(chosen, months, now))
    if by == "instrument":
        # Thousands of rows, of which each value is a whole number as it stands.
        for key, fresh, rows, *values in answers:
            sums = dict(zip(all_sums, values, strict=False))
            under = dict(zip(counted, values[len(all_sums) :], strict=True))
            yield key, Totals(sums, under, sums["instruments"], int(fresh), int(rows))
        return
    for row in answers:
        key, fresh, rows = row[:3]
        sums = dict(zip(all_sums, (int(value or 0) for value in row[3:last]), strict=True))
        under = dict(zip(counted, (int(value or 0) for value in row[last:]), strict=True))
        yield key, Totals(sums, under, sums["instruments"], int(fresh or 0), int(rows or 0))


def hours_and_places(
    chosen: Selection, months: tuple[int, int], now: datetime
) -> list[tuple[int, int, str, int]]:
    """Each instrument that was in service: its number, its places, its zone and its effective milliseconds. One statement."""
    asked = in_service(chosen.shape, is_year=year_of(months) is not None)
    return [
        (row[0], row[1], row[2], int(row[3]))
        for row in db.session.execute(asked, _values(chosen, months, now))
    ]


def _values(chosen: Selection, months: tuple[int, int], now: datetime) -> dict[str, Any]:
    return {**chosen.values, "first": months[0], "last": months[1], "moment": int(now.timestamp())}


def numbers_of(chosen: Selection) -> list[int]:
    """The numbers of the instruments, ascending. One statement."""
    asked = select(_INSTRUMENT.c.id).where(*chosen.conditions()).order_by(_INSTRUMENT.c.id)
    return list(db.session.scalars(asked))


def expected_rows(chosen: Selection, months: Sequence[int]) -> int:
    """How many months of instruments there are of these, so that one sees whether any is missing."""
    count = db.session.scalar(select(func.count()).select_from(_INSTRUMENT).where(*chosen.conditions())) or 0
    return count * len(months)
