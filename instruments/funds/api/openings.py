"""Opening balances of many funds for programs: a file, what each row would do, and all of them brought in as seen."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel

from instruments.catalog.views.uploads import a_table
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, gathered
from instruments.funds.api.telling import api
from instruments.funds.opening_files import OUTCOMES, bring_in_all, check_openings, mark_of
from instruments.funds.views.openings import books_of, rows_of
from instruments.people.bearer import token_required
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.limits import limiter
from instruments.web.multipart import Arriving, takes_files
from instruments.web.reasons import as_listed
from instruments.web.shapes import Asked

THE_FILE = a_table(
    "CSV or XLSX with the columns fund, amount and reason; owner and currency where they are needed."
)


class OpeningsIn(Asked):
    """Without `seen` the file is only looked at; with the `seen` of that answer it is brought in as it was seen."""

    seen: str = ""


class OpeningRowOut(BaseModel):
    """What becomes of a row."""

    row: int
    fund: str
    fund_id: int | None
    amount: str | None
    outcome: Literal["new", "same", "refused"]
    reasons: list[dict[str, Any]]


class OpeningsOut(BaseModel):
    """What a file does; brought_in: how many balances were, null while it was only looked at."""

    seen: str
    brought_in: int | None
    counts: dict[str, int]
    rows: list[OpeningRowOut]


@api.post("/institutions/<int:institution_id>/opening-balances")
@limiter.limit("30 per hour")
@token_required("money:write")
@takes_files(api, OpeningsIn, file=THE_FILE)
@api.output(OpeningsOut)
@api.doc(responses=[404])
def bring_openings(institution_id: int, arriving: Arriving[OpeningsIn]) -> Response:
    """Bring in what had been spent, owed or paid in before the books began here: first without `seen`, then with it.

    A balance that is in the books already is not brought in again; while any row is refused nothing is.
    """
    _, actor = books_of(institution_id)
    now, arrived = clock.now(), arriving.read()
    reasons, rows, file = list(arrived.reasons), list[dict[str, Any]](), arrived.files.get("file")
    with gathered(reasons):
        rows = rows_of(file) if file else []
    if reasons or arrived.value is None:
        raise Refusal(reasons or [Reason("no_file", "file", N_("Choose a file."))])
    found, seen = check_openings(institution_id, rows), arrived.value.seen
    made = perform(lambda: bring_in_all(actor, institution_id, rows, seen, now)) if seen else None
    counts = Counter(each.outcome for each in found)
    told = [
        {
            "row": each.row,
            "fund": each.written["fund"],
            "fund_id": each.fund_id,
            "amount": str(each.amount.amount) if each.amount else None,
            "outcome": each.outcome,
            "reasons": as_listed(each.reasons),
        }
        for each in found
    ]
    return answer(
        {
            "seen": mark_of(found),
            "brought_in": made,
            "counts": {outcome: counts.get(outcome, 0) for outcome in OUTCOMES},
            "rows": told,
        }
    )
