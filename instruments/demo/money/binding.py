"""Bind reservations of the invented world to their prices and payers, as `paying.binding` does one by one; here in bulk.

Every row comes from the same rules: the class of the payer, the quote, its shares, what programmes bear of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import text

from instruments.database import db
from instruments.database.bulk import insert_rows
from instruments.demo.generator.funds import SHOWN_HOUSES
from instruments.demo.generator.places import zone_of, zones
from instruments.demo.money.choosing import Purse
from instruments.demo.money.choosing import Share as Paying
from instruments.demo.money.versions import Cards
from instruments.demo.money.vouchers import Vouchers
from instruments.funds.payers import payers_of
from instruments.funds.sharing import PAYER, Bearer, Shared, share_out
from instruments.people.customer import CustomerClass, LabPlace, Payer, customer_class
from instruments.rates.finding import Key, terms_of_many
from instruments.rates.kept import line_as_json, reasons_as_json
from instruments.rates.pricing import Unpriced
from instruments.rates.quoting import quote
from instruments.rates.terms import ASSISTED, SELF, Terms
from instruments.rates.walls import day_kinds
from instruments.rates.windows import Wall
from instruments.timespan import instant

ASSISTED_EVERY = 6
COUNTRY = "CN"
CURRENCY = "CNY"
PRICE_COLUMNS = (
    "reservation_id", "version_id", "customer_class", "mode", "currency", "quoted_units", "counts", "operator_minutes",
    "lines", "why", "priced_at",
)  # fmt: skip
PAYER_COLUMNS = ("reservation_id", "position", "fund_id", "percent", "customer_class", "share_units")
HOLD_COLUMNS = ("fund_id", "thing_kind", "thing_id", "person_id", "amount_units", "state", "made_at")
PROGRAMME_COLUMNS = ("reservation_id", "position", "programme_id", "share_units")
ROWS = """
SELECT r.id, r.instrument_id, r.user_id, r.institution_id, r.group_id, r.starts_at, r.ends_at, r.created_at, r.state,
  i.lab_id, i.institution_id AS creditor_id, coalesce(u.state, '') AS use_state
FROM reservation AS r JOIN instrument AS i ON i.id = r.instrument_id LEFT JOIN use AS u ON u.reservation_id = r.id
JOIN institution AS h ON h.id = r.institution_id
WHERE i.institution_id IN (:first_house, :second_house)
  AND (i.id <= :last OR r.id <= :most AND (h.kind = 'company' OR h.id = :first_house AND i.institution_id = :second_house))
ORDER BY r.created_at, r.id
"""


class Place(Protocol):
    """Where something was reserved."""

    @property
    def lab_id(self) -> int: ...

    @property
    def creditor_id(self) -> int: ...


class Reserved(NamedTuple):
    """A reservation of one of the shown institutions; moments are UTC seconds."""

    id: int
    instrument_id: int
    user_id: int
    institution_id: int
    group_id: int | None
    starts_at: int
    ends_at: int
    created_at: int
    state: str
    lab_id: int
    creditor_id: int
    use_state: str

    @property
    def is_settled(self) -> bool:
        """Whether its time is over and the lab has confirmed what was used, or it fell away."""
        return self.state in ("cancelled", "no_show") or self.use_state == "confirmed"


def reserved(last_instrument: int, most: int) -> list[Reserved]:
    """The reservations of instruments up to a number, of the shown institutions, and what companies reserved there and the
    first at the second, if it is not too much; in the order in which they were made."""
    values = {
        "last": last_instrument,
        "most": most,
        "first_house": SHOWN_HOUSES[0],
        "second_house": SHOWN_HOUSES[1],
    }
    return [Reserved(*row) for row in db.session.execute(text(ROWS), values)]


@dataclass(frozen=True, slots=True)
class Bound:
    """What a reservation is bound to: the terms of each payer's class, and what it is quoted."""

    row: Reserved
    terms: Terms
    customer: CustomerClass
    shares: Sequence[tuple[Paying, str, int]]
    shared: Shared
    borne: Mapping[int, int]


@dataclass
class Binder:
    """Prices reservations: with the cards and the funds of the world."""

    cards: Cards
    purse: Purse
    vouchers: Vouchers
    payers: Mapping[int, Payer]
    walls: Mapping[tuple[int, ZoneInfo], Wall]
    terms: dict[Key, Terms] = field(default_factory=dict)
    classes: dict[tuple[int, int], tuple[CustomerClass, CustomerClass | None]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, cards: Cards, purse: Purse, vouchers: Vouchers, houses: Sequence[int], span: tuple[date, date]
    ) -> Binder:
        """One that knows all published prices, and the days of the calendar between two dates."""
        days = day_kinds(houses, *span)
        walls = {(house, zone): Wall(zone, days.get(house, {})) for house in houses for zone in zones()}
        binder = cls(cards, purse, vouchers, payers_of([fund["id"] for fund in purse.made.funds]), walls)
        keys = {
            (number, row["customer_class"], row["mode"])
            for number, _, _ in cards.published
            for row in cards.prices_of(number)
        }
        binder.terms = terms_of_many(keys)
        return binder

    def bind(self, row: Reserved) -> Bound | None:
        """What it is bound to; None where there was no price for its day, or nobody could be named who pays."""
        day = instant(row.starts_at).astimezone(zone_of(row.lab_id)).date()
        version = self.cards.holding(row.instrument_id, row.lab_id, day)
        paying = self.purse.payers(row.id, row.group_id, row.institution_id, row.creditor_id, day)
        if version is None or not paying:
            return None
        mode = ASSISTED if row.id % ASSISTED_EVERY == 0 else SELF
        try:
            found = self._priced(row, version, mode, paying)
        except Unpriced:
            return None
        if found is None:
            return None
        self.purse.spend(paying, found.shared.total.units)
        self.vouchers.reserve(row, found.borne)
        return found

    def _priced(self, row: Reserved, version: int, mode: str, paying: Sequence[Paying]) -> Bound | None:
        customers = [self.customer(share.fund_id, row, version, mode) for share in paying]
        terms = [self.terms.get((version, customer.key, mode)) for customer in customers]
        if any(one is None for one in terms):
            return None
        wall, span = self.wall_of(row), (row.starts_at, row.ends_at)
        priced = {one.customer_class: quote(one, span, wall).lines for one in terms if one}
        bearers = [
            Bearer(Decimal(share.percent), customer.key)
            for share, customer in zip(paying, customers, strict=True)
        ]
        shared = share_out(bearers, priced, CURRENCY, self.vouchers.terms(row))
        amounts = [part.amount.units for part in shared.parts if part.role == PAYER]
        shares = [
            (share, customer.key, units)
            for share, customer, units in zip(paying, customers, amounts, strict=True)
        ]
        borne = {
            part.programme_id: part.amount.units
            for part in shared.parts
            if part.programme_id is not None and part.amount.units
        }
        assert terms[0] is not None  # noqa: S101 - asked above
        return Bound(row, terms[0], customers[0], shares, shared, borne)

    def wall_of(self, row: Place) -> Wall:
        """By which hours and days of the calendar something is priced there."""
        return self.walls[row.creditor_id, zone_of(row.lab_id)]

    def customer(self, fund_id: int, row: Place, version: int, mode: str) -> CustomerClass:
        """The class of a fund towards a lab: the lab's finer one where the version has prices for it."""
        key = (fund_id, row.lab_id)
        if key not in self.classes:
            payer = self.payers[fund_id]
            base = customer_class(payer, LabPlace(row.lab_id, row.creditor_id, COUNTRY))
            self.classes[key] = (base, self.cards.split_of(row.lab_id, payer.institution_id or 0, base.key))
        base, finer = self.classes[key]
        return base if finer is None or (version, finer.key, mode) not in self.terms else finer


def fits(shares: Iterable[tuple[int, int]], left: dict[int, int]) -> bool:
    """Take sums, by fund in minor units, off what is left of them, if all of them have as much."""
    wanted = dict(shares)
    if any(left.get(number, units) < units for number, units in wanted.items()):
        return False
    for number, units in wanted.items():
        if number in left:
            left[number] -= units
    return True


def write(bound: Collection[Bound]) -> None:
    """Write down what reservations are bound to, inside the deed that loads the world."""
    insert_rows("reservation_price", PRICE_COLUMNS, map(_price, bound))
    insert_rows("reservation_payer", PAYER_COLUMNS, _payers(bound))
    insert_rows("reservation_programme", PROGRAMME_COLUMNS, _programmes(bound))


def hold(bound: Iterable[Bound], left: dict[int, int], now: datetime) -> None:
    """Hold what they cost of the funds that pay, as long as it is not charged, as far as the funds go."""
    at = int(now.timestamp())
    insert_rows(
        "fund_hold",
        HOLD_COLUMNS,
        (
            (share.fund_id, "reservation", each.row.id, each.row.user_id, units, "pending", min(each.row.created_at, at))
            for each in bound
            if fits(((share.fund_id, units) for share, _, units in each.shares), left)
            for share, _, units in each.shares
            if units
        ),
    )  # fmt: skip


def _price(each: Bound) -> tuple[Any, ...]:
    lines = [{"class": one.customer_class, **line_as_json(one.line)} for one in each.shared.lines]
    return (
        each.row.id, each.terms.version_id, each.customer.key, each.terms.mode, CURRENCY, each.shared.total.units, "{}", 0,
        orjson.dumps(lines).decode(), orjson.dumps(reasons_as_json((each.customer.why,))).decode(), each.row.created_at,
    )  # fmt: skip


def _payers(bound: Iterable[Bound]) -> Iterator[tuple[Any, ...]]:
    for each in bound:
        for place, (share, customer, units) in enumerate(each.shares):
            yield each.row.id, place, share.fund_id, share.percent * 100, customer, units


def _programmes(bound: Iterable[Bound]) -> Iterator[tuple[Any, ...]]:
    for each in bound:
        for place, (number, units) in enumerate(each.borne.items()):
            yield each.row.id, place, number, units
