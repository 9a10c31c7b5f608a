"""What a quote costs: a night over a holiday, by a card with windows, for a payer with a class of their own."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import insert, select

from bench.booking import somebody
from bench.measuring import NOW, cpu, profile
from bench.report import Result
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import deed
from instruments.people.customer import CLASSES, payer_of
from instruments.rates.estimating import Wanted, estimate, estimates
from instruments.rates.models import RateCard, RatePrice, RateVersion, RateWindow
from instruments.timespan import Timespan

ROUNDS = 300
MOST = 5
PAGE = 20


def measure(_: Flask, database: str) -> list[Result]:
    """One quote as a page asks for it while a time is dragged, and a page of results, each with its own."""
    ids = _priced_instruments()
    wanted = Wanted(payer_of(somebody()), "assisted")
    night = Timespan(NOW + timedelta(days=3, hours=9), NOW + timedelta(days=4, hours=1))

    def one(number: int) -> None:
        estimate(ids[number % len(ids)], night, wanted).must()
        db.session.rollback()

    def page(_: int) -> None:
        for each in estimates(dict.fromkeys(ids, night), wanted).values():
            each.must()
        db.session.rollback()

    for number in range(20):
        one(number)
    single = cpu(one, 0, ROUNDS)
    many = cpu(page, 0, 60)
    slow = profile(one, 0, 100) if single > MOST else ""
    note = f"16 hours by 4 windows; a page of {PAGE}: {many:.2f} ms"
    return [Result("a quote, CPU", database, single, "ms", MOST, note, profile=slow)]


def _priced_instruments() -> list[int]:
    """Instruments with cards of their own, each with every class, mode and unit there can be."""
    ids = list(db.session.scalars(select(Instrument.id).order_by(Instrument.id.desc()).limit(PAGE)))
    there = set(db.session.scalars(select(RateCard.instrument_id).where(RateCard.instrument_id.in_(ids))))
    for instrument_id in ids:
        if instrument_id not in there:
            _publish(instrument_id)
    return ids


def _publish(instrument_id: int) -> None:
    with deed() as session:
        card = session.scalar(insert(RateCard).values(instrument_id=instrument_id).returning(RateCard.id))
        row = RateVersion(
            card_id=card, valid_from=date(2027, 1, 1), made_at=NOW, proposed_at=NOW, increment=15
        )
        row.windows = [
            RateWindow(
                position=place,
                name_en=f"Window {place}",
                since=since,
                until=until,
                factor=50 + place,
                days=days,
            )
            for place, (since, until, days) in enumerate(
                [(0, 1440, "holiday"), (0, 1440, "rest"), (1320, 480, ""), (1080, 1320, "workday")]
            )
        ]
        row.prices = [
            RatePrice(customer_class=customer, mode=mode, unit=unit, price_units=5000 + place)
            for mode in ("self", "assisted", "service")
            for place, customer in enumerate(CLASSES)
            for unit in ("hour", "use", "operator_hour", "minimum")
        ]
        session.add(row)
        session.flush()
        row.state, row.approved_at = "published", NOW
