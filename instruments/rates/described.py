"""What a version of a card says, apart from its rows: held to every rule, compared with another, changed by percent. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from instruments.errors import N_, Reason
from instruments.money import Money, is_current
from instruments.people.customer import CLASSES
from instruments.rates import fees as fee_rules
from instruments.rates.card import (
    COUNTED_UNITS,
    FULL,
    UNITS,
    USED,
    Card,
    Rate,
    Window,
    lacking_time,
)
from instruments.rates.card import objections as against_card
from instruments.rates.fees import FeeRules
from instruments.rates.terms import MINIMUM_OF_TIME, MODES

MOST_WINDOWS, MOST_PRICES = 12, 2000
LONGEST_NAME, LONGEST_CODE, LONGEST_NOTE = 120, 40, 500
# What a price list cannot be below or above: no year before this system, none that nobody lives to see.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 1, 1)


class Price(NamedTuple):
    """One price: for a class in a mode, per unit; code and names only where things of the unit are told apart."""

    customer: str
    mode: str
    unit: str
    amount: Money
    code: str = ""
    name_en: str = ""
    name_zh: str = ""

    @property
    def line(self) -> tuple[str, str, str]:
        """Which line of the price list it stands in."""
        return self.mode, self.unit, self.code

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What no two prices of a version share."""
        return self.customer, *self.line


class Described(NamedTuple):
    """What a version says. Its windows have both names in one, as the rules and the pages read them."""

    valid_from: date
    valid_to: date | None = None
    currency: str = "CNY"
    basis: str = USED
    increment: int = 1
    operator_increment: int = 1
    operator_windows: bool = False
    overrun: Decimal = FULL
    fees: FeeRules = FeeRules()
    note: str = ""
    windows: tuple[Window, ...] = ()
    prices: tuple[Price, ...] = ()

    def cards(self) -> dict[tuple[str, str], Card]:
        """The card of each class and mode that has a price."""
        rates: dict[tuple[str, str], list[Rate]] = {}
        minimums: dict[tuple[str, str], Money] = {}
        for price in self.prices:
            key = (price.customer, price.mode)
            if price.unit == MINIMUM_OF_TIME:
                minimums[key] = price.amount
            else:
                name = both(price.name_en, price.name_zh)
                rates.setdefault(key, []).append(Rate(price.unit, price.amount, price.code, name))
        holes = lacking_time({key: [rate.unit for rate in found] for key, found in rates.items()})
        return {
            key: Card(
                self.currency, tuple(found), self.basis, self.increment, minimums.get(key), self.windows,
                self.overrun, self.operator_increment, self.operator_windows, key in holes,
            )
            for key, found in rates.items()
        }  # fmt: skip


def both(english: str, chinese: str) -> str:
    """A name in both languages, of which pages show the reader's."""
    return f"{english} / {chinese}" if english and chinese else english or chinese


def halves(name: str) -> tuple[str, str]:
    """The English and the Chinese name again; one of them is empty where there is only the other."""
    english, _, chinese = name.partition(" / ")
    if _has_han(chinese) and not _has_han(english):
        return english, chinese
    return ("", name) if _has_han(name) else (name, "")


def _has_han(text: str) -> bool:
    return any("\u3400" <= letter <= "\u9fff" for letter in text)


# --- Every reason against it


def objections(said: Described, splits: Collection[str]) -> Iterator[Reason]:
    """Every reason against it, each once, apart from other versions. splits: the keys of the lab's own finer classes."""
    found: dict[object, Reason] = {}
    for reason in _all_objections(said, splits):
        field = "prices" if reason.field == "rates" else reason.field
        found.setdefault((reason.code, field, *map(str, reason.values.items())), replace(reason, field=field))
    yield from found.values()


def _all_objections(said: Described, splits: Collection[str]) -> Iterator[Reason]:
    yield from _against_dates(said)
    if (reason := currency_objection(said.currency)) is not None:
        yield reason
        return
    yield from fee_rules.objections(said.fees)
    yield from _against_prices(said, {*CLASSES, *splits})
    shell = Card(
        said.currency, (Rate(UNITS[0], Money.none(said.currency)),), said.basis, said.increment, None, said.windows,
        said.overrun, said.operator_increment, said.operator_windows,
    )  # fmt: skip
    for card in (shell, *said.cards().values()):
        yield from against_card(card)
    if len(said.windows) > MOST_WINDOWS:
        sentence = N_("At most %(most)s windows.")
        yield Reason("too_many_windows", "windows", sentence, {"most": MOST_WINDOWS})
    if len(said.note) > LONGEST_NOTE:
        yield too_long("note", said.note, LONGEST_NOTE)


def currency_objection(code: str) -> Reason | None:
    """Why no amounts can be in it, if none can."""
    if is_current(code):
        return None
    sentence = N_("There is no such currency. Write three letters, such as CNY.")
    return Reason("no_currency", "currency", sentence)


def too_long(field: str, text: str, most: int) -> Reason:
    """A text that does not fit."""
    sentence = N_("%(length)s characters; at most %(most)s fit.")
    return Reason("too_long", field, sentence, {"length": len(text), "most": most})


def _against_dates(said: Described) -> Iterator[Reason]:
    if not FIRST_DAY <= said.valid_from < LAST_DAY or (said.valid_to and said.valid_to > LAST_DAY):
        yield Reason("out_of_reach", "valid_from", N_("Choose a date between 2000 and 2999."))
    if said.valid_to is not None and said.valid_to <= said.valid_from:
        sentence = N_("The last day is before the first.")
        yield Reason("dates", "valid_to", sentence)


def _against_prices(said: Described, known: Collection[str]) -> Iterator[Reason]:
    if len(said.prices) > MOST_PRICES:
        yield Reason("too_many_prices", "prices", N_("At most %(most)s prices."), {"most": MOST_PRICES})
    twice = sorted(key for key, times in Counter(price.key for price in said.prices).items() if times > 1)
    if twice:
        sentence = N_("The same line stands here twice; give each sample or item a code of its own.")
        yield Reason("same_line", "prices", sentence)
    for price in said.prices:
        yield from _against_price(price, said.currency, known)
    yield from _only_minimum(said)


def _against_price(price: Price, currency: str, known: Collection[str]) -> Iterator[Reason]:
    if price.customer not in known or price.mode not in MODES or price.unit not in (*UNITS, MINIMUM_OF_TIME):
        sentence = N_("There is no such line: %(line)s.")
        yield Reason("no_such_line", "prices", sentence, {"line": " ".join(price.key).strip()})
    if price.amount.currency != currency:
        sentence = N_("All prices of a card are in its currency, %(currency)s.")
        yield Reason("other_currency", "prices", sentence, {"currency": currency})
    if price.amount.amount < 0:
        yield Reason("negative_price", "prices", N_("A price is never below zero."))
    if (price.unit in COUNTED_UNITS) != bool(price.code):
        sentence = N_("Samples and items have a code, by which they are counted; other lines have none.")
        yield Reason("code", "prices", sentence)
    if len(price.code) > LONGEST_CODE or max(len(price.name_en), len(price.name_zh)) > LONGEST_NAME:
        yield too_long("prices", max(price.code, price.name_en, price.name_zh, key=len), LONGEST_CODE)


def _only_minimum(said: Described) -> Iterator[Reason]:
    priced = said.cards()
    for price in said.prices:
        if price.unit == MINIMUM_OF_TIME and (price.customer, price.mode) not in priced:
            sentence = N_("A minimum needs a price beside it, in the same column and mode.")
            yield Reason("only_minimum", "prices", sentence)
            return


# --- Changed by percent


@dataclass(frozen=True, slots=True)
class Change:
    """Prices of some modes, classes and units (none: of all), so many percent up or down, rounded to whole steps.

    step: in minor units; 1 rounds to the cent, 100 to the yuan.
    """

    percent: Decimal
    step: int = 1
    customers: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()

    def takes(self, price: Price) -> bool:
        """Whether it changes this one."""
        return (
            (not self.customers or price.customer in self.customers)
            and (not self.modes or price.mode in self.modes)
            and (not self.units or price.unit in self.units)
        )

    def of(self, price: Price) -> Price:
        """The price after it, rounded half up to the step, never below zero."""
        currency = price.amount.currency
        steps = Decimal(price.amount.units) * (100 + self.percent) / 100 / self.step
        whole = max(int((steps + Decimal("0.5")) // 1), 0)
        return price._replace(amount=Money.from_units(whole * self.step, currency))


def changed(said: Described, change: Change) -> Described:
    """The same prices, changed."""
    return said._replace(
        prices=tuple(change.of(price) if change.takes(price) else price for price in said.prices)
    )


# --- Compared


class Difference(NamedTuple):
    """A price in one version and in the other; None where there is none. share: by how much it rose, of one."""

    price: Price
    before: Money | None
    after: Money | None

    @property
    def share(self) -> Decimal | None:
        """By which share of the first it differs; None where there is nothing to divide by."""
        if not self.before or self.after is None or self.before.currency != self.after.currency:
            return None
        return (self.after.amount - self.before.amount) / self.before.amount


def differences(before: Described, after: Described) -> list[Difference]:
    """Every price that is not the same in both, in the order of the lists."""
    old, new = ({price.key: price for price in each.prices} for each in (before, after))
    found = []
    for key, price in (old | new).items():
        ends = [each[key].amount if key in each else None for each in (old, new)]
        if ends[0] != ends[1]:
            found.append(Difference(price, *ends))
    return found


def other_differences(before: Described, after: Described) -> list[tuple[str, object, object]]:
    """What else is not the same: (name of the field, in the first, in the second)."""
    fields = ("currency", "basis", "increment", "operator_increment", "operator_windows", "overrun", "note")
    found: list[tuple[str, object, object]] = [
        (name, getattr(before, name), getattr(after, name))
        for name in fields
        if getattr(before, name) != getattr(after, name)
    ]
    for name in ("late_percent", "free_hours", "no_show_percent"):
        ends = getattr(before.fees, name), getattr(after.fees, name)
        if ends[0] != ends[1]:
            found.append((name, *ends))
    if before.windows != after.windows:
        found.append(("windows", before.windows, after.windows))
    return found


def with_dates(said: Described, valid_from: date, valid_to: date | None = None) -> Described:
    """The same from another date on."""
    return said._replace(valid_from=valid_from, valid_to=valid_to)


def lines_of(said: Described) -> dict[tuple[str, str, str], Mapping[str, Price]]:
    """Line by line, in the order in which they first stand, the price of each class."""
    found: dict[tuple[str, str, str], dict[str, Price]] = {}
    for price in said.prices:
        found.setdefault(price.line, {})[price.customer] = price
    return dict(found)
