"""Prices of the demonstration: published for the year, a proposal for January, a lab with a hole and one without any."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Lab
from instruments.rates.models import RateCard, RatePrice, RateVersion, RateWindow

LABS = 4
# By lab, in the order of their numbers: what an hour costs the own lab, and for whom there is no price at all.
HOURLY = (40, 65, 120)
FACTORS = {"own_lab": 1, "own_institution": Decimal("1.5"), "partner": 2, "public": 3, "company": 5, "individual": 5,
           "abroad": 4}  # fmt: skip
HOLE = ("individual", "abroad")
RISE = Decimal("1.05")


def set_prices(shown: dict[str, int], now: datetime) -> None:
    """Publish prices of the first labs, inside the deed that loads the world; the last of them has none."""
    today = now.date()
    labs = list(db.session.scalars(select(Lab.id).order_by(Lab.id).limit(LABS)))
    for place, (lab_id, hourly) in enumerate(zip(labs, HOURLY, strict=False)):
        card = RateCard(lab_id=lab_id)
        db.session.add(card)
        db.session.flush()
        left_out = HOLE if place == 1 else ()
        _version(card, date(today.year, 1, 1), hourly, left_out, shown, now, published=True)
        if place == 0:
            _version(card, date(today.year + 1, 1, 1), hourly * RISE, (), shown, now, published=False)


def _version(
    card: RateCard, since: date, hourly: Decimal | int, left_out: tuple[str, ...], shown: dict[str, int],
    now: datetime, *, published: bool,
) -> None:  # fmt: skip
    row = RateVersion(
        card_id=card.id, valid_from=since, basis="longer", increment=15, late_percent=Decimal(50), free_hours=24,
        no_show_percent=Decimal(100), made_at=now, proposed_at=now, made_by_id=shown["lab_manager"],
        proposed_by_id=shown["lab_manager"],
    )  # fmt: skip
    row.windows = [
        RateWindow(
            position=0,
            name_en="Holiday",
            name_zh="节假日",
            since=0,
            until=1440,
            factor=Decimal(150),
            days="holiday",
        ),
        RateWindow(position=1, name_en="Night", name_zh="夜间", since=1320, until=480, factor=Decimal(50)),
    ]
    row.prices = [
        price
        for customer in FACTORS
        if customer not in left_out
        for price in _prices(customer, Decimal(hourly))
    ]
    db.session.add(row)
    db.session.flush()
    row.state = "published" if published else "proposed"
    if published:
        row.approved_by_id, row.approved_at = shown["institution_manager"], now
    db.session.flush()


def _prices(customer: str, hourly: Decimal) -> list[RatePrice]:
    hour = int(hourly * FACTORS[customer] * 100)
    lines = [
        ("self", "hour", "", "", "", hour),
        ("assisted", "hour", "", "", "", hour),
        ("assisted", "operator_hour", "", "", "", 5000),
        ("service", "hour", "", "", "", hour),
        ("service", "operator_hour", "", "", "", 5000),
        ("service", "sample", "sample", "Sample", "样品", 3500),
    ]
    return [
        RatePrice(
            customer_class=customer, mode=mode, unit=unit, code=code, name_en=english, name_zh=chinese, price_units=units,
            position=place,
        )
        for place, (mode, unit, code, english, chinese, units) in enumerate(lines)
    ]  # fmt: skip
