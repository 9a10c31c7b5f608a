"""Write the prices of the invented world, and publish them as their institutions did: drafts first, then one by one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, update

from instruments.database import db
from instruments.demo.money.versions import Cards
from instruments.rates.models import (
    CustomerSplit,
    CustomerSplitMember,
    RateCard,
    RatePrice,
    RateVersion,
    RateWindow,
    Service,
)

_VERSION: Any = RateVersion.__table__


def publish(made: Cards) -> None:
    """Inside the deed that loads the world."""
    for model, rows in (
        (Service, made.services),
        (CustomerSplit, made.splits),
        (CustomerSplitMember, made.members),
        (RateCard, made.cards),
        (RateVersion, made.versions),
        (RateWindow, made.windows),
        (RatePrice, made.prices),
    ):
        if rows:
            db.session.execute(insert(model.__table__), rows)
    for number, approver, when in made.published:
        _set(number, state="published", approved_by_id=approver, approved_at=when)
    for number in made.proposed:
        _set(number, state="proposed")


def _set(number: int, **values: Any) -> None:
    db.session.execute(update(_VERSION).where(_VERSION.c.id == number).values(**values))
