"""Rate cards for tests: a published version in a line."""

from __future__ import annotations

from datetime import date
from typing import Any

from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.people.models import Lab, Person
from instruments.rates.models import RateCard, RatePrice, RateVersion, RateWindow, Service
from tests.conftest import NOW

JANUARY, MARCH, JUNE = date(2027, 1, 1), date(2027, 3, 1), date(2027, 6, 1)
HOURLY = {"own_lab": 4000, "own_institution": 6000, "partner": 9000, "company": 20000}


def keep(row: Any) -> Any:
    """Add and commit."""
    db.session.add(row)
    db.session.commit()
    return row


def card_of(owner: Lab | Instrument | Service) -> RateCard:
    """The card of a lab, an instrument or a service, made where there is none."""
    column = {Lab: "lab_id", Instrument: "instrument_id", Service: "service_id"}[type(owner)]
    found = db.session.query(RateCard).filter_by(**{column: owner.id}).one_or_none()
    if found is None:
        raise_catalog()
        found = keep(RateCard(**{column: owner.id}))
    return found


def price(customer: str, units: int, unit: str = "hour", mode: str = "self", **values: Any) -> RatePrice:
    """A price, an hour of one's own unless it is said otherwise."""
    return RatePrice(customer_class=customer, mode=mode, unit=unit, price_units=units, **values)


def published(
    owner: Lab | Instrument | Service,
    since: date = JANUARY,
    until: date | None = None,
    prices: list[RatePrice] | None = None,
    windows: list[RateWindow] | None = None,
    by: Person | None = None,
    **values: Any,
) -> RateVersion:
    """A published version; without prices, an hour for each of four classes."""
    row = RateVersion(
        card_id=card_of(owner).id, valid_from=since, valid_to=until, made_at=NOW, proposed_at=NOW,
        made_by_id=by and by.id, proposed_by_id=by and by.id, **values,
    )  # fmt: skip
    row.prices = prices or [price(customer, units) for customer, units in HOURLY.items()]
    row.windows = windows or []
    keep(row)
    row.state, row.approved_at = "published", NOW
    return keep(row)
