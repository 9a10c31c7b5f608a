"""The ledger as finance and auditors read it: the trial balance of a month, and the history of an account."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason
from instruments.funds import books
from instruments.funds.books import Line
from instruments.funds.ledger_models import LedgerAccount
from instruments.funds.models import Fund
from instruments.funds.paying_in import month_now
from instruments.funds.seen_things import hidden
from instruments.funds.views.doors import pages
from instruments.funds.whose import is_own, may_see, note_look
from instruments.people.models import Institution, Person
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import require, the_actor
from instruments.typed import whole
from instruments.web import clock

A_PAGE = 50
A_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


@pages.get("/institutions/<int:institution_id>/ledger")
def trial_balance(institution_id: int) -> ResponseReturnValue:
    """Every account of an institution in a month, by currency."""
    home = db.session.get(Institution, institution_id)
    if home is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    actor = require(Action.LEDGER_SEE, Scope(institution_id))
    current = month_now(institution_id, clock.now())
    month = request.args.get("month", "")
    month = month if A_MONTH.fullmatch(month) else current
    lines = books.trial_balance(institution_id, month)
    by_currency: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_currency[line.currency].append(line)
    page = render_template(
        "funds/trial_balance.html",
        institution=home,
        month=month,
        months=sorted({*books.months(institution_id), current, month}, reverse=True),
        closed=month in books.closed_months(institution_id),
        by_currency=dict(by_currency),
        about=books.described([line.account_id for line in lines]),
        posts=may(the_actor(), Action.LEDGER_POST, Scope(institution_id)),
    )
    note_ledger_look(actor, institution_id)
    return page


def note_ledger_look(actor: Actor, institution_id: int) -> None:
    """Note that somebody looked through the accounts of all who owe or were paid."""
    now = clock.now()
    perform(lambda: note_look(actor, ("institution", institution_id), institution_id, now, "trial_balance"))


@pages.get("/ledger/accounts/<int:number>")
def account(number: int) -> ResponseReturnValue:
    """What was posted on one account, newest first; each amount leads to what it is for."""
    actor, row = the_actor(), the_account(the_actor(), number)
    before, entry = request.args.get("before", type=int), whole(request.args.get("entry", ""))
    before = entry + 1 if entry else before
    postings = books.history(number, before, A_PAGE + 1)
    shown = postings[:A_PAGE]
    others = books.described([each.other_id for each in shown] + [number])
    page = render_template(
        "funds/account.html",
        account=others[number],
        institution=db.session.get(Institution, row.institution_id),
        balance=books.balances([number])[number],
        postings=shown,
        hidden=hidden(actor, shown),
        others=others,
        people=names_of({each.person_id for each in shown} | {each.made_by_id for each in shown}),
        older=url_for(".account", number=number, before=shown[-1].id) if len(postings) > A_PAGE else None,
        before=before,
        opened=entry,
        reads_books=may(actor, Action.LEDGER_SEE, Scope(row.institution_id)),
    )
    note_account_look(actor, row)
    return page


def the_account(actor: Actor, number: int) -> LedgerAccount:
    """An account that the actor may see: of their institution's books, or of their fund; raises NotFound."""
    row = db.session.get(LedgerAccount, number)
    if row is not None:
        fund = db.session.get(Fund, row.fund_id) if row.fund_id else None
        if may(actor, Action.LEDGER_SEE, Scope(row.institution_id)) or (fund and may_see(actor, fund)):
            return row
    raise NotFound([Reason("no_account", None, N_("There is no such account."))])


def note_account_look(actor: Actor, row: LedgerAccount) -> None:
    """Note the look at any account but that of the actor's own fund: on each stands what others paid or owe."""
    fund = db.session.get(Fund, row.fund_id) if row.fund_id else None
    if fund is None or not is_own(actor, fund):
        thing, house, now = ("account", row.id), row.institution_id, clock.now()
        perform(lambda: note_look(actor, thing, house, now))


def names_of(numbers: set[int | None]) -> dict[int, Any]:
    """The names of people by their numbers."""
    wanted = [number for number in numbers if number is not None]
    if not wanted:
        return {}
    rows = db.session.execute(select(Person.id, Person.name_en, Person.name_zh).where(Person.id.in_(wanted)))
    return {row.id: row for row in rows}
