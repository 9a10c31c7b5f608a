"""What services cost, and on which papers that stands; many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select

from instruments.charges.closing.papers import number_of
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.invoice_models import ISSUED, Invoice, InvoiceLine
from instruments.charges.models import Charge
from instruments.charges.states import ADJUSTMENT, CREDIT, REVERSED, USE
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.money import Money

_CHARGE: Any = Charge.__table__
_LINE: Any = StatementLine.__table__
_STATEMENT: Any = Statement.__table__
_INVOICE: Any = Invoice.__table__
_INVOICE_LINE: Any = InvoiceLine.__table__
AT_ONCE = 2000
# What is given up later is no less a price: waivers and write-offs are left out, as in income.
PRICED = (USE, ADJUSTMENT, CREDIT)
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Charged:
    """What a service costs: the charge that holds, and what adjusts it. charge_id: of the use itself."""

    currency: str
    amount: Decimal
    charge_id: int


def charged_for(use_ids: Sequence[int]) -> dict[Key, Charged]:
    """By use and place among those whom it served; what is not priced yet is left out. One statement for each 2,000 uses."""
    found: dict[Key, Charged] = {}
    dialect, c = db.engine.dialect.name, _CHARGE.c
    asked = (
        select(
            c.use_id, c.customer, c.currency, func.sum(c.total_units).label("units"),
            func.min(case((c.kind == USE, c.id))).label("own"),
        )
        .where(among(c.use_id, dialect), c.kind.in_(PRICED), c.state != REVERSED, c.waits_for_second.is_(False))
        .group_by(c.use_id, c.customer, c.currency)
    )  # fmt: skip
    for begin in range(0, len(use_ids), AT_ONCE):
        numbers = {"numbers": as_parameter(use_ids[begin : begin + AT_ONCE], dialect)}
        for row in db.session.execute(asked, numbers):
            if row.own is not None:
                amount = Money.from_units(int(row.units), row.currency).amount
                found[row.use_id, row.customer] = Charged(row.currency, amount, row.own)
    return found


def papers_of(charged: Mapping[Key, Charged]) -> dict[Key, dict[str, str]]:
    """The numbers of the statement and the invoice on which each stands. One statement for each 2,000."""
    by_charge = {each.charge_id: key for key, each in charged.items()}
    numbers, dialect = sorted(by_charge), db.engine.dialect.name
    asked = (
        select(
            _LINE.c.charge_id, _STATEMENT.c.year, _STATEMENT.c.number,
            func.max(_INVOICE.c.number).label("invoice"),
        )
        .join(_STATEMENT, (_STATEMENT.c.id == _LINE.c.statement_id) & _STATEMENT.c.issued.is_(True))
        .outerjoin(
            _INVOICE_LINE,
            (_INVOICE_LINE.c.statement_id == _LINE.c.statement_id) & (_INVOICE_LINE.c.position == _LINE.c.position),
        )
        .outerjoin(_INVOICE, (_INVOICE.c.id == _INVOICE_LINE.c.invoice_id) & (_INVOICE.c.state == ISSUED))
        .where(among(_LINE.c.charge_id, dialect))
        .group_by(_LINE.c.charge_id, _STATEMENT.c.year, _STATEMENT.c.number)
        .order_by(_LINE.c.charge_id, _STATEMENT.c.year, _STATEMENT.c.number)
    )  # fmt: skip
    found: dict[Key, dict[str, str]] = {}
    for begin in range(0, len(numbers), AT_ONCE):
        some = {"numbers": as_parameter(numbers[begin : begin + AT_ONCE], dialect)}
        for row in db.session.execute(asked, some):
            papers = found.setdefault(by_charge[row.charge_id], {})
            papers.setdefault("service.statement", number_of(row))
            papers.setdefault("service.invoice", row.invoice or "")
    return found
