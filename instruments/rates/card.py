"""What a rate card says: prices by unit, which minutes count, windows, steps and the minimum. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from instruments.availability.days import HOLIDAY, REST, WORKDAY
from instruments.errors import N_, Reason
from instruments.money import Money

HOUR, DAY, STARTED_DAY = "hour", "day", "started_day"
USE, SAMPLE, ITEM, OPERATOR_HOUR = "use", "sample", "item", "operator_hour"
UNITS = (HOUR, DAY, STARTED_DAY, USE, SAMPLE, ITEM, OPERATOR_HOUR)
# What the minimum and the fees are counted on.
TIME_UNITS = (HOUR, DAY, STARTED_DAY)
# What is counted by the operator, each by the code of its price.
COUNTED_UNITS = (SAMPLE, ITEM)
USED, RESERVED, LONGER = "used", "reserved", "longer"
BASES = (USED, RESERVED, LONGER)
INCREMENTS = (1, 5, 15, 30, 60)
DAY_TYPES = (WORKDAY, REST, HOLIDAY)
DAY_MINUTES = 24 * 60
FULL = Decimal(100)
MOST_PERCENT = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Rate:
    """One price of a card: so much per unit. code: by what a use counts its samples and items; name: as it is read."""

    unit: str
    price: Money
    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the day on the lab's wall, in minutes from midnight, in which an hour costs `factor` percent.

    One that ends before it begins goes over midnight: 22:00–08:00 is the night. days: the types of day it is for (none:
    for all); the date that counts is the minute's own, so a Friday night ends with Friday, and its rest is a Saturday's.
    """

    name: str
    since: int
    until: int
    factor: Decimal
    days: frozenset[str] = frozenset()

    def covers(self, day_type: str, minute: int) -> bool:
        """Whether a minute of a day of this type lies in it."""
        if self.days and day_type not in self.days:
            return False
        if self.since < self.until:
            return self.since <= minute < self.until
        return minute >= self.since or minute < self.until


@dataclass(frozen=True, slots=True)
class Card:
    """What one class of customers pays, all in one currency.

    basis: which minutes count (used, reserved, or the longer: both together); increment: the steps in minutes that their
    sum is rounded up to; minimum: what time costs at least, once a reservation; windows: the first that covers a minute
    counts; overrun: percent for what is used after the reserved end. Operators are counted in steps of their own, and
    by the windows only where `operator_windows` says so. lacks_time: others pay for time or a use, and for this class
    that price is missing: a hole, and not nothing.
    """

    currency: str
    rates: tuple[Rate, ...]
    basis: str = USED
    increment: int = 1
    minimum: Money | None = None
    windows: tuple[Window, ...] = ()
    overrun: Decimal = FULL
    operator_increment: int = 1
    operator_windows: bool = False
    lacks_time: bool = False

    def of(self, *units: str) -> tuple[Rate, ...]:
        """Its prices of these units, in its order."""
        return tuple(rate for rate in self.rates if rate.unit in units)


def lacking_time(units: Mapping[tuple[str, str], Collection[str]]) -> set[tuple[str, str]]:
    """Of classes and modes, by the units that each has a price for: those without any for time or a use, where others of the
    mode have one."""
    priced = {key for key, held in units.items() if {*TIME_UNITS, USE} & set(held)}
    modes = {mode for _, mode in priced}
    return {key for key in units if key not in priced and key[1] in modes}


def objections(card: Card) -> Iterator[Reason]:
    """Every reason against such a card."""
    yield from _against_prices(card)
    yield from _against_counting(card)
    for window in card.windows:
        yield from _against_window(window)


def _against_prices(card: Card) -> Iterator[Reason]:
    if not card.rates:
        yield Reason(
            "no_price", "rates", N_("The card has no price."), {}, N_("Enter at least one; 0 is a price.")
        )
    amounts = [rate.price for rate in card.rates] + ([card.minimum] if card.minimum is not None else [])
    if any(amount.currency != card.currency for amount in amounts):
        sentence = N_("All prices of a card are in its currency, %(currency)s.")
        yield Reason("other_currency", "rates", sentence, {"currency": card.currency})
    if any(amount.amount < 0 for amount in amounts):
        yield Reason("negative_price", "rates", N_("A price is never below zero."))
    if any(rate.unit not in UNITS for rate in card.rates):
        yield Reason("unknown_unit", "rates", N_("Choose one of the units."))
    codes = Counter(rate.code for rate in card.of(*COUNTED_UNITS))
    for code in sorted(code for code, times in codes.items() if times > 1):
        sentence = N_("Two prices have the code “%(code)s”, so nobody could say which is meant.")
        yield Reason("same_code", "rates", sentence, {"code": code})


def _against_counting(card: Card) -> Iterator[Reason]:
    if card.basis not in BASES:
        yield Reason(
            "unknown_basis", "basis", N_("Choose whether used or reserved time counts, or the longer.")
        )
    for field in ("increment", "operator_increment"):
        if getattr(card, field) not in INCREMENTS:
            yield Reason("unknown_increment", field, N_("Choose steps of 1, 5, 15, 30 or 60 minutes."))
    if not 0 <= card.overrun <= MOST_PERCENT:
        yield _percent("overrun")


def _against_window(window: Window) -> Iterator[Reason]:
    if not window.name:
        yield Reason("no_window_name", "windows", N_("Give the window a name; it is read on every bill."))
    inside = 0 <= window.since < DAY_MINUTES and 0 <= window.until <= DAY_MINUTES
    if not inside or window.since == window.until:
        yield Reason("empty_window", "windows", N_("A window begins and ends at two times of a day."))
    if not 0 <= window.factor <= MOST_PERCENT:
        yield _percent("windows")
    if not window.days <= set(DAY_TYPES):
        yield Reason("unknown_day_type", "windows", N_("Choose among workdays, rest days and holidays."))


def _percent(field: str) -> Reason:
    sentence = N_("Enter a percentage from 0 to %(most)s.")
    return Reason("factor_out_of_bounds", field, sentence, {"most": MOST_PERCENT})
