"""Statements for programs: one's own or those of an institution, one with its lines and why each costs that, and as files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Response

from instruments.charges.closing.api.telling import api, files, payer_told, text
from instruments.charges.closing.papers import number_of
from instruments.charges.closing.schemas import (
    MonthEndPageQuery,
    StatementLinesOut,
    StatementOut,
    StatementsOut,
    StatementsQuery,
)
from instruments.charges.closing.seeing import (
    chains,
    is_own,
    lines_of,
    listed,
    mine,
    runs,
    the_statement,
)
from instruments.charges.closing.standing import Standing, standings
from instruments.charges.closing.views.doors import note_lists, nothing_here, the_house
from instruments.charges.closing.views.statements import file_of, noted
from instruments.charges.closing_models import Statement
from instruments.charges.wall import days_at, today_at
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.rates.kept import reasons_from_json
from instruments.web import clock, paging
from instruments.web.answers import answer
from instruments.web.incoming import asks
from instruments.web.reasons import sentence

ONE = "/statements/<int:statement_id>"


@api.get("/statements")
@token_required("money:read")
@asks(api, StatementsQuery)
@api.output(StatementsOut)
@api.doc(responses=[404])
def statements(query: StatementsQuery) -> Response:
    """What I, my group or my company pay, of all creditors together; what an institution issued, for its finance; or what is
    claimed of a programme, for who runs it."""
    actor, one = the_actor(), Statement.__table__.c
    own = query.institution_id is None and query.programme_id is None
    where = mine(actor) if own else one.issued.is_(True)
    if query.institution_id is not None:
        the_house(query.institution_id)
        where &= one.creditor_id == query.institution_id
    if query.programme_id is not None:
        if query.institution_id is None and not runs(actor, query.programme_id):
            raise nothing_here()
        where &= one.programme_id == query.programme_id
    if query.month is not None:
        where &= one.month == query.month
    after = paging.decode(query.cursor, (str, int))
    rows = listed(where, (after[0], after[1]) if after else None, query.limit + 1)
    shown, following = paging.page(rows, query.limit, lambda row: [row.month, row.id])
    at = standings(shown)
    days = days_at({row.creditor_id for row in shown}, clock.now())
    items = [statement_told(row, at[row.id], days[row.creditor_id]) for row in shown]
    note_lists(actor, {row.creditor_id for row in shown if not is_own(actor, row)}, "statements")
    return answer({"items": items, "next": following})


@api.get(ONE)
@token_required("money:read")
@api.output(StatementOut)
@api.doc(responses=[404])
def statement(statement_id: int) -> Response:
    """One statement, with what is paid and left."""
    actor = the_actor()
    row = the_statement(actor, statement_id)
    today = today_at(row.creditor_id, clock.now())
    found = statement_told(row, standings([row])[row.id], today)
    noted(actor, row)
    return answer(found)


@api.get(f"{ONE}/lines")
@token_required("money:read")
@asks(api, MonthEndPageQuery)
@api.output(StatementLinesOut)
@api.doc(responses=[404])
def statement_lines(statement_id: int, query: MonthEndPageQuery) -> Response:
    """Its lines in their order, each with why the charge costs that."""
    actor = the_actor()
    row = the_statement(actor, statement_id)
    after = paging.decode(query.cursor, (int,))
    rows = lines_of(statement_id, after[0] if after else 0, query.limit + 1)
    shown, following = paging.page(rows, query.limit, lambda line: [line.position])
    why = chains([line.charge_id for line in shown])
    items = [_line(line, row.currency, why.get(line.charge_id, ())) for line in shown]
    noted(actor, row)
    return answer({"items": items, "next": following})


@api.get(f"{ONE}.<any(pdf, xlsx, csv):kind>")
@token_required("money:read")
@api.doc(responses=files("It as it is printed, as a workbook, its lines as a table", "pdf", "xlsx", "csv"))
def statement_file(statement_id: int, kind: str) -> Response:
    """The statement as a file, in the language that is asked for; the same bytes until something comes in or goes back."""
    return file_of(statement_id, kind)


def statement_told(row: Any, at: Standing, today: date) -> dict[str, Any]:
    """A statement with how far it is paid; today: on the wall of who issued it."""
    currency = row.currency
    payer = (row.payer_institution_id, row.payer_group_id, row.payer_person_id, row.programme_id)
    sums = {
        "total": row.total_units, "internal": row.internal_units, "prepaid": row.prepaid_units, "due": row.due_units,
        "tax": row.tax_units, "paid": at.paid, "received": at.received, "elsewhere": at.elsewhere,
        "given_back": at.given_back, "on_account": at.on_account, "set_off": at.set_off, "left": at.left, "disputed": at.disputed,
        "overdue": at.overdue(today),
    }  # fmt: skip
    names = ("id", "month", "creditor_id", "currency", "lines", "issued_on", "due_on")
    return {name: getattr(row, name) for name in names} | {
        "number": number_of(row),
        "payer": payer_told(payer, row.payer),
        **{name: text(units, currency) for name, units in sums.items()},
    }


def _line(line: Any, currency: str, why: Sequence[Any]) -> dict[str, Any]:
    names = (
        "position", "charge_id", "kind", "service_on", "lab_en", "lab_zh", "instrument_en", "instrument_zh", "person_en",
        "person_zh", "fund_code", "route", "state", "reason",
    )  # fmt: skip
    return {name: getattr(line, name) for name in names} | {
        "charge_amount": text(line.charge_units, currency),
        "programme_amount": text(line.programme_units, currency),
        "amount": text(line.amount_units, currency),
        "tax": text(line.tax_units, currency),
        "why": [[sentence(reason) for reason in reasons_from_json(each.why)] for each in why],
    }
