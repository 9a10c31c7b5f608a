"""A statement as a printed document, in the language of whoever reads it; dates and figures in full."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from instruments.charges.chained import chain_words, chained
from instruments.charges.closing.run_parts import run_parts
from instruments.charges.closing.settled import MOVED, last_step, rows_of, steps
from instruments.charges.closing.standing import Standing
from instruments.charges.closing_models import Statement
from instruments.charges.states import NAMES
from instruments.documents.paper import RIGHT, Column, Letterhead, Paper, Paragraphs, Table
from instruments.money import Money
from instruments.web import formats, wording
from instruments.web.language import in_language, is_chinese


def number_of(row: Any) -> str:
    """The running number of a statement of its creditor, "2026-0047"."""
    return f"{row.year}-{row.number:04}"


def payer_lines(payer: dict[str, str]) -> list[str]:
    """To whom it goes: the group before its institution, and what its invoices say."""
    names, tax, title = payer_names(payer), payer.get("tax_number", ""), payer.get("title", "")
    more = (
        title if title != names[-1] else "",
        gettext("Tax number %(number)s", number=tax) if tax else "",
    )
    return [*names, *(each for each in more if each)]


def payer_names(payer: dict[str, str]) -> list[str]:
    """The group before its institution, or whoever else it goes to: enough in a list of many."""
    group = in_language(payer.get("group_en", ""), payer.get("group_zh", ""))
    return [each for each in (group, in_language(payer["name_en"], payer["name_zh"])) if each]


def what(line: Any) -> str:
    """The instrument of a line, or what else it is for."""
    name = in_language(line.instrument_en, line.instrument_zh)
    kind = "" if line.kind == "use" and name else gettext(NAMES[line.kind])
    return " · ".join(each for each in (kind, name) if each)


def is_earlier(line: Any, month: str) -> bool:
    """Whether it was used in a month before that of the statement."""
    return f"{line.service_on:%Y-%m}" < month


def paper_of(row: Statement, lines: Sequence[Any], movements: Sequence[Any], at: Standing) -> Paper:
    """The statement as it is printed, on the letterhead that was kept with it, and below what came in and went back since."""
    sender, money, chains, parts = row.sender, Figures(row.currency), chains_among(lines), run_parts(lines)
    table = Table(
        (
            Column(gettext("Day")), Column(gettext("What"), width=3), Column(gettext("Person"), width=2),
            Column(gettext("Fund"), width=1), Column(gettext("Amount, %(currency)s", currency=row.currency), RIGHT),
        ),
        tuple(
            _printed(line, row.month, money, parts.get(line.charge_id), chains.get(line.charge_id)) for line in lines
        ),
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
        facts=_facts(row, money, at),
        blocks=(table, *_settled(movements, at, money), *_ending(row, at)),
        footer=f"{name} · {number_of(row)} · {formats.month(row.month)}",
        page_of=gettext("Page {page} of {pages}"),
    )


def full_day(value: date) -> str:
    """A date on paper, always with its year: "14 Mar 2027", "2027年3月14日"."""
    return wording.days(value, value, "zh" if is_chinese() else "en")


class Figures:
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
    found = [(gettext("Total"), row.total_units), *booked(row), (gettext("To pay"), row.due_units)]
    if row.tax_units:
        found.append((gettext("Tax included in the total"), row.tax_units))
    return found


def booked(row: Any) -> list[tuple[str, int]]:
    """What of the total had moved before it was issued."""
    found = [
        (gettext("Booked on funds within the institution"), -row.internal_units),
        (gettext("Taken from what was paid ahead"), -row.prepaid_units),
    ]
    return [(label, units) for label, units in found if units]


def _settled(movements: Sequence[Any], at: Standing, money: Figures) -> list[Table]:
    """What came in and went back, and from what was to be paid to what is left."""
    if not movements:
        return []
    day, said, account, reference, _ = (gettext(each) for each in MOVED)
    columns = (
        Column(day), Column(said), Column(account, width=2), Column(reference, width=2),
        Column(gettext("Amount, %(currency)s", currency=money.currency), RIGHT),
    )  # fmt: skip
    rows = tuple((*said, money.plain(units)) for *said, units in rows_of(movements))
    totals = tuple(
        ("", label, "", "", money.plain(units)) for label, units in ((gettext("To pay"), at.due), *steps(at))
    )
    return [Table(columns, rows, totals, title=gettext("Received and refunded"))]


def _facts(row: Statement, money: Figures, at: Standing) -> tuple[tuple[str, str], ...]:
    label, left = last_step(at)
    facts = [
        (gettext("To pay"), money.full(row.due_units))
        if left == row.due_units
        else (label, money.full(left)),
        (gettext("Due"), full_day(row.due_on)),
        (gettext("Month"), formats.month(row.month)),
        (gettext("Issued"), full_day(row.issued_on)),
        (gettext("Lines"), formats.count(row.lines)),
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


def chains_among(lines: Sequence[Any]) -> dict[int, str]:
    """By charge, what the lines of a statement take back or replace among themselves and of earlier ones. What came after
    them is no part of it."""
    own = {line.charge_id for line in lines}
    found = chained(own)
    return {number: " ".join(chain_words(each, own)) for number, each in found.items()}


def _printed(line: Any, month: str, money: Figures, part: str | None, chain: str | None) -> tuple[str, ...]:
    lab = in_language(line.lab_en, line.lab_zh)
    notes = [lab]
    if line.charge_units != line.amount_units:
        notes.append(gettext("Your part of %(amount)s", amount=money.full(line.charge_units)))
    if line.programme_units:
        notes.append(gettext("%(amount)s borne by a programme", amount=money.full(line.programme_units)))
    notes += [each for each in (part, chain) if each]
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


def _ending(row: Statement, at: Standing) -> list[Paragraphs]:
    sender, texts = row.sender, []
    if at.left > 0 and sender["bank_account"]:
        bank = wording.own_words(sender["bank"], "zh" if is_chinese() else "en")
        texts.append(
            gettext(
                "Please pay to %(bank)s, account %(account)s, naming %(number)s.",
                bank=bank, account=sender["bank_account"], number=number_of(row),
            )
        )  # fmt: skip
    texts += [sender["exemption"], in_language(sender["note_en"], sender["note_zh"])]
    texts.append(gettext("Each charge can be disputed until %(day)s.", day=full_day(row.due_on)))
    return [Paragraphs(tuple(each for each in texts if each))]
