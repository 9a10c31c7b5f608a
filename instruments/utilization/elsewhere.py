"""Who stands behind what others’ instruments do, and which figures of a class elsewhere may be told."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.utilization.behind import EXTERNAL, HOURS, SERVED, UNKNOWN_PERSON, USED
from instruments.utilization.definitions import DEFINITIONS
from instruments.utilization.everybody import five_behind_all
from instruments.utilization.marking import state_number
from instruments.utilization.models import MonthPerson
from instruments.utilization.rated import RATED_CLASSES
from instruments.utilization.recounting import first_day, next_month
from instruments.utilization.sums import Selection
from instruments.utilization.told_models import ToldYear
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
    stands behind it at all. External service is judged without those who told everybody of theirs by years as well, since
    that can be taken off. Two statements, and two more the first time for each."""
    told: dict[int, bool] = {group: _is_told(others, months, known, group) for group in GROUPS}
    if published := told_everybody(months):
        for group in (EXTERNAL, SERVED):
            told[group] = told[group] and _is_told_without(published, others, months, known, group)
    return {code for code in DEFINITIONS if all(told[group] for group in groups_of(code))}


def _is_told(others: Selection, months: tuple[int, int], known: Known, group: int) -> bool:
    return all(
        others.class_code in month.told
        for knows in dict.fromkeys((NOTHING, known))
        for month in _months(others, months, knows, group)
    )


def _is_told_without(
    published: frozenset[int], others: Selection, months: tuple[int, int], known: Known, group: int
) -> bool:
    """Whether the same holds without some institutions, in every month in which any of them or others are behind it."""
    for knows in dict.fromkeys((NOTHING, known)):
        less = Known(knows.institutions | published, knows.labs)
        left = _months(others, months, less, group)
        is_enough = all(others.class_code in month.told for month in left)
        if not is_enough or len(left) < len(_months(others, months, knows, group)):
            return False
    return True


def told_everybody(months: tuple[int, int]) -> frozenset[int]:
    """The institutions that ever told everybody of a year that shares any of these months. One statement."""
    first, end = first_day(months[0]), first_day(next_month(months[1]))
    asked = select(ToldYear.institution_id).where(ToldYear.first_on < end, ToldYear.end_on > first)
    return frozenset(db.session.scalars(asked.distinct()))


def _months(others: Selection, months: tuple[int, int], known: Known, group: int) -> list[Month]:
    """The months in which anybody of a group stands behind a class elsewhere."""
    if not others.class_code:
        # As most pages ask: nothing lies in all that could be withheld with it.
        whole = _kept_of_all(db.engine, state_number(), others.not_institution_id, months, known)[group]
        return list(whole.values())
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


@lru_cache(maxsize=MOST)
def _kept_of_all(
    _engine: Any, _number: int, institution_id: int | None, months: tuple[int, int], known: Known
) -> dict[int, dict[int, Month]]:
    """The same of all classes together."""
    found = five_behind_all(months, without(institution_id, known))
    return {
        group: {month: Month(("",), {""} if is_told else ()) for month, is_told in by_month.items()}
        for group, by_month in found.items()
    }


def forget_kept() -> None:
    """Go through everybody anew when it is next asked for."""
    _kept.cache_clear()
    _kept_of_all.cache_clear()


def _by_month(
    institution_id: int | None, months: tuple[int, int], known: Known
) -> dict[int, dict[int, dict[str, Behind]]]:
    """By month and group, who stands behind the classes elsewhere behind which anybody does; who they are only where they are
    few, since from five on it makes no difference. Two statements: a database takes far longer to bring persons together."""
    places = _places(institution_id, known)
    c = _PERSON.c
    asked = select(c.instrument_id, c.month, c.person_id, c.behind).where(c.month.between(*months))
    persons: defaultdict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for number, month, person, bits in db.session.execute(asked):
        if (place := places.get(number)) is not None:
            here = persons[month, place.code]
            more = bits | place.rated if bits & HOURS else bits
            here[person] = here.get(person, 0) | more
    found: defaultdict[int, dict[int, dict[str, Behind]]] = defaultdict(dict)
    for (month, code), each in persons.items():
        for group, behind in _by_group(each):
            found[month].setdefault(group, {})[code] = behind
    return found


def _by_group(persons: dict[int, int]) -> Iterator[tuple[int, Behind]]:
    """Of the persons of a class in a month, those of each group that is behind anything."""
    unknown = persons.pop(UNKNOWN_PERSON, 0)
    alike = Counter(persons.values())
    for group in GROUPS:
        count = sum(some for bits, some in alike.items() if bits & group)
        if count or unknown & group:
            few = {person for person, bits in persons.items() if bits & group} if count < FEWEST else set()
            yield group, Behind(count, few)


class _Place(NamedTuple):
    """Of an instrument, its class, and whether it has rated hours, as a group of those with hours on it."""

    code: str
    rated: int


def _places(institution_id: int | None, known: Known) -> dict[int, _Place]:
    """The instruments elsewhere without what is known. One statement."""
    c = _INSTRUMENT.c
    asked = select(c.id, c.class_code, c.university_asset_class).where(*without(institution_id, known))
    return {
        number: _Place(code or "", RATED if (asset or "").startswith(RATED_CLASSES) else UNRATED)
        for number, code, asset in db.session.execute(asked)
    }


def without(institution_id: int | None, known: Known) -> list[Any]:
    """Conditions on the instrument: of none of these."""
    found = list(Selection(not_institution_id=institution_id).conditions())
    if known.institutions:
        found.append(_INSTRUMENT.c.institution_id.not_in(known.institutions))
    if known.labs:
        found.append(_INSTRUMENT.c.lab_id.not_in(known.labs))
    return found
