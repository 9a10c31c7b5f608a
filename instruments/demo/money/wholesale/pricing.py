"""What many uses cost and who pays: by the product's rules, asked once for all that are of the same length at the same price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import orjson

from instruments.charges.pricing import Payer, Share, share_of
from instruments.charges.writing import line_row
from instruments.demo.generator.places import zone_of
from instruments.demo.money.binding import ASSISTED_EVERY, CURRENCY, Binder
from instruments.demo.money.choosing import Share as Paying
from instruments.demo.money.wholesale.rows import Taken
from instruments.funds.sharing import Bearer, Part, share_out
from instruments.people.customer import CustomerClass
from instruments.rates.card import Card
from instruments.rates.counting import Use
from instruments.rates.kept import line_as_json
from instruments.rates.pricing import lines_of
from instruments.rates.terms import ASSISTED, SELF, Terms
from instruments.timespan import instant

Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """By which prices something was reserved, and who pays it as which class."""

    version_id: int
    mode: str
    paying: Sequence[Paying]
    customers: Sequence[CustomerClass]
    terms: Sequence[Terms]


@dataclass(frozen=True, slots=True)
class Counted:
    """What a use costs: the rows of its lines without the number of the charge, and what each payer bears."""

    total: int
    lines: Sequence[tuple[Any, ...]]
    quoted: str
    parts: Sequence[Part]


@dataclass
class Counter:
    """Binds and counts by the cards and the funds of the world."""

    binder: Binder
    _known: dict[Key, Counted] = field(default_factory=dict)
    _kinds: dict[Key, int] = field(default_factory=dict)
    _cards: dict[tuple[str, Card], int] = field(default_factory=dict)
    _payers: dict[Key, Payer] = field(default_factory=dict)

    def bind(self, taken: Taken) -> Bound | None:
        """By which prices and payers it was reserved; None where there was no price for its day, or nobody pays."""
        day = instant(taken.starts_at).astimezone(zone_of(taken.lab_id)).date()
        version = self.binder.cards.holding(taken.instrument_id, taken.lab_id, day)
        paying = self.binder.purse.payers(
            taken.id, taken.group_id, taken.institution_id, taken.creditor_id, day
        )
        if version is None or not paying:
            return None
        mode = ASSISTED if taken.id % ASSISTED_EVERY == 0 else SELF
        customers = [self.binder.customer(each.fund_id, taken, version, mode) for each in paying]
        terms = [self.binder.terms.get((version, each.key, mode)) for each in customers]
        found = [each for each in terms if each is not None]
        return Bound(version, mode, paying, customers, found) if len(found) == len(terms) else None

    def quoted(self, taken: Taken, bound: Bound) -> Counted:
        """What it costs as it was reserved, an operator being there all along where it is assisted."""
        span = (taken.starts_at, taken.ends_at)
        minutes = (span[1] - span[0]) // 60 if bound.mode == ASSISTED else 0
        return self._counted(taken, bound, Use((span,), span, operator_minutes=minutes))

    def charged(self, taken: Taken, bound: Bound) -> Counted:
        """What it costs as it was used."""
        reserved = (taken.starts_at, taken.ends_at)
        use = Use(((taken.began, taken.ended),), reserved, operator_minutes=taken.operator_minutes)
        return self._counted(taken, bound, use)

    def shares(self, bound: Bound, counted: Counted, creditor_id: int) -> list[Share]:
        """Who bears it, and how."""
        payers = [
            self._payer(share, customer.key)
            for share, customer in zip(bound.paying, bound.customers, strict=True)
        ]
        return [share_of(part, payers, creditor_id) for part in counted.parts]

    def _counted(self, taken: Taken, bound: Bound, use: Use) -> Counted:
        if any(each.card.windows for each in bound.terms):
            return self._priced(taken, bound, use)
        key = (
            use.sessions[0][1] - use.sessions[0][0],
            use.operator_minutes,
            *(self._kind(each) for each in bound.terms),
            *(each.percent for each in bound.paying),
        )
        if key not in self._known:
            self._known[key] = self._priced(taken, bound, use)
        return self._known[key]

    def _priced(self, taken: Taken, bound: Bound, use: Use) -> Counted:
        wall = self.binder.wall_of(taken)
        priced = {one.customer_class: lines_of(one.card, use, wall) for one in bound.terms}
        bearers = [
            Bearer(Decimal(share.percent), customer.key)
            for share, customer in zip(bound.paying, bound.customers, strict=True)
        ]
        shared = share_out(bearers, priced, CURRENCY)
        quoted = [{"class": one.customer_class, **line_as_json(one.line)} for one in shared.lines]
        lines = [line_row(place, one) for place, one in enumerate(shared.lines)]
        return Counted(shared.total.units, lines, orjson.dumps(quoted).decode(), shared.parts)

    def _kind(self, terms: Terms) -> int:
        """The same number for all terms by which the same use costs the same."""
        key = (terms.version_id, terms.customer_class, terms.mode)
        if key not in self._kinds:
            self._kinds[key] = self._cards.setdefault((terms.customer_class, terms.card), len(self._cards))
        return self._kinds[key]

    def _payer(self, share: Paying, customer: str) -> Payer:
        key = (share.fund_id, share.percent, customer)
        if key not in self._payers:
            fund = self.binder.purse.made.funds[share.fund_id - 1]
            self._payers[key] = Payer(
                Decimal(share.percent), customer, fund["owner_institution_id"], None, fund["group_id"], fund["id"],
                fund["kind"], fund["institution_id"], fund["currency"],
            )  # fmt: skip
        return self._payers[key]
