"""What is told of others’ instruments: nothing that fewer than five persons stand behind, by subtraction neither. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from instruments.utilization.behind import (
    CAME,
    EXTERNAL,
    HOURS,
    INSIDE,
    INTERNAL,
    LATE,
    MISSED,
    OUTSIDE,
    RESERVED,
    SAMPLES,
    SERVED,
    UNKNOWN_PERSON,
    UNOWNED,
    UNUSED,
    USED,
    USES,
)
from instruments.utilization.definitions import DEFINITIONS, divides

# Fewer persons behind a figure than these are withheld from whoever has no right to them (metrics.md, rule 12).
FEWEST = 5
# The digits by which one level of the classes lies in the one above, and those of the narrowest.
LEVEL, WHOLE = 2, 6
# Those with hours on instruments that have rated hours, and on others: told apart by the instruments as they now are.
RATED, UNRATED = UNOWNED << 1, UNOWNED << 2
# Who must be five or none for a measure to be told: those who are part of it, and those who are what is left beside another
# that is told as well (external hours less all effective ones are those for the owner’s own).
PERSONS: Mapping[str, tuple[int, ...]] = {
    "effective": (HOURS,), "owned": (HOURS, UNOWNED), "inside": (HOURS, INSIDE, OUTSIDE), "outside": (HOURS, INSIDE, OUTSIDE),
    "external": (HOURS, EXTERNAL, INTERNAL), "rated_used": (HOURS, RATED, UNRATED, UNOWNED), "serving": (SERVED,),
    "uses": (USES,), "samples": (SAMPLES,), "unused": (UNUSED,), "no_shows": (MISSED, CAME), "reservations": (RESERVED,),
    "lead": (RESERVED,), "lead_known": (RESERVED,), "late_cancelled": (LATE,),
}  # fmt: skip
# Instruments that are counted by what persons had on them.
COUNTED = ("serving",)
GROUPS: tuple[int, ...] = tuple(
    dict.fromkeys([USED, *(group for some in PERSONS.values() for group in some)])
)


def groups_of(code: str) -> set[int]:
    """Who must be five or none for a figure to be told; nobody of one that is made of no persons, as open hours."""
    definition = DEFINITIONS[code]
    return {*PERSONS.get(definition.over, ()), *PERSONS.get(definition.under, ())}


def tells_over(code: str, *, several: bool) -> bool:
    """Whether a figure of a class elsewhere can be told over one month, or several together: not over several where instruments
    are counted above its line by who had what on them. What served in one of two months is no sum of these: both months less
    the one would be how many did in the other alone, behind which one person may stand."""
    return not several or DEFINITIONS[code].over not in COUNTED


def tells_n(code: str, *, several: bool) -> bool:
    """Whether it can be told, likewise, how many instruments stand behind it: not where these are those that anybody used."""
    definition = DEFINITIONS[code]
    return not several or definition.under not in PERSONS or not divides(definition)


class Behind(NamedTuple):
    """Who stands behind a class: how many, and who they are where these are fewer than five."""

    count: int
    persons: set[int]


class Known(NamedTuple):
    """Which institutions and labs besides their own somebody sees by other roles: they know the figures of these exactly."""

    institutions: frozenset[int] = frozenset()
    labs: frozenset[int] = frozenset()

    def holds(self, thing: Any) -> bool:
        """Whether an instrument stands in one of them."""
        return thing.institution_id in self.institutions or thing.lab_id in self.labs


NOTHING = Known()


def told_beside(used: Mapping[int, Mapping[int, Collection[int]]], class_told: Collection[int]) -> set[int]:
    """Which instruments of a class may be told of one by one over all these months together, by who used each in which month,
    beside whatever is told of the class, and of wider ones, in any of the months; class_told: those in which the class is.

    Those that one to four persons used are withheld. Of the others, in each month in which any was used, five persons stand
    behind those that are withheld: what is taken off the figures of the class leaves all of these. Or nobody does, the class
    is told by itself, and each that was used has five persons in every month: then what is left is one of these months.
    Where neither is so, the next smallest is withheld with them. Those that nobody used are told.
    """
    count = {number: len(_persons(*by_month.values())) for number, by_month in used.items()}
    steady = {
        number
        for number, by_month in used.items()
        if all(len(_persons(who)) >= FEWEST for who in by_month.values() if who)
    }
    told = {
        number for number, by_month in used.items() if count[number] >= FEWEST or not any(by_month.values())
    }
    months = sorted({month for by_month in used.values() for month, who in by_month.items() if who})
    while True:
        before = len(told)
        for month in months:
            here = {number: by_month[month] for number, by_month in used.items() if by_month.get(month)}
            alone = steady if month in class_told else set()
            while (shown := here.keys() & told) and not _leaves_enough(here, shown, alone):
                told.remove(min(shown, key=lambda each: (each in steady, count[each], each)))
        if len(told) == before:
            return told


def _leaves_enough(
    here: Mapping[int, Collection[int]], shown: Collection[int], alone: Collection[int]
) -> bool:
    rest = here.keys() - set(shown)
    if not rest:
        return all(number in alone for number in shown)
    return len(_persons(*(here[number] for number in rest))) >= FEWEST


def _persons(*some: Collection[int]) -> set[int]:
    return {person for who in some for person in who} - {UNKNOWN_PERSON}


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
    sizes = {code: sum(by_class[each].count for each in below[code]) for code in told}
    for code in sorted(told, key=lambda each: (len(each), each)):
        if code in told:
            _guard(code, by_class, _Tree(below, next_below, sizes), told)
    return told


class _Tree(NamedTuple):
    """By class, the narrowest within it, those next below it, and how many stand behind it, each counted once a class."""

    below: Mapping[str, set[str]]
    next_below: Mapping[str, set[str]]
    sizes: Mapping[str, int]


def _guard(code: str, by_class: Mapping[str, Behind], tree: _Tree, told: set[str]) -> None:
    """Withhold within a class that is told what would give away what is left of it."""
    widest = _widest_within(code, tree.next_below, told)
    left = tree.below[code].difference(*(tree.below[one] for one in widest))
    while left and widest and not _enough(by_class, left):
        smallest = min(widest, key=lambda one: (tree.sizes[one], one))
        told.remove(smallest)
        within = _widest_within(smallest, tree.next_below, told)
        widest = (widest - {smallest}) | within
        left |= tree.below[smallest].difference(*(tree.below[one] for one in within))


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
