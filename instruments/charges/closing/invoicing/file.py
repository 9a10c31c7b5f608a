"""The requests for invoices as a file for the tax system, with the columns that each institution set, and red ones apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from instruments.charges.closing.exporting import Layout, layout_of
from instruments.charges.closing.invoicing.items import items_of
from instruments.charges.closing.invoicing.parting import Line, Row, rows_of
from instruments.charges.closing.invoicing.planning import line_of
from instruments.charges.closing.papers import number_of
from instruments.charges.closing_models import Statement, StatementLine
from instruments.charges.invoice_models import ASKED, BLUE, RED, SPECIAL, Invoice, InvoiceItem, InvoiceLine
from instruments.charges.models import Charge
from instruments.database import db
from instruments.documents.sheets import Cell, Sheet, as_csv, as_xlsx
from instruments.errors import N_
from instruments.money import Money

_CHARGE: Any = Charge.__table__
_LINE: Any = StatementLine.__table__
# As tax offices write the two kinds; data of the file, whoever reads the page.
TYPE_WORDS = {False: "普通发票", True: "增值税专用发票"}
EXEMPT = "免税"
# The reason for a red letter whose invoice bears a wrong title.
WRONG = "开票有误"


@dataclass(frozen=True, slots=True)
class Told:
    """What a row of the file speaks of: the request, its statement, the row, its item, and what the line was for."""

    invoice: Invoice
    statement: Statement
    original: Invoice | None
    row: Row
    item: InvoiceItem | None
    line: Any

    def money(self, units: int) -> Decimal:
        """So many minor units as an amount."""
        return Money.from_units(units, self.invoice.currency).amount


def serial_of(invoice_id: int) -> str:
    """The number of a request, by which the tax system's answer names it."""
    return f"IC{invoice_id:08}"


def _of(thing: str, name: str) -> Callable[[Told], Cell]:
    return lambda told: str(getattr(getattr(told, thing), name, None) or "")


# By code: what it says, and its value.
COLUMNS: Mapping[str, tuple[str, Callable[[Told], Cell]]] = {
    "serial": (N_("Number of the request; the answer names it"), lambda told: serial_of(told.invoice.id)),
    "type": (N_("Ordinary or special"), lambda told: TYPE_WORDS[told.invoice.type == SPECIAL]),
    "tax_included": (N_("Whether amounts include tax: always"), lambda _: "是"),
    "title": (N_("Name of the buyer"), _of("invoice", "title")),
    "tax_number": (N_("Tax number of the buyer"), _of("invoice", "tax_number")),
    "address": (N_("Address of the buyer"), _of("invoice", "address")),
    "phone": (N_("Phone of the buyer"), _of("invoice", "phone")),
    "bank": (N_("Bank of the buyer"), _of("invoice", "bank")),
    "bank_account": (N_("Account of the buyer"), _of("invoice", "bank_account")),
    "mail": (N_("Mail address to which the invoice goes"), _of("invoice", "mail")),
    "item": (N_("Item"), _of("item", "name")),
    "item_code": (N_("Tax code of the item"), _of("item", "code")),
    "specification": (N_("Instrument, in Chinese"), lambda told: (told.line.instrument_zh or told.line.instrument_en)[:40]),
    "unit": (N_("Unit"), _of("item", "unit")),
    "quantity": (N_("Quantity: always 1, or −1"), lambda told: 1 if told.row.amount > 0 else -1),
    "price": (N_("Price of one, tax included"), lambda told: told.money(abs(told.row.amount))),
    "amount": (N_("Amount, tax included"), lambda told: told.money(told.row.amount)),
    "net": (N_("Amount without tax"), lambda told: told.money(told.row.amount - told.row.tax)),
    "tax": (N_("Tax"), lambda told: told.money(told.row.tax)),
    "rate": (N_("Tax rate, such as 0.06, or 免税"), lambda told: _rate(told.row.rate)),
    "preferred": (N_("Whether an exemption is claimed: 是 or 否"), lambda told: "否" if told.row.rate else "是"),
    "exemption": (N_("Exemption, where no tax is charged"), lambda told: _exemption(told)),
    "currency": (N_("Currency"), _of("invoice", "currency")),
    "note": (N_("Note: the statement and the day of the service"), lambda told: _note(told)),
    "statement": (N_("Number of the statement"), lambda told: number_of(told.statement)),
    "month": (N_("Month of the statement"), _of("statement", "month")),
    "seller": (N_("Name of the seller"), lambda told: told.statement.sender["name_zh"]),
    "seller_tax_number": (N_("Tax number of the seller"), lambda told: told.statement.sender["tax_number"]),
    "original_number": (N_("Red: number of the invoice that is taken back"), _of("original", "number")),
    "original_date": (N_("Red: day of that invoice"), lambda told: _day(told.original)),
    "reason": (N_("Red: why"), lambda told: WRONG if told.line.takes_back else told.line.reason[:200]),
}  # fmt: skip
_BUYER = (
    ("serial", "发票流水号"), ("type", "发票类型"), ("tax_included", "是否含税"), ("title", "购买方名称"),
    ("tax_number", "购买方纳税人识别号"), ("address", "购买方地址"), ("phone", "购买方电话"), ("bank", "购买方开户银行"),
    ("bank_account", "购买方银行账号"), ("mail", "购买方邮箱"),
)  # fmt: skip
_GOODS = (
    ("item", "项目名称"), ("item_code", "商品和服务税收编码"), ("specification", "规格型号"), ("unit", "单位"),
    ("quantity", "数量"), ("price", "单价"), ("amount", "金额"), ("rate", "税率"), ("preferred", "是否使用优惠政策"),
    ("exemption", "优惠政策类型"), ("note", "备注"),
)  # fmt: skip
_TAKEN_BACK = (("original_number", "原发票号码"), ("original_date", "原开票日期"), ("reason", "红冲原因"))


def _usual(*columns: tuple[str, str]) -> tuple[dict[str, str], ...]:
    return tuple({"code": code, "head": head} for code, head in columns)


# Until an institution sets others: the heads of both sheets that the tax authority's own table for many invoices has, in
# one, and before them of red letters, for which it has no table, what is taken back.
LAYOUTS: Mapping[str, Layout] = {
    BLUE: Layout("invoices", COLUMNS, _usual(*_BUYER, *_GOODS)),
    RED: Layout("red_invoices", COLUMNS, _usual(_BUYER[0], *_TAKEN_BACK, *_BUYER[1:5], *_GOODS)),
}


def _exemption(told: Told) -> str:
    return "" if told.row.rate else str(told.statement.sender["exemption"])


def _note(told: Told) -> str:
    return f"{number_of(told.statement)} {told.line.service_on:%Y-%m-%d}"


def _rate(rate: int) -> Cell:
    return Decimal(rate) / 10_000 if rate else EXEMPT


def _day(invoice: Invoice | None) -> str:
    return f"{invoice.issued_on:%Y-%m-%d}" if invoice is not None and invoice.issued_on else ""


def file_bytes(institution_id: int, colour: str, kind: str) -> bytes:
    """The file of a colour as csv or xlsx, in the columns that the institution set."""
    rows = file_of(institution_id, colour, layout_of(institution_id, LAYOUTS[colour]).columns)
    return as_csv(rows) if kind == "csv" else as_xlsx(Sheet("发票" if colour == BLUE else "红字", rows))


def file_of(institution_id: int, colour: str, columns: Sequence[Mapping[str, str]]) -> list[list[Cell]]:
    """Every request of a colour that has no number yet, a row for each of its rows, heads first, in a fixed order."""
    makers = [COLUMNS[each["code"]][1] for each in columns]
    return [
        [each["head"] for each in columns],
        *([make(told) for make in makers] for told in _told(institution_id, colour)),
    ]


def _told(institution_id: int, colour: str) -> list[Told]:
    original = aliased(Invoice)
    requests = db.session.execute(
        select(Invoice, Statement, original)
        .join(Statement, Statement.id == Invoice.statement_id)
        .outerjoin(original, original.id == Invoice.corrects_id)
        .where(
            Invoice.creditor_id == institution_id,
            Invoice.colour == colour,
            Invoice.state == ASKED,
            Invoice.withdrawn_at.is_(None),
        )
        .order_by(Invoice.id)
    ).all()
    lines, items = _lines([invoice.id for invoice, _, _ in requests]), items_of(institution_id)
    found = []
    for invoice, statement, corrected in requests:
        some = lines.get(invoice.id, [])
        by_place = {(line.statement_id, line.position): line for line in some}
        for row in rows_of([_signed(line) for line in some]):
            item = items.get(row.lab_id) or items.get(None)
            line = by_place[row.statement_id, row.position]
            found.append(Told(invoice, statement, corrected, row, item, line))
    return found


def _signed(row: Any) -> Line:
    """A line as it stands on its invoice: what a red letter takes back because of its title is below zero."""
    line = line_of(row)
    return replace(line, amount=-line.amount, tax=-line.tax) if row.takes_back else line


def _lines(invoice_ids: Sequence[int]) -> dict[int, list[Any]]:
    line, charge, origin = _LINE.c, _CHARGE.c, aliased(Charge)
    rows = db.session.execute(
        select(
            InvoiceLine.invoice_id, InvoiceLine.takes_back, _LINE, charge.tax_rate, charge.reverses_id, charge.about_id,
            origin.kind.label("origin_kind"), origin.about_id.label("origin_about"),
        )
        .join(_LINE, (line.statement_id == InvoiceLine.statement_id) & (line.position == InvoiceLine.position))
        .join(_CHARGE, charge.id == line.charge_id)
        .outerjoin(origin, origin.id == charge.reverses_id)
        .where(InvoiceLine.invoice_id.in_(invoice_ids))
        .order_by(InvoiceLine.invoice_id, line.position)
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.invoice_id, []).append(row)
    return found
