"""What institutions claim of a programme, as a page for who runs it: the statements of its part, and how far they are paid."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.charges.closing.seeing import A_PAGE, listed, runs
from instruments.charges.closing.standing import standings, sums_of
from instruments.charges.closing.views.doors import note_look, nothing_here, pages
from instruments.charges.closing_models import Statement
from instruments.charges.wall import days_at
from instruments.database import db
from instruments.funds.programme_models import ProgrammeRow
from instruments.funds.programme_setting import may_edit
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.web import clock, paging

_STATEMENT: Any = Statement.__table__


@pages.get("/programmes/<int:programme_id>/claims")
def programme_claims(programme_id: int) -> ResponseReturnValue:
    """The statements of a programme, the newest month first."""
    actor, row = _the_programme(programme_id)
    one = _STATEMENT.c
    found = paging.decode(request.args.get("before"), (str, int))
    here = one.issued.is_(True) & (one.programme_id == programme_id)
    rows = listed(here, (found[0], found[1]) if found else None, A_PAGE + 1)
    on_page, older = paging.page(rows, A_PAGE, lambda row: [row.month, row.id])
    page = render_template(
        "charges/claims.html",
        programme=row,
        rows=on_page,
        standing=standings(on_page),
        sums=sums_of(here),
        days=days_at({each.creditor_id for each in on_page}, clock.now()),
        sets=may_edit(actor, row.institution_id),
        older=url_for(".programme_claims", programme_id=programme_id, before=older) if older else None,
        first=url_for(".programme_claims", programme_id=programme_id) if found else None,
    )
    for creditor in sorted({each.creditor_id for each in on_page}):
        note_look(actor, ("programme", programme_id), creditor, "claims")
    return page


def _the_programme(programme_id: int) -> tuple[Actor, ProgrammeRow]:
    """Who asks and the programme, for who runs it; as if it were not there for others."""
    actor, row = the_actor(), db.session.get(ProgrammeRow, programme_id)
    if row is None or not runs(actor, programme_id):
        raise nothing_here()
    return actor, row
