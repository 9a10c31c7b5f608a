"""The months of years added up by instrument: kept while they are up to date, taken away by whoever writes or marks one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, cast, delete, exists, func, insert, literal, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.utilization.models import Measures, MonthSummary, UtilizationState, YearSummary

_INSTRUMENT: Any = Instrument.__table__
_MONTH: Any = MonthSummary.__table__
_YEAR: Any = YearSummary.__table__
_STATE: Any = UtilizationState.__table__
ACADEMIC = 9
SUMMED = tuple(name for name in Measures.__annotations__ if name != "served")
# The last month of an academic year is September's less one, a year on.
_A_YEAR = 99


def years_over(months: Iterable[int]) -> set[int]:
    """The first months of all years that hold any of these months."""
    found = set()
    for month in months:
        year = month // 100
        found |= {year * 100 + 1, (year if month % 100 >= ACADEMIC else year - 1) * 100 + ACADEMIC}
    return found


def last_of(first: int) -> int:
    """The last month of the year that begins with this one."""
    return first + 11 if first % 100 == 1 else first + _A_YEAR


def year_of(months: tuple[int, int]) -> int | None:
    """The first month, where from the one month to the other it is a year by the calendar or by teaching."""
    first, last = months
    return first if first % 100 in (1, ACADEMIC) and last == last_of(first) else None


def take_away(instrument_ids: Collection[int], months: Iterable[int]) -> None:
    """The sums of these instruments that hold any of these months go, inside the deed that writes them."""
    dialect = db.engine.dialect.name
    mine = among(_YEAR.c.instrument_id, dialect) & _YEAR.c.first.in_(years_over(months))
    db.session.execute(delete(_YEAR).where(mine), {"numbers": as_parameter(instrument_ids, dialect)})


_MARKED = delete(_YEAR).where(
    _YEAR.c.instrument_id == bindparam("number"),
    _YEAR.c.first.between(bindparam("low", type_=Integer) - _A_YEAR, bindparam("high", type_=Integer)),
)


def take_away_marked(marks: Collection[Mapping[str, int]]) -> None:
    """The same of what is marked: an instrument and from which month to which."""
    db.session.execute(_MARKED, list(marks))


def take_all_away() -> None:
    """All of them."""
    db.session.execute(delete(_YEAR))


def lacking(months: Collection[int], now: datetime) -> list[int]:
    """The years among these months of which an instrument has no sum though all its months are up to date. A statement each."""
    return [
        first
        for first in sorted(years_over(months))
        if db.session.execute(_whole(first, now).limit(1)).first()
    ]


def without_sum(first: Any, moment: Any) -> Any:
    """The numbers of the instruments whose months of a year are not added up, or are no longer what was added, as a question.

    Asked as a list, so that the database goes through the months of these alone.
    """
    one = _INSTRUMENT.alias("without_sum")
    kept = exists().where(_YEAR.c.first == first, _YEAR.c.instrument_id == one.c.id, _YEAR.c.due_at > moment)
    return select(one.c.id).where(~kept)


def _whole(first: int, now: datetime) -> Any:
    """The instruments whose months are up to date and not added up."""
    moment = int(now.timestamp())
    return (
        select(_MONTH.c.instrument_id)
        .where(
            _MONTH.c.instrument_id.in_(without_sum(first, moment)),
            _MONTH.c.month.between(first, last_of(first)),
        )
        .group_by(_MONTH.c.instrument_id)
        .having(func.min(_MONTH.c.due_at) > moment)
    )


def add_up(first: int, now: datetime) -> int:
    """Add up a year of every instrument of which it is lacking, inside a deed; of how many.

    The lock of whoever writes or marks summaries is taken, but their state stays: what is read comes to the same.
    """
    db.session.execute(select(_STATE.c.number).with_for_update())
    db.session.execute(delete(_YEAR).where(_YEAR.c.first == first, _YEAR.c.due_at <= int(now.timestamp())))
    c = _MONTH.c
    sums = {
        "first": literal(first, Integer), "instrument_id": c.instrument_id, "months": func.count(),
        "due_at": func.min(c.due_at), "served": func.max(cast(c.served, Integer)) == 1,
        **{name: func.sum(c[name]) for name in SUMMED},
    }  # fmt: skip
    asked = _whole(first, now).with_only_columns(*sums.values())
    done: Any = db.session.execute(insert(_YEAR).from_select(list(sums), asked))
    return int(done.rowcount)
