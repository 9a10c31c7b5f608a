"""What labs of the invented world charge, as rows of cards. No database.

All labs have prices since the books began. Those of the shown institutions changed on a day of this year, and since then cost
fees for what is given up late; those of the first have windows, samples and items, too, and the shown lab has proposed those of
January. Some labs charge nothing, which they say
with a price of 0.00; one has days without prices, and one none for customers of some classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from instruments.demo.generator.chance import stream
from instruments.demo.generator.funds import SHOWN_HOUSE, SHOWN_HOUSES
from instruments.demo.generator.instruments import SHOWN_LAB
from instruments.demo.generator.months import at, first_day, month_day, new_prices_on
from instruments.demo.generator.world import InventedWorld
from instruments.demo.money.versions import (
    Cards,
    Owner,
    Pricing,
    add_card,
    add_minimum,
    add_published,
    add_service,
    add_version,
)

# What an hour costs the own lab, in whole yuan: of the first labs, and what others choose from.
HOURLY: Mapping[int, int] = {1: 40, 2: 65, 3: 120}
CHOICE = (20, 30, 40, 50, 60, 80, 100, 150, 200)
LAB_WITH_HOLE, HOLE_DAYS = 3, 2
FREE_EVERY, FREE_PLACE = 11, 7
RISE, BEFORE = Decimal("1.05"), Decimal("0.9")
# How many instruments of the shown lab have prices of their own, and which of every so many labs has one, times what.
OWN_CARDS, DEARER_EVERY, DEARER = (2, 3, 4), 9, 2
SERVED_EVERY = 8
SERVICES = (
    ("Cross-sections by ion milling", "离子研磨截面制样", 18_000),
    ("Carbon or gold coating", "喷碳喷金", 6_000),
    ("Evaluation of measured data", "测试数据分析", 12_000),
)
# The finer classes of the shown lab: what they divide, their names, who is in them, and how many times the own price they pay.
FINER = (
    ("partner", "Contract partners", "协议合作单位", ("weishui", "weibei-optics"), Decimal("1.6")),
    ("company", "Small and medium-sized firms", "中小企业", ("sample-optics", "trial-foods"), Decimal(4)),
)


def make_cards(world: InventedWorld, now: datetime) -> Cards:
    """The prices of all labs around the day of the world."""
    made, approvers = Cards(), _approvers(world)
    _divide(made, world)
    for row in world.places.labs:
        lab = Pricing(
            row, Decimal(_hourly(row["id"])), world.people.staff_of_lab[row["id"]][0],
            approvers[row["institution_id"]], row["institution_id"] == SHOWN_HOUSE, _finer(row["id"]),
        )  # fmt: skip
        _of_lab(made, lab, world.anchor, now)
        _of_its_things(made, lab, world)
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


def _divide(made: Cards, world: InventedWorld) -> None:
    """The finer classes of the shown lab."""
    numbers = {about["key"]: number for number, about in world.places.about.items()}
    for number, (base, english, chinese, keys, _) in enumerate(FINER, 1):
        made.splits.append(
            {"id": number, "lab_id": SHOWN_LAB, "base": base, "name_en": english, "name_zh": chinese}
        )
        made.members += [
            {"lab_id": SHOWN_LAB, "institution_id": numbers[key], "split_id": number} for key in keys
        ]


def _finer(lab_id: int) -> Mapping[str, Decimal]:
    return {f"split:{number}": one[-1] for number, one in enumerate(FINER, 1)} if lab_id == SHOWN_LAB else {}


def _of_lab(made: Cards, lab: Pricing, anchor: date, now: datetime) -> None:
    owner: Owner = ("lab_id", lab.row["id"])
    add_card(made, owner)
    began = at(first_day(anchor) - timedelta(days=20))
    if lab.row["institution_id"] not in SHOWN_HOUSES:
        add_published(made, lab, owner, (first_day(anchor), None), began)
        return
    change = new_prices_on(anchor)
    before = _times(lab, BEFORE, {})
    add_published(made, before, owner, (first_day(anchor), change), began)
    for span in _spans_since(change, lab.row["id"], anchor):
        add_published(made, lab, owner, span, at(change - timedelta(days=25)), fees=True)
    if lab.row["id"] == SHOWN_LAB:
        january = (date(anchor.year + 1, 1, 1), None)
        version = add_version(made, _times(lab, RISE, lab.finer), january, now, fees=True)
        made.proposed.append(version["id"])


def _times(lab: Pricing, factor: Decimal, finer: Mapping[str, Decimal]) -> Pricing:
    """The prices of a lab times something, in whole yuan where they are lower."""
    hourly = lab.hourly * factor
    hourly = hourly.quantize(Decimal(1)) if factor < 1 else hourly
    return Pricing(lab.row, hourly, lab.manager, lab.approver, lab.full, finer)


def _spans_since(change: date, lab_id: int, anchor: date) -> Iterator[tuple[date, date | None]]:
    """One without an end, but for the lab whose prices do not hold on some days."""
    if lab_id != LAB_WITH_HOLE:
        yield change, None
        return
    hole = anchor - timedelta(days=14)
    yield change, hole
    yield hole + timedelta(days=HOLE_DAYS), None


def _of_its_things(made: Cards, lab: Pricing, world: InventedWorld) -> None:
    """Instruments with prices of their own, those of the shown lab with a minimum, and services."""
    number = lab.row["id"]
    since = month_day(world.anchor, 4)
    when = at(since - timedelta(days=9))
    mine = [one["id"] for one in world.instruments.rows if one["lab_id"] == number]
    times = OWN_CARDS if number == SHOWN_LAB else (DEARER,) if number % DEARER_EVERY == 0 else ()
    for thing, factor in zip(mine, times, strict=False):
        _of_instrument(made, _times(lab, Decimal(factor), lab.finer), thing, (since, when))
    if number == SHOWN_LAB or number % SERVED_EVERY == 0:
        for english, chinese, units in SERVICES[
            : 3 if number == SHOWN_LAB else 1 + number // SERVED_EVERY % 2
        ]:
            made.services.append(
                {"id": len(made.services) + 1, "lab_id": number, "name_en": english, "name_zh": chinese}
            )
            owner: Owner = ("service_id", len(made.services))
            add_card(made, owner)
            add_service(made, lab, owner, since, when, units)


def _of_instrument(made: Cards, lab: Pricing, number: int, since: tuple[date, datetime]) -> None:
    owner: Owner = ("instrument_id", number)
    add_card(made, owner)
    more = {"increment": 30} if lab.full else {}
    version = add_published(made, lab, owner, (since[0], None), since[1], fees=lab.full, more=more)
    if lab.full:
        add_minimum(made, version["id"], lab)
