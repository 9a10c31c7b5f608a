"""What labs of the invented world charge: rows of cards, their versions, windows and prices. No database.

Two institutions keep books (`ACCOUNTING`): their labs have prices since the books began, new ones since a day of this year,
and the shown lab has proposed those of January. All others have just published their first prices. Some labs charge nothing,
which they say with a price of 0.00; one has a day without prices, and one none for customers of some classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from instruments.demo.generator.chance import stream
from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.months import at, first_day, month_day, new_prices_on
from instruments.demo.generator.places import Row
from instruments.demo.generator.world import InventedWorld

ACCOUNTING = (1, 2)
# What an hour costs the own lab, in whole yuan: of the first labs, and what others choose from.
HOURLY: Mapping[int, int] = {1: 40, 2: 65, 3: 120}
CHOICE = (20, 30, 40, 50, 60, 80, 100, 150, 200)
FACTORS: Mapping[str, Decimal] = {
    "own_lab": Decimal(1), "own_institution": Decimal("1.5"), "partner": Decimal(2), "public": Decimal(3),
    "company": Decimal(5), "individual": Decimal(5), "abroad": Decimal(4),
}  # fmt: skip
# Labs for whose prices the shown world has a use: one that leaves two classes out, one with a day without prices.
LEFT_OUT: Mapping[int, tuple[str, ...]] = {2: ("individual", "abroad")}
LAB_WITH_HOLE, HOLE_DAYS = 3, 2
FREE_EVERY, FREE_PLACE = 11, 7
RISE, BEFORE = Decimal("1.05"), Decimal("0.9")
OPERATOR, SAMPLE, HOLDER = 5000, 3500, 800
OWN_CARDS = 3
SERVICES = (
    ("Cross-sections by ion milling", "离子研磨截面制样", 18_000),
    ("Carbon or gold coating", "喷碳喷金", 6_000),
    ("Evaluation of measured data", "测试数据分析", 12_000),
)
WINDOWS = (
    ("Holiday", "节假日", 0, 1440, Decimal(150), "holiday"),
    ("Night", "夜间", 1320, 480, Decimal(50), ""),
)


@dataclass
class Cards:
    """Rows of each table; the versions are drafts, published: (number, by whom, when) of those that become more."""

    services: list[Row] = field(default_factory=list)
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

    def __post_init__(self) -> None:
        self._spans: dict[tuple[str, int], list[tuple[int, date, date | None]]] = {}
        self._by_version: dict[int, list[Row]] = {}

    def remember(self, owner: tuple[str, int], version: Row) -> None:
        """Let `holding` find a version that becomes published."""
        self._spans.setdefault(owner, []).append((version["id"], version["valid_from"], version["valid_to"]))


@dataclass(frozen=True)
class _Lab:
    """What a lab asks, and who of it proposes prices, who of its institution approves them."""

    row: Row
    hourly: Decimal
    manager: int
    approver: int
    accounting: bool


def make_cards(world: InventedWorld, now: datetime) -> Cards:
    """The prices of all labs around the day of the world; those that are just published, were so at `now`."""
    made, approvers = Cards(), _approvers(world)
    for row in world.places.labs:
        lab = _Lab(
            row, Decimal(_hourly(row["id"])), world.people.staff_of_lab[row["id"]][0],
            approvers[row["institution_id"]], row["institution_id"] in ACCOUNTING,
        )  # fmt: skip
        _of_lab(made, lab, world.anchor, now)
    _of_shown_lab(made, world, approvers, now)
    return made


def _approvers(world: InventedWorld) -> dict[int, int]:
    return {
        grant["institution_id"]: grant["person_id"]
        for grant in world.people.grants
        if grant["role"] == "institution_manager"
    }


def _hourly(lab_id: int) -> int:
    if lab_id in HOURLY:
        return HOURLY[lab_id]
    return 0 if lab_id % FREE_EVERY == FREE_PLACE else stream("prices", lab_id).choice(CHOICE)


def _of_lab(made: Cards, lab: _Lab, anchor: date, now: datetime) -> None:
    owner = ("lab_id", lab.row["id"])
    _card(made, owner)
    if not lab.accounting:
        _publish(made, lab, owner, (anchor.replace(day=1), None), lab.hourly, now)
        return
    change = new_prices_on(anchor)
    before = (lab.hourly * BEFORE).quantize(Decimal(1))
    _publish(
        made, lab, owner, (first_day(anchor), change), before, at(first_day(anchor) - timedelta(days=20))
    )
    for span in _spans_since(change, lab.row["id"], anchor):
        _publish(made, lab, owner, span, lab.hourly, at(change - timedelta(days=25)), fees=True)
    if lab.row["id"] == SHOWN_LAB:
        january = (date(anchor.year + 1, 1, 1), None)
        version = _version(made, lab, january, lab.hourly * RISE, now, fees=True)
        made.proposed.append(version["id"])


def _spans_since(change: date, lab_id: int, anchor: date) -> Iterator[tuple[date, date | None]]:
    """One without an end, but for the lab whose prices do not hold on some days."""
    if lab_id != LAB_WITH_HOLE:
        yield change, None
        return
    hole = anchor - timedelta(days=14)
    yield change, hole
    yield hole + timedelta(days=HOLE_DAYS), None


def _card(made: Cards, owner: tuple[str, int]) -> None:
    made.cards.append(
        {"id": len(made.cards) + 1, "lab_id": None, "instrument_id": None, "service_id": None} | dict([owner])
    )


def _publish(
    made: Cards, lab: _Lab, owner: tuple[str, int], span: tuple[date, date | None], hourly: Decimal,
    when: datetime, *, fees: bool = False, more: Row | None = None,
) -> Row:  # fmt: skip
    version = _version(made, lab, span, hourly, when, fees=fees, more=more)
    made.published.append((version["id"], lab.approver, when))
    made.remember(owner, version)
    return version


def _version(
    made: Cards, lab: _Lab, span: tuple[date, date | None], hourly: Decimal, when: datetime, *, fees: bool,
    more: Row | None = None,
) -> Row:  # fmt: skip
    row = {
        "id": len(made.versions) + 1, "card_id": len(made.cards), "state": "draft", "valid_from": span[0],
        "valid_to": span[1], "basis": "longer" if lab.accounting else "used", "increment": 15,
        "late_percent": Decimal(50) if fees else None, "free_hours": 24 if fees else 0,
        "no_show_percent": Decimal(100) if fees else None, "made_at": when, "proposed_at": when,
        "made_by_id": lab.manager, "proposed_by_id": lab.manager,
    } | (more or {})  # fmt: skip
    made.versions.append(row)
    if lab.accounting:
        made.windows += [
            {
                "version_id": row["id"], "position": place, "name_en": english, "name_zh": chinese, "since": since,
                "until": until, "factor": factor, "days": days,
            }
            for place, (english, chinese, since, until, factor, days) in enumerate(WINDOWS)
        ]  # fmt: skip
    for customer, factor in FACTORS.items():
        if customer not in LEFT_OUT.get(lab.row["id"], ()):
            _prices(made, row["id"], customer, int(hourly * factor * 100), lab)
    return row


def _prices(made: Cards, version_id: int, customer: str, hour: int, lab: _Lab) -> None:
    """What a class pays in each mode; a lab without an hourly price lends its operator for nothing, too."""
    operator = OPERATOR if hour else 0
    lines = [
        ("self", "hour", "", "", "", hour),
        ("assisted", "hour", "", "", "", hour),
        ("assisted", "operator_hour", "", "", "", operator),
    ]
    if lab.accounting:
        lines += [
            ("self", "item", "holder", "Sample holder", "样品台", HOLDER),
            ("assisted", "item", "holder", "Sample holder", "样品台", HOLDER),
            ("service", "hour", "", "", "", hour),
            ("service", "operator_hour", "", "", "", operator),
            ("service", "sample", "sample", "Sample", "样品", SAMPLE),
        ]
    for place, (mode, unit, code, english, chinese, units) in enumerate(lines):
        made.prices.append({
            "version_id": version_id, "customer_class": customer, "mode": mode, "unit": unit, "code": code,
            "name_en": english, "name_zh": chinese, "price_units": units, "position": place,
        })  # fmt: skip


def _of_shown_lab(made: Cards, world: InventedWorld, approvers: Mapping[int, int], now: datetime) -> None:
    """Instruments of the shown lab with prices of their own, with a minimum, and its services."""
    row = next(one for one in world.places.labs if one["id"] == SHOWN_LAB)
    manager = world.people.staff_of_lab[SHOWN_LAB][0]
    since = (month_day(world.anchor, 4), None)
    when = at(since[0] - timedelta(days=9))
    mine = [one["id"] for one in world.instruments.rows if one["lab_id"] == SHOWN_LAB]
    for number, place in zip(mine[:OWN_CARDS], (2, 3, 4), strict=False):
        lab = _Lab(row, Decimal(HOURLY[SHOWN_LAB] * place), manager, approvers[row["institution_id"]], True)
        owner = ("instrument_id", number)
        _card(made, owner)
        version = _publish(made, lab, owner, since, lab.hourly, when, fees=True, more={"increment": 30})
        _minimum(made, version["id"], lab)
    for english, chinese, units in SERVICES:
        made.services.append(
            {"id": len(made.services) + 1, "lab_id": SHOWN_LAB, "name_en": english, "name_zh": chinese}
        )
        owner = ("service_id", len(made.services))
        _card(made, owner)
        lab = _Lab(row, Decimal(0), manager, approvers[row["institution_id"]], True)
        _service(made, lab, owner, since, when, units)


def _minimum(made: Cards, version_id: int, lab: _Lab) -> None:
    """At least an hour is charged."""
    for customer, factor in FACTORS.items():
        for mode in ("self", "assisted", "service"):
            made.prices.append({
                "version_id": version_id, "customer_class": customer, "mode": mode, "unit": "minimum", "code": "",
                "name_en": "", "name_zh": "", "price_units": int(lab.hourly * factor * 100), "position": 9,
            })  # fmt: skip


def _service(
    made: Cards, lab: _Lab, owner: tuple[str, int], since: tuple[date, None], when: datetime, units: int
) -> None:
    version = {
        "id": len(made.versions) + 1, "card_id": len(made.cards), "state": "draft", "valid_from": since[0],
        "valid_to": None, "basis": "used", "increment": 15, "late_percent": None, "free_hours": 0, "no_show_percent": None,
        "made_at": when, "proposed_at": when, "made_by_id": lab.manager, "proposed_by_id": lab.manager,
    }  # fmt: skip
    made.versions.append(version)
    made.published.append((version["id"], lab.approver, when))
    for customer, factor in FACTORS.items():
        made.prices.append({
            "version_id": version["id"], "customer_class": customer, "mode": "service", "unit": "sample",
            "code": "sample", "name_en": "Sample", "name_zh": "样品", "price_units": int(units * factor), "position": 0,
        })  # fmt: skip
    made.remember(owner, version)
