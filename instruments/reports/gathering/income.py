"""The ledger of income: what was issued in a period, by statement and instrument; a voucher is an invoice, else a statement."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from instruments.charges.closing.papers import number_of
from instruments.charges.closing_models import Closing, Statement, StatementLine
from instruments.charges.invoice_models import ISSUED, Invoice, InvoiceLine
from instruments.charges.models import Charge
from instruments.database import db
from instruments.money import Money
from instruments.people.models import Person
from instruments.reports.gathering.asked import Asked, Found, in_yuan
from instruments.reports.gathering.which import CNY

_STATEMENT: Any = Statement.__table__
_LINE: Any = StatementLine.__table__
_INVOICE: Any = Invoice.__table__
_INVOICE_LINE: Any = InvoiceLine.__table__
_CHARGE: Any = Charge.__table__
_CLOSING: Any = Closing.__table__
_PERSON: Any = Person.__table__
# What the ledger's own language says of every line.
SUMMARY = "仪器使用费（%s）"


class Income(NamedTuple):
    """What a year came to: how many vouchers, the sum in yuan, and what of it others than the owner pay."""

    vouchers: int
    total: Decimal
    external: Decimal


def found_income(asked: Asked) -> tuple[list[Found], int]:
    """The rows of the ledger, in the order of statements. One statement."""
    return [_row(asked, row) for row in _rows(asked)], 0


def income_of(asked: Asked) -> Income:
    """The sums of the ledger, of exact yuan. One statement."""
    rows = [row for row in _rows(asked) if row.currency == CNY]
    outside = [row for row in rows if row.payer_institution_id != row.creditor_id]
    return Income(len({_voucher(row) for row in rows}), _sum(rows), _sum(outside))


def _sum(rows: list[Any]) -> Decimal:
    return Money.from_units(sum(int(row.units) for row in rows), CNY).amount


def _rows(asked: Asked) -> Iterator[Any]:
    one, each = _STATEMENT.c, _sums(asked).subquery()
    found = (
        select(
            one.id, one.creditor_id, one.year, one.number, one.month, one.currency, one.issued_on, one.payer,
            one.payer_institution_id, _PERSON.c.name_zh, _PERSON.c.name_en, each,
        )
        .join(each, each.c.statement_id == one.id)
        .join(_CLOSING, _CLOSING.c.id == one.closing_id)
        .outerjoin(_PERSON, _PERSON.c.id == _CLOSING.c.started_by_id)
        .order_by(one.issued_on, one.id, each.c.lab_id, each.c.instrument_id)
    )  # fmt: skip
    yield from db.session.execute(found)


def _sums(asked: Asked) -> Select[Any]:
    """By statement, lab and instrument: what its lines come to, and the number of their invoice."""
    one, line = _STATEMENT.c, _LINE.c
    mine = (_INVOICE_LINE.c.statement_id == line.statement_id) & (_INVOICE_LINE.c.position == line.position)
    return (
        select(
            line.statement_id, line.lab_id, _CHARGE.c.instrument_id,
            func.max(line.instrument_zh).label("instrument_zh"), func.max(line.instrument_en).label("instrument_en"),
            func.max(_INVOICE.c.number).label("invoice"), func.sum(line.amount_units).label("units"),
        )
        .join(_STATEMENT, one.id == line.statement_id)
        .join(_CHARGE, _CHARGE.c.id == line.charge_id)
        .outerjoin(_INVOICE_LINE, mine)
        .outerjoin(_INVOICE, (_INVOICE.c.id == _INVOICE_LINE.c.invoice_id) & (_INVOICE.c.state == ISSUED))
        .where(
            one.creditor_id == asked.institution_id, one.issued.is_(True),
            one.issued_on >= asked.period.first, one.issued_on < asked.period.end,
        )
        .group_by(line.statement_id, line.lab_id, _CHARGE.c.instrument_id)
    )  # fmt: skip


def _voucher(row: Any) -> str:
    return str(row.invoice or number_of(row))


def _row(asked: Asked, row: Any) -> Found:
    amount = Money.from_units(int(row.units), row.currency).amount
    values = {
        "income.day": row.issued_on,
        "income.voucher": _voucher(row),
        "income.handler": row.name_zh or row.name_en or "",
        "income.summary": SUMMARY % row.month,
        "income.amount": amount if row.currency == CNY else None,
        "income.instrument": row.instrument_zh or row.instrument_en,
        "income.payer": " ".join(
            part for part in (row.payer.get("name_zh"), row.payer.get("group_zh")) if part
        ),
    }
    keys = [column.key for column in asked.sheet.columns if column.source == "income.amount"]
    lacks = () if row.currency == CNY else tuple(in_yuan(key, row.currency) for key in keys)
    key = f"statement:{row.id}:{row.lab_id}:{row.instrument_id or 0}"
    return Found(key, values, row.lab_id, row.instrument_id, lacks)
