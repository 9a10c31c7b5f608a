"""Recall how a reservation is to be paid, and what it was quoted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select

from instruments.database import db
from instruments.errors import Reason
from instruments.funds.knowing import chargeable
from instruments.funds.models import Fund
from instruments.funds.programme_models import ProgrammeRow
from instruments.money import Money, total
from instruments.people.rights import Actor
from instruments.rates.kept import line_from_json, reasons_from_json
from instruments.rates.lines import Line
from instruments.reservations.payment import NOTHING_SAID, Part, Payment
from instruments.reservations.price_models import ReservationPayer, ReservationPrice, ReservationProgramme

_PRICE: Any = ReservationPrice.__table__
_PAYER: Any = ReservationPayer.__table__
_PROGRAMME: Any = ReservationProgramme.__table__


class PaidFrom(NamedTuple):
    """A fund that is to pay a share."""

    fund_id: int
    name_en: str
    name_zh: str
    percent: Decimal
    share: Money


class Borne(NamedTuple):
    """A programme that bears a part of a price. afterwards: whoever pays is asked for all, and claims this part back."""

    programme_id: int
    name_en: str
    name_zh: str
    amount: Money
    afterwards: bool = False


class Price(NamedTuple):
    """What a reservation was quoted, by line and reason, and who is to pay it. ceiling: the most it costs, if anything.

    priced_at: the moment whose prices they are.
    """

    total: Money
    ceiling: Money | None
    customer_class: str
    mode: str
    version_id: int
    lines: tuple[tuple[str, Line], ...]
    why: tuple[Reason, ...]
    paid_from: tuple[PaidFrom, ...]
    priced_at: datetime
    borne: tuple[Borne, ...] = ()

    @property
    def to_pay(self) -> Money:
        """What is left for those who pay, when programmes that settle directly have borne their part."""
        return self.total - total(
            (each.amount for each in self.borne if not each.afterwards), self.total.currency
        )


def payment_of(reservation_id: int) -> Payment:
    """How a reservation is to be paid, as it was said last. Three statements."""
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
    programmes = db.session.scalars(
        select(_PROGRAMME.c.programme_id)
        .where(_PROGRAMME.c.reservation_id == reservation_id)
        .order_by(_PROGRAMME.c.position)
    )
    counts = {code: Decimal(number) for code, number in price.counts.items()}
    return Payment(tuple(Part(*row) for row in rows), tuple(programmes), price.mode, counts)


def payment_for(user: Actor, reservation_id: int) -> Payment:
    """The same for somebody who gets the reservation: as before if they may charge all its funds, else from none."""
    before = payment_of(reservation_id)
    return before if before.fund_ids <= set(chargeable(user)) else replace(before, parts=(), programmes=())


def prices_of(reservation_ids: Collection[int]) -> dict[int, Price]:
    """What each was quoted; those without a price are left out. Three statements."""
    rows = db.session.execute(select(_PRICE).where(_PRICE.c.reservation_id.in_(reservation_ids))).all()
    if not rows:
        return {}
    numbers = [row.reservation_id for row in rows]
    paid, borne = _paid_from(numbers), _borne(numbers)
    return {
        row.reservation_id: _price(row, paid.get(row.reservation_id, ()), borne.get(row.reservation_id, ()))
        for row in rows
    }


def _price(row: Any, paid: Sequence[PaidFrom], borne: Sequence[Borne]) -> Price:
    currency = row.currency
    return Price(
        Money.from_units(row.quoted_units, currency),
        None if row.ceiling_units is None else Money.from_units(row.ceiling_units, currency),
        row.customer_class,
        row.mode,
        row.version_id,
        tuple((kept["class"], line_from_json(kept)) for kept in row.lines),
        reasons_from_json(row.why),
        tuple(paid),
        row.priced_at,
        tuple(borne),
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


def _borne(reservation_ids: Collection[int]) -> dict[int, list[Borne]]:
    one = ProgrammeRow
    rows = db.session.execute(
        select(
            _PROGRAMME.c.reservation_id, one.id, one.name_en, one.name_zh, _PROGRAMME.c.share_units, one.currency,
            one.afterwards,
        )
        .join(one, one.id == _PROGRAMME.c.programme_id)
        .where(_PROGRAMME.c.reservation_id.in_(reservation_ids))
        .order_by(_PROGRAMME.c.reservation_id, _PROGRAMME.c.position)
    )  # fmt: skip
    found: dict[int, list[Borne]] = {}
    for number, programme_id, name_en, name_zh, units, currency, afterwards in rows:
        borne = Borne(programme_id, name_en, name_zh, Money.from_units(units, currency), afterwards)
        found.setdefault(number, []).append(borne)
    return found
