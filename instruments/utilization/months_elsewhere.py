"""Who stands behind what others’ instruments did in a month: gone through once, and kept until the month is counted anew."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import select

from instruments.catalog.models import Instrument
from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.utilization.behind import HOURS, UNKNOWN_PERSON
from instruments.utilization.everybody import five_behind_all
from instruments.utilization.models import MonthNumber, MonthPerson
from instruments.utilization.rated import RATED_CLASSES
from instruments.utilization.recounting import months_between
from instruments.utilization.sums import Selection
from instruments.utilization.withholding import (
    FEWEST,
    GROUPS,
    RATED,
    UNRATED,
    Behind,
    Known,
    classes_told,
)

_PERSON: Any = MonthPerson.__table__
_INSTRUMENT: Any = Instrument.__table__
# Two years of every institution there is.
MOST = 1024
MOST_PLACES, MOST_STANDING = 64, 4

State = tuple[int, int]
"""Of a month: how often it was written, and where the instruments stand."""


class Month(NamedTuple):
    """Of a month, the narrowest classes behind which anybody of a group stands elsewhere, and the classes that may be told."""

    used: Collection[str]
    told: Collection[str]


ByMonth = Mapping[int, Mapping[int, Month]]
"""By month and group; no month, no group: nobody is behind anything."""
Kept = dict[tuple[Any, State, int | None, int, Known], Mapping[int, Month]]
_kept: Kept = {}
_kept_of_all: Kept = {}


def states_of_months(months: tuple[int, int]) -> dict[int, State]:
    """By month, in which state it is: who stands behind it stays the same while that does. Two statements."""
    asked = select(MonthNumber.month, MonthNumber.number).where(MonthNumber.month.between(*months))
    found = {month: number for month, number in db.session.execute(asked)}
    standing = _standing(db.engine, catalog_number())
    return {month: (found.get(month, 0), standing) for month in months_between(*months)}


def months_behind(
    institution_id: int | None, states: Mapping[int, State], known: Known, group: int
) -> dict[int, Month]:
    """By month in which anybody of a group stands behind any class elsewhere, which classes. Two statements for all months that
    are not kept, whichever group is asked for: everybody elsewhere is gone through."""

    def read(months: Collection[int]) -> ByMonth:
        places = _places(db.engine, next(iter(states.values()))[1], institution_id, known)
        return {
            month: {group: Month(tuple(each), classes_told(each)) for group, each in by_group.items()}
            for month, by_group in _by_class(places, months).items()
        }

    return _of_group(group, _from(_kept, institution_id, states, known, read))


def months_behind_all(
    institution_id: int | None, states: Mapping[int, State], known: Known, group: int
) -> dict[int, Month]:
    """The same of all classes together, "" alone. A statement for each month that is not kept, and one for all of them."""

    def read(months: Collection[int]) -> ByMonth:
        found: defaultdict[int, dict[int, Month]] = defaultdict(dict)
        for of_group, by_month in five_behind_all(months, without(institution_id, known)).items():
            for month, is_told in by_month.items():
                found[month][of_group] = Month(("",), {""} if is_told else ())
        return found

    return _of_group(group, _from(_kept_of_all, institution_id, states, known, read))


def _of_group(group: int, found: Mapping[int, Mapping[int, Month]]) -> dict[int, Month]:
    return {month: by_group[group] for month, by_group in found.items() if group in by_group}


def _from(
    kept: Kept,
    institution_id: int | None,
    states: Mapping[int, State],
    known: Known,
    read: Callable[[Collection[int]], ByMonth],
) -> dict[int, Mapping[int, Month]]:
    """By month and group, from what is kept; what is not is read together."""
    keys = {month: (db.engine, state, institution_id, month, known) for month, state in states.items()}
    found = {month: there for month, key in keys.items() if (there := kept.get(key)) is not None}
    if lacking := keys.keys() - found.keys():
        made = read(sorted(lacking))
        if len(kept) >= MOST:
            kept.clear()
        for month in lacking:
            kept[keys[month]] = found[month] = made.get(month, {})
    return dict(sorted(found.items()))


@lru_cache(maxsize=MOST_STANDING)
def _standing(_engine: Any, _catalog: int) -> int:
    """A number for where each instrument stands and of which class it is, as the catalogue has it now. One statement."""
    c = _INSTRUMENT.c
    asked = select(c.id, c.institution_id, c.lab_id, c.class_code, c.university_asset_class).order_by(c.id)
    return hash(tuple(map(tuple, db.session.execute(asked))))


def forget_kept() -> None:
    """Go through everybody anew when it is next asked for."""
    _kept.clear()
    _kept_of_all.clear()
    _places.cache_clear()
    _standing.cache_clear()


def _by_class(
    places: Mapping[int, _Place], months: Collection[int]
) -> dict[int, dict[int, dict[str, Behind]]]:
    """By month and group, who stands behind the classes elsewhere behind which anybody does; who they are only where they are
    few, since from five on it makes no difference. A database takes far longer to bring persons together."""
    c = _PERSON.c
    asked = select(c.instrument_id, c.month, c.person_id, c.behind).where(c.month.in_(months))
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


@lru_cache(maxsize=MOST_PLACES)
def _places(_engine: Any, _standing: int, institution_id: int | None, known: Known) -> dict[int, _Place]:
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
