"""A statement as a table and as a workbook, in the language of whoever reads it; amounts are numbers that add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext

from instruments.charges.closing.papers import (
    Figures,
    booked,
    chains_among,
    number_of,
    payer_lines,
    totals,
    what,
)
from instruments.charges.closing.run_parts import run_parts
from instruments.charges.closing.settled import MOVED, kept, last_step, rows_of, steps
from instruments.charges.closing.standing import Standing
from instruments.charges.closing_models import Statement
from instruments.documents.sheets import Cell, Sheet
from instruments.web.language import in_language


def table_of(row: Statement, lines: Sequence[Any]) -> list[list[Cell]]:
    """The lines as a table with its heads, amounts as numbers."""
    money, parts, chains = Figures(row.currency), run_parts(lines), chains_among(lines)
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
                money.exact(line.tax_units),
                " ".join(
                    each for each in (parts.get(line.charge_id), chains.get(line.charge_id), line.reason) if each
                ),
            ]
            for line in lines
        ),
    ]  # fmt: skip


def whole_table_of(
    row: Statement, lines: Sequence[Any], movements: Sequence[Any], at: Standing
) -> list[list[Cell]]:
    """The lines, and below them in a column of its own what settled of them since: both columns come to what is left."""
    money, (heads, *rows) = Figures(row.currency), table_of(row, lines)
    before, after = (
        [("", label, "", "", units) for label, units in some] for some in (booked(row), kept(at))
    )
    moved = [*before, *rows_of(movements), *after]
    label, left = last_step(at)
    return [
        [*heads, gettext("Settled (−) or refunded (+)"), gettext("Remaining")],
        *([*each, "", ""] for each in rows),
        *(
            [*_empty_but(row, len(heads), day, said, account, reference), money.exact(units), ""]
            for day, said, account, reference, units in moved
        ),
        [*_empty_but(row, len(heads), "", label), "", money.exact(left)],
    ]


def _empty_but(row: Statement, width: int, day: str, said: str, *reasons: str) -> list[Cell]:
    """A row of the lines' columns that is no line: only its statement, day, what it is, currency and reason."""
    found: list[Cell] = [number_of(row), day, said, *([""] * (width - 3))]
    found[7], found[-1] = row.currency, " · ".join(each for each in reasons if each)
    return found


def sheets_of(row: Statement, lines: Sequence[Any], movements: Sequence[Any], at: Standing) -> list[Sheet]:
    """The statement as a workbook: what it comes to and what is left, its lines, and what came in and went back."""
    money = Figures(row.currency)
    head: list[list[Cell]] = [
        [gettext("Statement"), number_of(row)],
        [gettext("From"), in_language(row.sender["name_en"], row.sender["name_zh"])],
        [gettext("To"), ", ".join(payer_lines(row.payer))],
        [gettext("Month"), row.month],
        [gettext("Issued"), f"{row.issued_on:%Y-%m-%d}"],
        [gettext("Due"), f"{row.due_on:%Y-%m-%d}"],
        [gettext("Currency"), row.currency],
        *([label, money.exact(units)] for label, units in (*totals(row), *steps(at))),
    ]
    found = [
        Sheet(gettext("Statement"), head, (32, 40)),
        Sheet(gettext("Lines"), table_of(row, lines), (12, 12, 36, 30, 18, 16, 10, 10, 14, 14, 14, 14, 30)),
    ]
    if movements:
        heads: list[Cell] = [gettext(each) for each in MOVED]
        rows = [[*said, money.exact(units)] for *said, units in rows_of(movements)]
        found.append(Sheet(gettext("Received and refunded"), [heads, *rows], (12, 16, 30, 30, 14)))
    return found
