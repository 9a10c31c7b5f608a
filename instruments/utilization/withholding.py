"""What is told of others’ instruments: nothing that fewer than five persons stand behind, by subtraction neither."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.marking import state_number
from instruments.utilization.models import MonthPerson
from instruments.utilization.sums import Selection

_PERSON: Any = MonthPerson.__table__
_INSTRUMENT: Any = Instrument.__table__
# Fewer persons behind a figure than these are withheld from whoever has no right to them (metrics.md, rule 12).
FEWEST = 5
# The digits by which one level of the classes lies in the one above, and those of the narrowest.
LEVEL, WHOLE = 2, 6
MOST = 64


class Behind(NamedTuple):
    """Who stands behind a class: how many, and who they are where these are fewer than five."""

    count: int
    persons: set[int]


class Known(NamedTuple):
    """Which institutions and labs besides their own somebody sees by other roles: they know the figures of these exactly."""

    institutions: frozenset[int] = frozenset()
    labs: frozenset[int] = frozenset()


NOTHING = Known()


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


def may_tell(others: Selection, months: tuple[int, int], known: Known = NOTHING) -> bool:
    """Whether the figures of a class elsewhere may be told: at least five persons stand behind them, and in each month it is
    among the classes that can be told beside each other. To whoever knows some of it by other roles only where the same
    holds for what is left without that, or nothing is. One statement, and one more the first time for each."""
    behind = _used(others, months, NOTHING)
    told = bool(behind) and all(others.class_code in month.told for month in behind)
    if not told or known == NOTHING:
        return told
    return all(others.class_code in month.told for month in _used(others, months, known))


def _used(others: Selection, months: tuple[int, int], known: Known) -> list[Month]:
    """The months in which anybody used a class elsewhere."""
    kept = _kept(db.engine, state_number(), others.not_institution_id, months, known)
    return [month for month in kept if any(each.startswith(others.class_code) for each in month.used)]


class Month(NamedTuple):
    """Of a month, the narrowest classes that somebody used elsewhere, and the classes that may be told."""

    used: Collection[str]
    told: Collection[str]


@lru_cache(maxsize=MOST)
def _kept(
    _engine: Any, _number: int, institution_id: int | None, months: tuple[int, int], known: Known
) -> list[Month]:
    """Worked out once for a state of the summaries, whichever classes are asked for: everybody elsewhere is gone through."""
    return [
        Month(tuple(some), classes_told(some)) for some in _by_month(institution_id, months, known).values()
    ]


def forget_kept() -> None:
    """Go through everybody anew when it is next asked for."""
    _kept.cache_clear()


def classes_told(by_class: Mapping[str, Behind]) -> set[str]:
    """Which classes may be told beside each other, by who stands behind each of the narrowest ("" those of no class): of
    all, two, four or six digits.

    Of each that is told, what is left of it without all that is told within it has five persons or none: where it has
    fewer, the smallest within are withheld with it until it has. From the widest on, since what is withheld within one
    changes what is left of that one alone.
    """
    below: defaultdict[str, set[str]] = defaultdict(set)
    for code in by_class:
        for digits in range(0, min(len(code), WHOLE) + 1, LEVEL):
            below[code[:digits]].add(code)
    next_below: defaultdict[str, set[str]] = defaultdict(set)
    for code in below.keys() - {""}:
        next_below[code[:-LEVEL]].add(code)
    told = {code for code, within in below.items() if _enough(by_class, within)}
    for code in sorted(told, key=lambda each: (len(each), each)):
        if code in told:
            _guard(code, by_class, below, next_below, told)
    return told


def _guard(
    code: str, by_class: Mapping[str, Behind], below: Mapping[str, set[str]], next_below: Mapping[str, set[str]],
    told: set[str],
) -> None:  # fmt: skip
    """Withhold within a class that is told what would give away what is left of it."""
    while True:
        widest = _widest_within(code, next_below, told)
        left = below[code].difference(*(below[one] for one in widest))
        if not left or not widest or _enough(by_class, left):
            return
        sizes = {one: sum(by_class[each].count for each in below[one]) for one in widest}
        told.remove(min(widest, key=lambda one: (sizes[one], one)))


def _widest_within(code: str, next_below: Mapping[str, set[str]], told: Collection[str]) -> set[str]:
    """What is told within a class, without what lies in another such."""
    found = set()
    for each in next_below.get(code, ()):
        found |= {each} if each in told else _widest_within(each, next_below, told)
    return found


def _enough(by_class: Mapping[str, Behind], codes: Collection[str]) -> bool:
    """Whether at least five persons stand behind these classes together."""
    if any(by_class[code].count >= FEWEST for code in codes):
        return True
    return len({person for code in codes for person in by_class[code].persons}) >= FEWEST


def _by_month(
    institution_id: int | None, months: tuple[int, int], known: Known
) -> dict[int, dict[str, Behind]]:
    """Who stands behind the classes elsewhere in each month in which anybody does; who they are only where they are few,
    since from five on it makes no difference. One statement."""
    code = func.coalesce(_INSTRUMENT.c.class_code, "").label("code")
    elsewhere = list(Selection(not_institution_id=institution_id).conditions())
    if known.institutions:
        elsewhere.append(_INSTRUMENT.c.institution_id.not_in(known.institutions))
    if known.labs:
        elsewhere.append(_INSTRUMENT.c.lab_id.not_in(known.labs))
    each = (
        select(_PERSON.c.month, code, _PERSON.c.person_id)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _PERSON.c.instrument_id)
        .where(_PERSON.c.month.between(*months), *elsewhere)
        .distinct()
        .cte("persons_each")
    )
    counts = (
        select(each.c.month, each.c.code, func.count().label("persons"))
        .group_by(each.c.month, each.c.code)
        .cte("counts")
    )
    few = (each.c.month == counts.c.month) & (each.c.code == counts.c.code) & (counts.c.persons < FEWEST)
    asked = select(counts.c.month, counts.c.code, counts.c.persons, each.c.person_id).outerjoin(each, few)
    found: defaultdict[int, dict[str, Behind]] = defaultdict(dict)
    for month, number, count, person in db.session.execute(asked):
        behind = found[month].setdefault(number, Behind(count, set()))
        behind.persons.update({person} - {None})
    return found
