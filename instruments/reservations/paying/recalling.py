"""Recall how a reservation is to be paid, and what it was quoted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select

from instruments.database import db
from instruments.errors import Reason
from instruments.funds.knowing import chargeable
from instruments.funds.models import Fund
from instruments.money import Money
from instruments.people.rights import Actor
from instruments.rates.kept import line_from_json, reasons_from_json
from instruments.rates.lines import Line
from instruments.reservations.payment import NOTHING_SAID, Part, Payment
from instruments.reservations.price_models import ReservationPayer, ReservationPrice

_PRICE: Any = ReservationPrice.__table__
_PAYER: Any = ReservationPayer.__table__


class PaidFrom(NamedTuple):
    """A fund that is to pay a share."""

    fund_id: int
    name_en: str
    name_zh: str
    percent: Decimal
    share: Money


class Price(NamedTuple):
    """What a reservation was quoted, by line and reason, and who is to pay it. ceiling: the most it costs, if anything."""

    total: Money
    ceiling: Money | None
    customer_class: str
    mode: str
    version_id: int
    lines: tuple[tuple[str, Line], ...]
    why: tuple[Reason, ...]
    paid_from: tuple[PaidFrom, ...]


def payment_of(reservation_id: int) -> Payment:
    """How a reservation is to be paid, as it was said last. Two statements."""
    price = db.session.execute(
        select(_PRICE.c.mode, _PRICE.c.counts).where(_PRICE.c.reservation_id == reservation_id)
    ).first()
    if price is None:
        return NOTHING_SAID
    rows = db.session.execute(
        select(_PAYER.c.fund_id, _PAYER.c.percent)
        .where(_PAYER.c.reservation_id == reservation_id)
        .order_by(_PAYER.c.position)
    )
    counts = {code: Decimal(number) for code, number in price.counts.items()}
    return Payment(tuple(Part(*row) for row in rows), mode=price.mode, counts=counts)


def payment_for(user: Actor, reservation_id: int) -> Payment:
    """The same for somebody who gets the reservation: as before if they may charge all its funds, else from none."""
    before = payment_of(reservation_id)
    return before if before.fund_ids <= set(chargeable(user)) else replace(before, parts=())


def prices_of(reservation_ids: Collection[int]) -> dict[int, Price]:
    """What each was quoted; those without a price are left out. Two statements."""
    rows = db.session.execute(select(_PRICE).where(_PRICE.c.reservation_id.in_(reservation_ids))).all()
    paid = _paid_from([row.reservation_id for row in rows])
    return {row.reservation_id: _price(row, tuple(paid.get(row.reservation_id, ()))) for row in rows}


def _price(row: Any, paid: tuple[PaidFrom, ...]) -> Price:
    currency = row.currency
    return Price(
        Money.from_units(row.quoted_units, currency),
        None if row.ceiling_units is None else Money.from_units(row.ceiling_units, currency),
        row.customer_class,
        row.mode,
        row.version_id,
        tuple((kept["class"], line_from_json(kept)) for kept in row.lines),
        reasons_from_json(row.why),
        paid,
    )


def _paid_from(reservation_ids: Collection[int]) -> dict[int, list[PaidFrom]]:
    rows = db.session.execute(
        select(
            _PAYER.c.reservation_id, Fund.id, Fund.name_en, Fund.name_zh, _PAYER.c.percent, _PAYER.c.share_units,
            Fund.currency,
        )
        .join(Fund, Fund.id == _PAYER.c.fund_id)
        .where(_PAYER.c.reservation_id.in_(reservation_ids))
        .order_by(_PAYER.c.reservation_id, _PAYER.c.position)
    )  # fmt: skip
    found: dict[int, list[PaidFrom]] = {}
    for number, fund_id, name_en, name_zh, percent, units, currency in rows:
        share = Money.from_units(units, currency)
        found.setdefault(number, []).append(PaidFrom(fund_id, name_en, name_zh, percent, share))
    return found
