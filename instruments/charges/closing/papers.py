"""A statement as a printed document and as tables, in the language of whoever reads it; dates and figures in full."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from instruments.charges.closing_models import Statement
from instruments.charges.states import NAMES
from instruments.documents.paper import RIGHT, Column, Letterhead, Paper, Paragraphs, Table
from instruments.documents.sheets import Cell, Sheet
from instruments.money import Money
from instruments.web import wording
from instruments.web.language import in_language, is_chinese


def number_of(row: Any) -> str:
    """The running number of a statement of its creditor, "2026-0047"."""
    return f"{row.year}-{row.number:04}"


def payer_lines(payer: dict[str, str]) -> list[str]:
    """To whom it goes: the group before its institution, and what its invoices say."""
    group = in_language(payer.get("group_en", ""), payer.get("group_zh", ""))
    name = in_language(payer["name_en"], payer["name_zh"])
    tax = payer.get("tax_number", "")
    title = payer.get("title", "")
    return [
        each
        for each in (
            group,
            name,
            title if title != name else "",
            gettext("Tax number %(number)s", number=tax) if tax else "",
        )
        if each
    ]


def what(line: Any) -> str:
    """The instrument of a line, or what else it is for."""
    name = in_language(line.instrument_en, line.instrument_zh)
    kind = "" if line.kind == "use" and name else gettext(NAMES[line.kind])
    return " · ".join(each for each in (kind, name) if each)


def is_earlier(line: Any, month: str) -> bool:
    """Whether it was used in a month before that of the statement."""
    return f"{line.service_on:%Y-%m}" < month


def paper_of(row: Statement, lines: Sequence[Any]) -> Paper:
    """The statement as it is printed, on the letterhead that was kept with it."""
    sender, money = row.sender, _Figures(row.currency)
    table = Table(
        (
            Column(gettext("Day")), Column(gettext("What"), width=3), Column(gettext("Person"), width=2),
            Column(gettext("Fund"), width=1), Column(gettext("Amount, %(currency)s", currency=row.currency), RIGHT),
        ),
        tuple(_printed(line, row.month, money) for line in lines),
        tuple(("", label, "", "", money.plain(units)) for label, units in totals(row)),
    )  # fmt: skip
    name = in_language(sender["name_en"], sender["name_zh"])
    other = sender["name_zh"] if name == sender["name_en"] else sender["name_en"]
    return Paper(
        language="zh" if is_chinese() else "en",
        title=gettext("Statement %(number)s", number=number_of(row)),
        letterhead=Letterhead(
            tuple(each for each in (name, other if other != name else "") if each),
            tuple(_sender_details(sender)),
            tuple(payer_lines(row.payer)),
        ),
        facts=_facts(row, money),
        blocks=(table, *_ending(row)),
        footer=f"{name} · {number_of(row)} · {row.month}",
        page_of=gettext("Page {page} of {pages}"),
    )


class _Figures:
    """Amounts of one currency from minor units."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def exact(self, units: int) -> Decimal:
        return Money.from_units(units, self.currency).amount

    def plain(self, units: int) -> str:
        return wording.amount(self.exact(units), self.currency)

    def full(self, units: int) -> str:
        return wording.money(self.exact(units), self.currency, "zh" if is_chinese() else "en")


def totals(row: Any) -> list[tuple[str, int]]:
    """What the lines come to: the total, what of it moved already, what is due, and the tax within it."""
    found = [(gettext("Total"), row.total_units)]
    if row.internal_units:
        found.append((gettext("Booked on funds within the institution"), -row.internal_units))
    if row.prepaid_units:
        found.append((gettext("Taken from what was paid ahead"), -row.prepaid_units))
    found.append((gettext("To pay"), row.due_units))
    if row.tax_units:
        found.append((gettext("Tax included in the total"), row.tax_units))
    return found


def _facts(row: Statement, money: _Figures) -> tuple[tuple[str, str], ...]:
    facts = [
        (gettext("To pay"), money.full(row.due_units)),
        (gettext("Due"), f"{row.due_on:%Y-%m-%d}"),
        (gettext("Month"), row.month),
        (gettext("Issued"), f"{row.issued_on:%Y-%m-%d}"),
        (gettext("Lines"), str(row.lines)),
    ]
    return tuple(facts if row.due_units > 0 else [facts[0], *facts[2:]])


def _sender_details(sender: dict[str, str]) -> list[str]:
    tax = sender["tax_number"]
    return [
        each
        for each in (
            in_language(sender["address_en"], sender["address_zh"]), sender["contact"],
            gettext("Tax number %(number)s", number=tax) if tax else "",
        )
        if each
    ]  # fmt: skip


def _printed(line: Any, month: str, money: _Figures) -> tuple[str, ...]:
    lab = in_language(line.lab_en, line.lab_zh)
    notes = [lab]
    if line.charge_units != line.amount_units:
        notes.append(gettext("Your part of %(amount)s", amount=money.full(line.charge_units)))
    if line.programme_units:
        notes.append(gettext("%(amount)s borne by a programme", amount=money.full(line.programme_units)))
    if line.reason:
        notes.append(wording.own_words(line.reason, "zh" if is_chinese() else "en"))
    day = f"{line.service_on:%Y-%m-%d}"
    return (
        "\n".join([day, gettext("from an earlier month")] if is_earlier(line, month) else [day]),
        "\n".join([what(line), *notes]),
        in_language(line.person_en, line.person_zh),
        line.fund_code,
        money.plain(line.amount_units),
    )


def _ending(row: Statement) -> list[Paragraphs]:
    sender, texts = row.sender, []
    if row.due_units > 0 and sender["bank_account"]:
        texts.append(
            gettext(
                "Please pay to %(bank)s, account %(account)s, naming %(number)s.",
                bank=sender["bank"], account=sender["bank_account"], number=number_of(row),
            )
        )  # fmt: skip
    texts += [sender["exemption"], in_language(sender["note_en"], sender["note_zh"])]
    texts.append(gettext("Each charge can be disputed until %(day)s.", day=f"{row.due_on:%Y-%m-%d}"))
    return [Paragraphs(tuple(each for each in texts if each))]


def table_of(row: Statement, lines: Sequence[Any]) -> list[list[Cell]]:
    """The lines as a table with its heads, amounts as numbers."""
    money = _Figures(row.currency)
    heads: list[Cell] = [
        gettext("Statement"), gettext("Day"), gettext("What"), gettext("Lab"), gettext("Person"), gettext("Fund"),
        gettext("Charge"), gettext("Currency"), gettext("Amount of the charge"), gettext("Borne by a programme"),
        gettext("You pay"), gettext("Tax included"), gettext("Reason"),
    ]  # fmt: skip
    return [
        heads,
        *(
            [
                number_of(row), f"{line.service_on:%Y-%m-%d}", what(line), in_language(line.lab_en, line.lab_zh),
                in_language(line.person_en, line.person_zh), line.fund_code, line.charge_id, row.currency,
                money.exact(line.charge_units), money.exact(line.programme_units), money.exact(line.amount_units),
                money.exact(line.tax_units), line.reason,
            ]
            for line in lines
        ),
    ]  # fmt: skip


def sheets_of(row: Statement, lines: Sequence[Any]) -> list[Sheet]:
    """The statement as a workbook: what it comes to, and its lines."""
    money = _Figures(row.currency)
    head: list[list[Cell]] = [
        [gettext("Statement"), number_of(row)],
        [gettext("From"), in_language(row.sender["name_en"], row.sender["name_zh"])],
        [gettext("To"), ", ".join(payer_lines(row.payer))],
        [gettext("Month"), row.month],
        [gettext("Issued"), f"{row.issued_on:%Y-%m-%d}"],
        [gettext("Due"), f"{row.due_on:%Y-%m-%d}"],
        [gettext("Currency"), row.currency],
        *([label, money.exact(units)] for label, units in totals(row)),
    ]
    return [
        Sheet(gettext("Statement"), head, (32, 40)),
        Sheet(gettext("Lines"), table_of(row, lines), (12, 12, 36, 30, 18, 16, 10, 10, 14, 14, 14, 14, 30)),
    ]
