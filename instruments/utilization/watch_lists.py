"""Lists of instruments that somebody should look at, each with its reasons: idle, to be opened, hard to believe, dear. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from instruments.errors import N_
from instruments.utilization.thresholds import thresholds
from instruments.utilization.totals import AN_HOUR, OPENED, Totals

NOT_OPEN = N_("It publishes no hours that could be booked.")
DOWN = N_("It was down all the time.")
HARDLY_OPEN = N_("It was open for less than two hours a day.")
OWN_ONLY = N_("Only its own lab may book it.")
UNKNOWN = N_("It was open and nobody used it.")
MUCH_FREE = N_("Most of its bookable hours were free, and partners may not book it.")
FLAGGED = N_("Uses of it carry flags that nobody has settled.")
WHOLE_DAYS = N_("At least a fifth of its uses last 24 hours or longer.")
ASSUMED = N_("Most of its hours are assumed: nobody confirmed them, and no device saw them.")
ROUND_THE_CLOCK = N_("It was in use for more than nine tenths of all hours.")
WHEN_CLOSED = N_("It was used more outside of its bookable hours than within them.")
OVERBOOKED = N_("It was attended for more than twice the hours that were reserved.")
LITTLE_USED = N_("It was used for less than a tenth of the hours a year that count as full.")
UNDER_MARK = N_("It was used for less than the hours a year that count as full.")

DAYS = Fraction(365)
MOST = Fraction(1, 2)
NEARLY_ALL = Fraction(9, 10)
A_FIFTH = Fraction(1, 5)
A_TENTH = Fraction(1, 10)


class Facts(NamedTuple):
    """What a rule asks of an instrument besides its totals: who may book it, what it cost, how many days the period has;
    of its uses, how many carry flags and how many last whole days."""

    audience: str
    value: Decimal | None
    days: int
    flagged: int = 0
    whole_days: int = 0


@dataclass(frozen=True, slots=True)
class WatchList:
    """A list: its name, what stands on it and why one looks, the reason why an instrument does, and the order of its rows;
    asks_uses: whether the single uses are looked at as well."""

    name: str
    words: str
    reason: Callable[[Totals, Facts], str]
    size: Callable[[Totals, Facts], Fraction]
    asks_uses: bool = False


def idle(totals: Totals, facts: Facts) -> str:
    """Why an instrument in service that nobody used may have stood idle, as far as its figures tell."""
    if totals.sums["effective"]:
        return ""
    if not totals.sums["open"]:
        return NOT_OPEN
    if not totals.sums["bookable"]:
        return DOWN
    if totals.sums["open"] < 2 * AN_HOUR * facts.days:
        return HARDLY_OPEN
    return OWN_ONLY if facts.audience == "lab" else UNKNOWN


def to_open(totals: Totals, facts: Facts) -> str:
    """Why an instrument could be opened to partners."""
    used = totals.figure("utilization").value
    is_free = used is not None and used < MOST
    return MUCH_FREE if is_free and facts.audience not in OPENED else ""


def doubt(totals: Totals, facts: Facts) -> str:
    """Why the hours of an instrument are hard to believe: what the product itself flagged first."""
    if facts.flagged:
        return FLAGGED
    return _by_hours(totals) or (WHOLE_DAYS if _are_whole_days(totals, facts) else "")


def _are_whole_days(totals: Totals, facts: Facts) -> bool:
    return facts.whole_days > 1 and facts.whole_days >= A_FIFTH * totals.sums["uses"]


def _by_hours(totals: Totals) -> str:
    sums = totals.sums
    used = sum(sums[f"by_{grade}"] for grade in ("sensor", "scan", "file", "typed", "assumed"))
    if sums["clock"] > NEARLY_ALL * sums["calendar"]:
        return ROUND_THE_CLOCK
    if sums["effective"] and sums["outside"] > sums["inside"]:
        return WHEN_CLOSED
    if sums["reserved"] and sums["attended"] > 2 * sums["reserved"]:
        return OVERBOOKED
    return ASSUMED if used and Fraction(sums["by_assumed"], used) > MOST else ""


def little_for_its_value(totals: Totals, facts: Facts) -> str:
    """Whether an instrument of known value was used less than is expected of one."""
    if not facts.value or not facts.days:
        return ""
    share = totals.measure("effective") * DAYS / facts.days / thresholds().full_hours
    if share >= 1:
        return ""
    return LITTLE_USED if share < A_TENTH else UNDER_MARK


def _free(totals: Totals, _facts: Facts) -> Fraction:
    return totals.measure("bookable") - totals.measure("inside")


def _hours(totals: Totals, _facts: Facts) -> Fraction:
    return totals.measure("effective")


def _value(_totals: Totals, facts: Facts) -> Fraction:
    return Fraction(facts.value or 0)


LISTS: Mapping[str, WatchList] = {
    "idle": WatchList(
        N_("Not used"), N_("Instruments in service that nobody used; those with the most bookable hours first."),
        idle, _free,
    ),
    "opening": WatchList(
        N_("Could be opened"),
        N_("Instruments that partners may not book, with more than half of their bookable hours free."), to_open, _free,
    ),
    "doubtful": WatchList(
        N_("Hard to believe"), N_("Instruments whose hours somebody should look at before they are reported."),
        doubt, _hours, asks_uses=True,
    ),
    "value": WatchList(
        N_("Value against use"),
        N_("Instruments that were used for less than the hours a year that count as full, the most valuable first."),
        little_for_its_value, _value,
    ),
}  # fmt: skip
