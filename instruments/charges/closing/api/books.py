"""The books of a month for programs: income by lab, the journal as a file and its columns, and the billing details."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response

from instruments.charges.closing.api.telling import api, files, text
from instruments.charges.closing.billing import DAYS, TEXTS, set_details
from instruments.charges.closing.exporting import COLUMNS, layout_of, set_layout
from instruments.charges.closing.income import PARTS, Split, earned, proofs
from instruments.charges.closing.letterheads import details
from instruments.charges.closing.schemas import (
    BillingIn,
    BillingOut,
    IncomeOut,
    JournalLayoutIn,
    JournalLayoutOut,
)
from instruments.charges.closing.views import books
from instruments.charges.closing.views.doors import HOUSE, month_of, note_look, the_house
from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, takes, whole

MONTH = f"{HOUSE}/months/<string:month>"
BILLING = f"{HOUSE}/billing"
LAYOUT = f"{HOUSE}/journal-layout"


@api.get(f"{MONTH}/income")
@token_required("money:read")
@api.output(IncomeOut)
@api.doc(responses=[404])
def income(institution_id: int, month: str) -> Response:
    """What each lab earned in a month, how it splits, and what the ledger says of the same: finance and auditors."""
    actor, _ = the_house(institution_id)
    rows = earned(institution_id, month_of(month))
    names = ("lab_id", "name_en", "name_zh", "currency")
    items = [{name: getattr(row, name) for name in names} | _sums(row.split, row.currency) for row in rows]
    ledger = [
        {"currency": each.currency, "agrees": each.agrees} | _sums(each.ledger, each.currency)
        for each in proofs(institution_id, month, rows)
    ]
    note_look(actor, ("institution", institution_id), institution_id, f"income {month}")
    return answer({"items": items, "ledger": ledger})


def _sums(split: Split, currency: str) -> dict[str, str]:
    return {name: text(getattr(split, name), currency) for name in PARTS}


@api.get(f"{MONTH}/income.<any(csv, xlsx):kind>")
@token_required("money:read")
@api.doc(responses=files("What each lab earned in the month, and what the ledger says", "csv", "xlsx"))
def income_file(institution_id: int, month: str, kind: str) -> Response:
    """What each lab earned in a month as a table, with what the ledger says below it."""
    return books.income_file(institution_id, month, kind)


@api.get(f"{MONTH}/journal.<any(csv, xlsx):kind>")
@token_required("money:read")
@api.doc(responses=files("Every entry of the month in the columns of the institution", "csv", "xlsx"))
def journal_file(institution_id: int, month: str, kind: str) -> Response:
    """The journal of a month, for the finance system; the same bytes whenever it is asked for."""
    return books.journal_file(institution_id, month, kind)


@api.get(LAYOUT)
@token_required("money:read")
@api.output(JournalLayoutOut)
@api.doc(responses=[404])
def journal_layout(institution_id: int) -> Response:
    """The columns of the journal; its ETag is what a change must name."""
    the_house(institution_id, Action.CHARGING_SET)
    return _layout(institution_id)


@api.put(LAYOUT)
@token_required("money:write")
@takes(api, JournalLayoutIn)
@api.output(JournalLayoutOut)
@api.doc(responses=[404, 412, 428])
def set_journal_layout(institution_id: int, wanted: Incoming[JournalLayoutIn]) -> Response:
    """Set the columns in their order. Needs If-Match."""
    actor, _ = the_house(institution_id, Action.CHARGING_SET)
    version = versions.matched(layout_of(institution_id).version)
    columns = [{"code": each.code, "head": each.head} for each in whole(wanted).columns]
    perform(partial(set_layout, institution_id, columns, version, clock.now(), actor.person_id))
    return _layout(institution_id)


def _layout(institution_id: int) -> Response:
    row = layout_of(institution_id)
    found = {"columns": row.columns, "codes": list(COLUMNS), "version": row.version}
    return answer(found, version=row.version)


@api.get(BILLING)
@token_required("money:read")
@api.output(BillingOut)
@api.doc(responses=[404])
def billing(institution_id: int) -> Response:
    """What an institution's statements say of itself; its ETag is what a change must name."""
    the_house(institution_id, Action.CHARGING_SET)
    return _billing(institution_id)


@api.patch(BILLING)
@token_required("money:write")
@takes(api, BillingIn)
@api.output(BillingOut)
@api.doc(responses=[404, 412, 428])
def set_billing(institution_id: int, wanted: Incoming[BillingIn]) -> Response:
    """Change it for statements issued from now on. Needs If-Match."""
    actor, _ = the_house(institution_id, Action.CHARGING_SET)
    version = versions.matched(details(institution_id).version)
    said: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in whole(wanted).model_dump(exclude_none=True).items()
    }
    perform(partial(set_details, institution_id, said, version, clock.now(), actor.person_id))
    return _billing(institution_id)


def _billing(institution_id: int) -> Response:
    row = details(institution_id)
    found = {name: getattr(row, name) for name in (*TEXTS, *DAYS, "version")}
    return answer(found, version=row.version)
