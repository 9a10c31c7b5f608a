"""Who stands behind what others’ instruments do, and which figures of a class elsewhere may be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import case, func, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.behind import BITS, HOURS, UNKNOWN_PERSON, USED
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.marking import state_number
from instruments.utilization.models import MonthPerson
from instruments.utilization.rated import RATED_CLASSES
from instruments.utilization.sums import Selection
from instruments.utilization.withholding import (
    FEWEST,
    GROUPS,
    NOTHING,
    RATED,
    UNRATED,
    Behind,
    Known,
    classes_told,
    groups_of,
)

_PERSON: Any = MonthPerson.__table__
_INSTRUMENT: Any = Instrument.__table__
MOST = 64


class Month(NamedTuple):
    """Of a month, the narrowest classes behind which anybody of a group stands elsewhere, and the classes that may be told."""

    used: Collection[str]
    told: Collection[str]


def may_tell(others: Selection, months: tuple[int, int], known: Known = NOTHING) -> bool:
    """Whether anything of a class elsewhere may be told: at least five persons used it, and in each month it is
    among the classes that can be told beside each other. To whoever knows some of it by other roles only where the same
    holds for what is left without that, or nothing is. One statement, and one more the first time for each."""
    return bool(_months(others, months, NOTHING, USED)) and _is_told(others, months, known, USED)


def figures_told(others: Selection, months: tuple[int, int], known: Known = NOTHING) -> set[str]:
    """Which figures of a class of which anything may be told, each by those who stand behind it: by the same rule, or nobody
    stands behind it at all. One statement, and one more the first time for each."""
    told: dict[int, bool] = {group: _is_told(others, months, known, group) for group in GROUPS}
    return {code for code in DEFINITIONS if all(told[group] for group in groups_of(code))}


def _is_told(others: Selection, months: tuple[int, int], known: Known, group: int) -> bool:
    return all(
        others.class_code in month.told
        for knows in dict.fromkeys((NOTHING, known))
        for month in _months(others, months, knows, group)
    )


def _months(others: Selection, months: tuple[int, int], known: Known, group: int) -> list[Month]:
    """The months in which anybody of a group stands behind a class elsewhere."""
    kept = _kept(db.engine, state_number(), others.not_institution_id, months, known)[group]
    return [
        month for month in kept.values() if any(each.startswith(others.class_code) for each in month.used)
    ]


def months_told(
    institution_id: int, months: tuple[int, int], known: Known, group: int
) -> Mapping[int, Month]:
    """By month, of which classes elsewhere what a group is part of may be told to whoever knows this. One statement, and one
    more the first time for each."""
    return _kept(db.engine, state_number(), institution_id, months, known)[group]


@lru_cache(maxsize=MOST)
def _kept(
    _engine: Any, _number: int, institution_id: int | None, months: tuple[int, int], known: Known
) -> dict[int, dict[int, Month]]:
    """By group and month; worked out once for a state of the summaries, whichever classes are asked for: everybody elsewhere
    is gone through."""
    by_month = _by_month(institution_id, months, known)
    return {
        group: {
            month: Month(tuple(classes), classes_told(classes))
            for month, by_group in by_month.items()
            if (classes := by_group.get(group))
        }
        for group in GROUPS
    }


def forget_kept() -> None:
    """Go through everybody anew when it is next asked for."""
    _kept.cache_clear()


def _by_month(
    institution_id: int | None, months: tuple[int, int], known: Known
) -> dict[int, dict[int, dict[str, Behind]]]:
    """By month and group, who stands behind the classes elsewhere behind which anybody does; who they are only where they are
    few, since from five on it makes no difference. One statement."""
    code = func.coalesce(_INSTRUMENT.c.class_code, "").label("code")
    each = (
        select(_PERSON.c.month, code, _PERSON.c.person_id, bits_of_persons().label("bits"))
        .join(_INSTRUMENT, _INSTRUMENT.c.id == _PERSON.c.instrument_id)
        .where(_PERSON.c.month.between(*months), *without(institution_id, known))
        .group_by(_PERSON.c.month, code, _PERSON.c.person_id)
        .cte("persons_each")
    )
    is_known = each.c.person_id != UNKNOWN_PERSON
    sums = [
        func.sum(case((is_known & (each.c.bits.bitwise_and(group) != 0), 1), else_=0)).label(f"of_{group}")
        for group in GROUPS
    ]
    counts = select(each.c.month, each.c.code, *sums).group_by(each.c.month, each.c.code).cte("counts")
    few = or_(
        *((counts.c[f"of_{group}"] < FEWEST) & (each.c.bits.bitwise_and(group) != 0) for group in GROUPS)
    )
    same = (each.c.month == counts.c.month) & (each.c.code == counts.c.code)
    asked = select(counts, each.c.person_id, each.c.bits).outerjoin(each, same & few)
    found: defaultdict[int, dict[int, dict[str, Behind]]] = defaultdict(dict)
    for month, number, *numbers, person, bits in db.session.execute(asked):
        for group, count in zip(GROUPS, numbers, strict=True):
            here = bool((bits or 0) & group)
            if count or here:
                classes = found[month].setdefault(group, {})
                one = classes.setdefault(number, Behind(int(count), set()))
                if here and count < FEWEST and person != UNKNOWN_PERSON:
                    one.persons.add(person)
    return found


def without(institution_id: int | None, known: Known) -> list[Any]:
    """Conditions on the instrument: of none of these."""
    found = list(Selection(not_institution_id=institution_id).conditions())
    if known.institutions:
        found.append(_INSTRUMENT.c.institution_id.not_in(known.institutions))
    if known.labs:
        found.append(_INSTRUMENT.c.lab_id.not_in(known.labs))
    return found


def bits_of_persons() -> Any:
    """Of which figures persons are part, over several instruments and months; hours apart by what has rated hours."""
    is_rated = or_(*(_INSTRUMENT.c.university_asset_class.startswith(each) for each in RATED_CLASSES))
    has_hours = _PERSON.c.behind.bitwise_and(HOURS) != 0
    rated = func.max(case((has_hours & is_rated, RATED), else_=0))
    others = func.max(case((has_hours & ~func.coalesce(is_rated, False), UNRATED), else_=0))
    return sum((func.max(_PERSON.c.behind.bitwise_and(bit)) for bit in BITS), rated + others)
