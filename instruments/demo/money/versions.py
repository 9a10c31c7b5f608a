"""Rows of the prices of the invented world: cards, versions, windows and prices, one lab or thing at a time. No database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from instruments.demo.generator.places import Row
from instruments.errors import Reason
from instruments.people.customer import CustomerClass
from instruments.rates.finding import SPLIT

FACTORS: Mapping[str, Decimal] = {
    "own_lab": Decimal(1), "own_institution": Decimal("1.5"), "partner": Decimal(2), "public": Decimal(3),
    "company": Decimal(5), "individual": Decimal(5), "abroad": Decimal(4),
}  # fmt: skip
# A lab that has set no prices for two classes.
LEFT_OUT: Mapping[int, tuple[str, ...]] = {2: ("individual", "abroad")}
OPERATOR, SAMPLE, HOLDER = 5000, 3500, 800
# More classes than any lab has, so that a line of prices stands together.
MOST_CLASSES = 20
WINDOWS = (
    ("Holiday", "节假日", 0, 1440, Decimal(150), "holiday"),
    ("Night", "夜间", 1320, 480, Decimal(50), ""),
)

Owner = tuple[str, int]
"""Whose a card is: ("lab_id", 1), ("instrument_id", 7) or ("service_id", 2)."""
Span = tuple[date, date | None]


@dataclass
class Cards:
    """Rows of each table; the versions are drafts, published: (number, by whom, when) of those that become more."""

    services: list[Row] = field(default_factory=list)
    splits: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    cards: list[Row] = field(default_factory=list)
    versions: list[Row] = field(default_factory=list)
    windows: list[Row] = field(default_factory=list)
    prices: list[Row] = field(default_factory=list)
    published: list[tuple[int, int, datetime]] = field(default_factory=list)
    proposed: list[int] = field(default_factory=list)

    def holding(self, instrument_id: int, lab_id: int, day: date) -> int | None:
        """The version that holds for an instrument on a day, if one does."""
        for owner in (("instrument_id", instrument_id), ("lab_id", lab_id)):
            for number, since, until in self._spans.get(owner, ()):
                if since <= day and (until is None or day < until):
                    return number
        return None

    def prices_of(self, version_id: int) -> list[Row]:
        """The prices of a version."""
        if not self._by_version:
            for row in self.prices:
                self._by_version.setdefault(row["version_id"], []).append(row)
        return self._by_version.get(version_id, [])

    def split_of(self, lab_id: int, institution_id: int, base: str) -> CustomerClass | None:
        """The finer class of a lab that an institution of a class is in, if it is in one."""
        for row in self.members:
            if (row["lab_id"], row["institution_id"]) == (lab_id, institution_id):
                split = self.splits[row["split_id"] - 1]
                name = f"{split['name_en']} / {split['name_zh']}"
                finer = CustomerClass(f"split:{split['id']}", Reason("split", None, SPLIT, {"name": name}))
                return finer if split["base"] == base else None
        return None

    def __post_init__(self) -> None:
        self._spans: dict[Owner, list[tuple[int, date, date | None]]] = {}
        self._by_version: dict[int, list[Row]] = {}

    def remember(self, owner: Owner, version: Row) -> None:
        """Let `holding` find a version that becomes published."""
        self._spans.setdefault(owner, []).append((version["id"], version["valid_from"], version["valid_to"]))


@dataclass(frozen=True)
class Pricing:
    """What a lab asks, and who of it proposes prices, who of its institution approves them.

    full: with windows, samples and items; else an hour costs the same at all times. finer: by finer class, how many times
    the price of the own lab.
    """

    row: Row
    hourly: Decimal
    manager: int
    approver: int
    full: bool
    finer: Mapping[str, Decimal] = field(default_factory=dict)

    def factors(self) -> Mapping[str, Decimal]:
        """By class, how many times the price of the own lab it pays."""
        left_out = LEFT_OUT.get(self.row["id"], ())
        return {name: factor for name, factor in FACTORS.items() if name not in left_out} | dict(self.finer)


def add_card(made: Cards, owner: Owner) -> None:
    """A card for a lab, an instrument or a service; the versions that are added next are its."""
    made.cards.append(
        {"id": len(made.cards) + 1, "lab_id": None, "instrument_id": None, "service_id": None} | dict([owner])
    )


def add_published(
    made: Cards, lab: Pricing, owner: Owner, span: Span, when: datetime, *, fees: bool = False, more: Row | None = None
) -> Row:  # fmt: skip
    """A version that was published at a moment."""
    version = add_version(made, lab, span, when, fees=fees, more=more)
    made.published.append((version["id"], lab.approver, when))
    made.remember(owner, version)
    return version


def add_version(
    made: Cards, lab: Pricing, span: Span, when: datetime, *, fees: bool, more: Row | None = None
) -> Row:  # fmt: skip
    """A version of the last card, with the prices of all classes."""
    row = _row(made, lab, span, when) | {
        "basis": "longer" if lab.full else "used", "late_percent": Decimal(50) if fees else None,
        "free_hours": 24 if fees else 0, "no_show_percent": Decimal(100) if fees else None,
    } | (more or {})  # fmt: skip
    made.versions.append(row)
    if lab.full:
        made.windows += [
            {
                "version_id": row["id"], "position": place, "name_en": english, "name_zh": chinese, "since": since,
                "until": until, "factor": factor, "days": days,
            }
            for place, (english, chinese, since, until, factor, days) in enumerate(WINDOWS)
        ]  # fmt: skip
    for place, (customer, factor) in enumerate(lab.factors().items()):
        _prices(made, row["id"], (place, customer), int(lab.hourly * factor * 100), lab.full)
    return row


def add_service(made: Cards, lab: Pricing, owner: Owner, since: date, when: datetime, units: int) -> None:
    """The published version of a service: so many minor units a sample."""
    row = _row(made, lab, (since, None), when) | {
        "basis": "used", "late_percent": None, "free_hours": 0, "no_show_percent": None,
    }  # fmt: skip
    made.versions.append(row)
    made.published.append((row["id"], lab.approver, when))
    for customer, factor in lab.factors().items():
        made.prices.append({
            "version_id": row["id"], "customer_class": customer, "mode": "service", "unit": "sample", "code": "sample",
            "name_en": "Sample", "name_zh": "样品", "price_units": int(units * factor), "position": 0,
        })  # fmt: skip
    made.remember(owner, row)


def add_minimum(made: Cards, version_id: int, lab: Pricing) -> None:
    """At least an hour is charged."""
    for customer, factor in lab.factors().items():
        for mode in ("self", "assisted", "service"):
            made.prices.append({
                "version_id": version_id, "customer_class": customer, "mode": mode, "unit": "minimum", "code": "",
                "name_en": "", "name_zh": "", "price_units": int(lab.hourly * factor * 100), "position": 9 * MOST_CLASSES,
            })  # fmt: skip


def _row(made: Cards, lab: Pricing, span: Span, when: datetime) -> Row:
    return {
        "id": len(made.versions) + 1, "card_id": len(made.cards), "state": "draft", "valid_from": span[0],
        "valid_to": span[1], "increment": 15, "made_at": when, "proposed_at": when, "made_by_id": lab.manager,
        "proposed_by_id": lab.manager,
    }  # fmt: skip


def _prices(made: Cards, version_id: int, customer: tuple[int, str], hour: int, full: bool) -> None:
    """What a class, with its place among all, pays in each mode; a lab without an hourly price lends its operator for
    nothing, too."""
    operator = OPERATOR if hour else 0
    lines = [
        ("self", "hour", "", "", "", hour),
        ("assisted", "hour", "", "", "", hour),
        ("assisted", "operator_hour", "", "", "", operator),
    ]
    if full:
        lines += [
            ("self", "item", "holder", "Sample holder", "样品台", HOLDER),
            ("assisted", "item", "holder", "Sample holder", "样品台", HOLDER),
            ("service", "hour", "", "", "", hour),
            ("service", "operator_hour", "", "", "", operator),
            ("service", "sample", "sample", "Sample", "样品", SAMPLE),
        ]
    for place, (mode, unit, code, english, chinese, units) in enumerate(lines):
        made.prices.append({
            "version_id": version_id, "customer_class": customer[1], "mode": mode, "unit": unit, "code": code,
            "name_en": english, "name_zh": chinese, "price_units": units, "position": place * MOST_CLASSES + customer[0],
        })  # fmt: skip
