"""What is told of others’ instruments: nothing that fewer than five persons stand behind, by subtraction neither."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import starmap
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.models import MonthPerson
from instruments.utilization.recounting import months_between
from instruments.utilization.sums import Selection

_PERSON: Any = MonthPerson.__table__
_INSTRUMENT: Any = Instrument.__table__
# Fewer persons behind a figure than these are withheld from whoever has no right to them (metrics.md, rule 12).
FEWEST = 5
# So many rows are looked at first.
FIRST_ROWS = 100
# The digits by which one level of the classes lies in the one above.
LEVEL = 2


def told_apart(persons: Mapping[int, Collection[int]]) -> set[int]:
    """Which instruments may be told of one by one, by who used each, beside the sum of all of them.

    Those that one to four persons used are withheld; where together they are fewer than five still, so that the sum less
    what is told would give them away, the next smallest are withheld with them.
    """
    told = {number for number, who in persons.items() if not who or len(set(who)) >= FEWEST}
    rest = {person for number, who in persons.items() if number not in told for person in who}
    for number in sorted(told, key=lambda each: (len(set(persons[each])), each)):
        if not rest or len(rest) >= FEWEST:
            break
        if persons[number]:
            told.discard(number)
            rest |= set(persons[number])
    return told


def tellable(institution_id: int, instrument_ids: Collection[int], months: tuple[int, int]) -> set[int]:
    """Of which of these instruments somebody of an institution may be told: all of its own, and others as far as five
    persons stand behind them and behind the rest of their class. Two statements."""
    c = _INSTRUMENT.c
    rows = db.session.execute(
        select(c.id, c.institution_id, c.class_code).where(c.id.in_(instrument_ids))
    ).all()
    found = {row.id for row in rows if row.institution_id == institution_id}
    classes = {row.class_code for row in rows if row.id not in found}
    if not classes:
        return found
    behind = (_PERSON.c.instrument_id == c.id) & _PERSON.c.month.between(*months)
    asked = (
        select(c.id, c.class_code, _PERSON.c.person_id)
        .outerjoin(_PERSON, behind)
        .where(c.institution_id != institution_id, _is_one(c.class_code, classes))
        .distinct()
    )
    by_class: defaultdict[Any, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for number, code, person in db.session.execute(asked):
        by_class[code][number] |= {person} - {None}
    told = {number for some in by_class.values() for number in told_apart(some)}
    return found | (told & {row.id for row in rows})


def _is_one(column: Any, codes: Collection[str | None]) -> ColumnElement[bool]:
    known = [code for code in codes if code is not None]
    return or_(column.in_(known), column.is_(None)) if None in codes else column.in_(known)


def may_tell(others: Selection, months: tuple[int, int]) -> bool:
    """Whether the figures of a class elsewhere may be told: at least five persons stand behind them, and in no month fewer
    than five behind the class, or behind what is left of the classes that hold it. One statement, and one more for each
    month of which the first rows do not tell."""
    parts = [others.conditions(), *_rests(others)]
    asked = {
        (number, month): _persons(month, conditions)
        for number, conditions in enumerate(parts)
        for month in months_between(*months)
    }
    counts = {}
    for number, month, persons, rows in db.session.execute(union_all(*starmap(_looked_at, asked.items()))):
        key = (number, month)
        counts[key] = _counted(asked[key]) if persons < FEWEST and rows == FIRST_ROWS else persons
    few = any(0 < count < FEWEST for count in counts.values())
    return not few and any(count for (part, _), count in counts.items() if part == 0)


def _rests(others: Selection) -> Iterable[list[ColumnElement[bool]]]:
    """What is left of each wider class, and of all, without the class: who is told of both knows it, too."""
    code, column = others.class_code, _INSTRUMENT.c.class_code
    outside = or_(column.is_(None), ~column.startswith(code, autoescape=True))
    for digits in range(0, len(code), LEVEL):
        wider = Selection(class_code=code[:digits], not_institution_id=others.not_institution_id)
        yield [*wider.conditions(), outside]


def _persons(month: int, conditions: list[ColumnElement[bool]]) -> Select[Any]:
    return (
        select(_PERSON.c.person_id)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _PERSON.c.instrument_id)
        .where(_PERSON.c.month == month, *conditions)
    )


def _looked_at(key: tuple[int, int], persons: Select[Any]) -> Select[Any]:
    """How many persons are among the first rows, and how many rows those are: PostgreSQL would go through all of them
    to find five that differ, and these nearly always do."""
    some = persons.limit(FIRST_ROWS).subquery()
    different = func.count(some.c.person_id.distinct())
    return select(literal(key[0]), literal(key[1]), different, func.count()).select_from(some)


def _counted(persons: Select[Any]) -> int:
    """How many persons, counted no further than needed."""
    some = persons.distinct().limit(FEWEST).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0
