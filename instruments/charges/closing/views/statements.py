"""Statements as pages and files: those of all creditors together for who pays, one with why each line costs that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges.chained import chain_words, chained
from instruments.charges.closing import papers, tables
from instruments.charges.closing.invoicing.file import serial_of
from instruments.charges.closing.invoicing.listed import of_statement, statement_number
from instruments.charges.closing.movements import accounts_that_paid, movements_of, on_account_of
from instruments.charges.closing.reminding import reminders_of
from instruments.charges.closing.seeing import (
    A_PAGE,
    is_own,
    lines_of,
    listed,
    mine,
    the_statement,
)
from instruments.charges.closing.setting_off import open_of_payer, owing_back
from instruments.charges.closing.settled import reference_of, steps, what_moved
from instruments.charges.closing.standing import standings, sums_of
from instruments.charges.closing.views.doors import note_lists, note_look, of_units, pages
from instruments.charges.closing.views.explaining import NOTHING, Explained, explained
from instruments.charges.closing.views.to_come import drafts_of
from instruments.charges.closing_models import Statement
from instruments.charges.wall import days_at, today_at
from instruments.documents.printing import pdf_of
from instruments.documents.sheets import as_csv, as_xlsx
from instruments.errors import Refusal
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.web import clock, paging
from instruments.web.downloads import download
from instruments.web.language import in_language
from instruments.web.reasons import by_field


@pages.get("/statements")
def all_statements() -> ResponseReturnValue:
    """What I pay, my group, my company: the statements of all creditors together."""
    actor = the_actor()
    found = paging.decode(request.args.get("before"), (str, int))
    rows = listed(mine(actor), (found[0], found[1]) if found else None, A_PAGE + 1)
    shown, cursor = paging.page(rows, A_PAGE, lambda row: [row.month, row.id])
    page = render_template(
        "charges/statements.html",
        months=_by_month(shown),
        drafts=[] if found else drafts_of(actor),
        open_sums=[each for each in sums_of(mine(actor)) if each.left] if rows else [],
        details=_whose_details(actor),
        standing=standings(shown),
        days=days_at({row.creditor_id for row in shown}, clock.now()),
        older=cursor and url_for(".all_statements", before=cursor),
        first=url_for(".all_statements") if found else None,
        payer_names=papers.payer_names,
    )
    note_lists(actor, {row.creditor_id for row in shown if not is_own(actor, row)}, "statements")
    return page


def _whose_details(actor: Actor) -> list[tuple[str, str]]:
    """Where one says what is to stand on invoices: one's own, and those of the institution whose money one sees to."""
    found = [(gettext("My invoice details"), url_for(".own_invoices"))]
    if actor.institution_id and may(actor, Action.INVOICE_DETAILS_SET, Scope(actor.institution_id)):
        address = url_for(".invoice_details", institution_id=actor.institution_id)
        found.insert(0, (gettext("Our invoice details"), address))
    return found


def _by_month(rows: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.month, []).append(row)
    return list(found.items())


@pages.get("/statements/<int:statement_id>")
def statement(statement_id: int) -> ResponseReturnValue:
    """One statement: what is due, and each line opens to why it costs that."""
    return shown_page(the_actor(), statement_id)


def shown_page(actor: Actor, statement_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    """The page of a statement, with why a payment was refused."""
    row = the_statement(actor, statement_id)
    after = request.args.get("after", 0, type=int)
    lines = lines_of(statement_id, max(after, 0), A_PAGE + 1)
    shown = lines[:A_PAGE]
    numbers = [line.charge_id for line in shown]
    why, chains = explained(numbers), chained(numbers)
    opens = row.programme_id is None or may(actor, Action.LEDGER_SEE, Scope(row.creditor_id))
    at, records = standings([row])[row.id], may(actor, Action.LEDGER_POST, Scope(row.creditor_id))
    page = render_template(
        "charges/statement.html",
        row=row,
        sender=in_language(row.sender["name_en"], row.sender["name_zh"]),
        payer=papers.payer_lines(row.payer),
        standing=at,
        lines=[
            _line(row, line, why.get(line.charge_id, NOTHING), opens, chain_words(chains.get(line.charge_id)))
            for line in shown
        ],
        totals=papers.totals(row),
        steps=steps(at),
        today=today_at(row.creditor_id, clock.now()),
        following=url_for(".statement", statement_id=statement_id, after=shown[-1].position)
        if len(lines) > A_PAGE
        else None,
        first=url_for(".statement", statement_id=statement_id) if after else None,
        after=after,
        movements=movements_of(statement_id),
        what_moved=what_moved,
        reference_of=reference_of,
        on_account=on_account_of(row) if records and at.left > 0 else (),
        accounts=accounts_that_paid(row) if records and at.left < 0 else (),
        to_pay=open_of_payer(row) if records and at.left < 0 else (),
        owing_back=owing_back(row) if records and at.left > 0 else (),
        invoices=of_statement(statement_id),
        reminders=reminders_of([statement_id]).get(statement_id, []),
        statement_number=statement_number,
        serial_of=serial_of,
        records=records,
        sees_books=may(actor, Action.LEDGER_SEE, Scope(row.creditor_id)),
        sees_netting=any(
            may(actor, Action.LEDGER_SEE, Scope(each)) for each in (row.creditor_id, row.payer_institution_id)
        ),
        reasons=by_field(refusal),
        typed=request.form,
    )
    noted(actor, row)
    return page, refusal.status if refusal else 200


def _line(
    row: Statement, line: Any, why: Explained, opens: bool, chain: Sequence[str] = ()
) -> dict[str, Any]:
    """A line in words, with its chain. opens: the reader sees its charge, which who runs a programme does not."""
    return {
        "position": line.position,
        "day": line.service_on,
        "what": papers.what(line),
        "lab": in_language(line.lab_en, line.lab_zh),
        "person": in_language(line.person_en, line.person_zh),
        "fund": line.fund_code,
        "charge": of_units(line.charge_units, row.currency),
        "programme": of_units(line.programme_units, row.currency) if line.programme_units else None,
        "pays": of_units(line.amount_units, row.currency),
        "earlier": papers.is_earlier(line, row.month),
        "state": line.state,
        "reason": line.reason,
        "chain": chain,
        "charge_id": line.charge_id,
        "address": f"/charges/{line.charge_id}" if opens else "",
        "why": why,
    }


@pages.get("/statements/<int:statement_id>.<any(pdf, xlsx, csv):kind>")
def file(statement_id: int, kind: str) -> Response:
    """A statement to take away, in the reader's language; the same bytes until something more comes in or goes back."""
    return file_of(statement_id, kind, shown=kind == "pdf")


def file_of(statement_id: int, kind: str, *, shown: bool = False) -> Response:
    """A statement as a file for who may see it, on a page and for a program; the look is noted."""
    actor = the_actor()
    row = the_statement(actor, statement_id)
    found = download(bytes_of(row, kind), kind, f"statement-{papers.number_of(row)}", shown=shown)
    noted(actor, row)
    return found


def bytes_of(row: Statement, kind: str) -> bytes:
    """A statement as pdf, csv or xlsx, in the language of who asks."""
    whole = (row, lines_of(row.id), movements_of(row.id), standings([row])[row.id])
    if kind == "pdf":
        return pdf_of(papers.paper_of(*whole))
    if kind == "csv":
        return as_csv(tables.whole_table_of(*whole))
    return as_xlsx(*tables.sheets_of(*whole))


def noted(actor: Actor, row: Statement) -> None:
    """Note that somebody looked at a statement that others pay."""
    if not is_own(actor, row):
        note_look(actor, ("statement", row.id), row.creditor_id)
