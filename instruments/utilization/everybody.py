"""Whether five persons stand behind what all instruments elsewhere do, found without going through everybody there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, case, func, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.behind import HOURS, UNKNOWN_PERSON
from instruments.utilization.models import MonthPerson
from instruments.utilization.rated import RATED_CLASSES
from instruments.utilization.withholding import FEWEST, GROUPS, RATED, UNRATED

_PERSON: Any = MonthPerson.__table__
_INSTRUMENT: Any = Instrument.__table__
# So many of a month settle it for all groups but those that few are in anyway.
FIRST = 1000
ByMonth = defaultdict[int, defaultdict[int, int]]
"""By month and person, of which figures they are part."""


def five_behind_all(months: Iterable[int], conditions: Sequence[Any]) -> dict[int, dict[int, bool]]:
    """By group and month in which anybody of it stands behind anything on these instruments, whether five persons do. A
    statement for each month, and one for the groups that the first thousand rows of it do not settle."""
    asked, found = _asked(conditions), _nobody()
    read = [
        month for month in months if _add(found, asked.where(_PERSON.c.month == month).limit(FIRST)) == FIRST
    ]
    lacks = {month: bits for month in read if (bits := _lacking(found[month]))}
    if lacks:
        wanted = case(lacks, value=_PERSON.c.month, else_=0)
        _add(found, asked.where(_PERSON.c.month.in_(lacks), _bits().bitwise_and(wanted) != 0))
    told: dict[int, dict[int, bool]] = {group: {} for group in GROUPS}
    for month in sorted(found):
        for group, count in _counts(found[month]).items():
            if count or found[month].get(UNKNOWN_PERSON, 0) & group:
                told[group][month] = count >= FEWEST
    return told


def _nobody() -> ByMonth:
    return defaultdict(lambda: defaultdict(int))


def _asked(conditions: Sequence[Any]) -> Select[Any]:
    c = _PERSON.c
    asked = select(c.month, c.person_id, _bits()).join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
    return asked.where(*conditions)


def _bits() -> Any:
    """Of which figures they are part; hours apart by what has rated hours."""
    rated = or_(*(_INSTRUMENT.c.university_asset_class.startswith(each) for each in RATED_CLASSES))
    of_hours = case((func.coalesce(rated, False), RATED), else_=UNRATED)
    has_hours = _PERSON.c.behind.bitwise_and(HOURS) != 0
    return _PERSON.c.behind + case((has_hours, of_hours), else_=0)


def _add(found: ByMonth, asked: Select[Any]) -> int:
    """Take these rows in; how many there were."""
    rows = db.session.execute(asked).all()
    for month, person, bits in rows:
        found[month][person] |= bits
    return len(rows)


def _lacking(persons: Mapping[int, int]) -> int:
    """The groups of which these are not five yet."""
    lacking = 0
    for group, count in _counts(persons).items():
        lacking |= group if count < FEWEST else 0
    return lacking


def _counts(persons: Mapping[int, int]) -> dict[int, int]:
    """Of how many it is known that they are of each group."""
    alike = Counter(bits for person, bits in persons.items() if person != UNKNOWN_PERSON)
    return {group: sum(count for bits, count in alike.items() if bits & group) for group in GROUPS}
