"""What a version would leave without a price, and what typical uses would cost by it: to be seen before it is published. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from instruments.availability.days import REST, WORKDAY
from instruments.errors import N_, Reason
from instruments.money import Money
from instruments.people.customer import (
    ABROAD,
    COMPANY,
    INDIVIDUAL,
    OWN_INSTITUTION,
    OWN_LAB,
    PARTNER,
    PUBLIC,
)
from instruments.rates.card import COUNTED_UNITS, OPERATOR_HOUR, TIME_UNITS, Card
from instruments.rates.counting import Use
from instruments.rates.described import Described
from instruments.rates.lines import sum_of
from instruments.rates.pricing import Unpriced, lines_of
from instruments.rates.windows import Wall

# Who may book at all, by the widest circle of an instrument's audience.
CLASSES_OF_CIRCLE: Mapping[str, tuple[str, ...]] = {
    "lab": (OWN_LAB,),
    "institution": (OWN_LAB, OWN_INSTITUTION),
    "partners": (OWN_LAB, OWN_INSTITUTION, PARTNER, ABROAD),
    "companies": (OWN_LAB, OWN_INSTITUTION, PARTNER, PUBLIC, COMPANY, INDIVIDUAL, ABROAD),
}
A_YEAR = 366
LOOKED_AHEAD = 400


class Dates(NamedTuple):
    """Dates from one until before another; None: without an end."""

    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Holes:
    """What has no price: pairs of class and mode that may use it, and dates in the next year."""

    pairs: tuple[tuple[str, str], ...] = ()
    dates: tuple[Dates, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pairs or self.dates)


def pairs_without(
    said: Described, customers: Collection[str], modes: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Each class and mode that may use it and has no price."""
    priced = {key for key, card in said.cards().items() if not card.lacks_time}
    return tuple(
        (customer, mode) for mode in modes for customer in customers if (customer, mode) not in priced
    )


def dates_without(covered: Iterable[Dates], today: date) -> tuple[Dates, ...]:
    """The dates of the next year that no version holds on; an end in time that is beyond it is no hole yet."""
    found, since, horizon = [], today, today + timedelta(days=A_YEAR)
    for dates in sorted(covered, key=lambda each: (each.since, each.until or date.max)):
        if dates.since > since:
            found.append(Dates(since, min(dates.since, horizon)))
        if dates.until is None:
            return tuple(each for each in found if each.since < horizon)
        since = max(since, dates.until)
    if since < horizon:
        found.append(Dates(since, None))
    return tuple(each for each in found if each.since < horizon)


# --- Typical uses


class Example(NamedTuple):
    """A typical use, in words with the values that fill them, and what it costs each class; None: it has no price."""

    mode: str
    words: Reason
    amounts: Mapping[str, Money | None]


MORNING = N_("%(length)s on a workday morning")
NIGHT = N_("Overnight, %(length)s, from the evening of a workday")
WEEKEND = N_("%(length)s on a rest day")
COUNTED = N_("%(length)s on a workday morning, with %(count)s of each sample and item")


def examples(
    said: Described, customers: Collection[str], modes: Collection[str], wall: Wall
) -> list[Example]:
    """A few uses, priced for each class as they would be quoted, from the first workday on which the version holds."""
    cards = said.cards()
    return [
        Example(
            mode,
            words,
            {customer: _amount(cards.get((customer, mode)), use, mode, wall) for customer in customers},
        )
        for mode in modes
        if any(held == mode for _, held in cards)
        for words, use in _uses(said, mode, wall)
    ]


def _uses(said: Described, mode: str, wall: Wall) -> Iterator[tuple[Reason, Use]]:
    workday = _first(said.valid_from, WORKDAY, wall)
    rest = _first(said.valid_from, REST, wall)
    # Where nothing but samples and items costs, a use without any would only say 0.00.
    if any(price.mode == mode and price.unit not in COUNTED_UNITS for price in said.prices):
        yield _use(MORNING, workday, time(9), 2, wall)
    if _by_time(said, mode):
        yield _use(NIGHT, workday, time(18), 14, wall)
        yield _use(WEEKEND, rest, time(9), 4, wall)
    codes = {price.code for price in said.prices if price.mode == mode and price.unit in COUNTED_UNITS}
    if codes:
        yield _use(COUNTED, workday, time(9), 2, wall, dict.fromkeys(sorted(codes), Decimal(3)))


def _by_time(said: Described, mode: str) -> bool:
    return any(price.mode == mode and price.unit in TIME_UNITS for price in said.prices)


def _use(
    words: str, day: date, clock: time, hours: int, wall: Wall, counts: Mapping[str, Decimal] | None = None
) -> tuple[Reason, Use]:
    start = int(datetime.combine(day, clock, wall.zone).timestamp())
    values: dict[str, object] = {"length": timedelta(hours=hours)}
    if counts:
        values["count"] = 3
    return Reason("example", None, words, values), Use.as_planned((start, start + hours * 3600), counts)


def _first(day: date, kind: str, wall: Wall) -> date:
    return next(
        each
        for each in (day + timedelta(days=number) for number in range(LOOKED_AHEAD))
        if wall.day_type(each) == kind
    )


def _amount(card: Card | None, use: Use, mode: str, wall: Wall) -> Money | None:
    if card is None:
        return None
    if mode != "self" and card.of(OPERATOR_HOUR) and use.reserved:
        minutes = (use.reserved[1] - use.reserved[0]) // 60
        use = Use(use.sessions, use.reserved, counts=use.counts, operator_minutes=minutes)
    try:
        return sum_of(lines_of(card, use, wall), card.currency)
    except Unpriced:
        return None
