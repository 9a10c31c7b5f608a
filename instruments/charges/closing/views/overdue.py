"""Who is late, as a page for finance: overdue statements, and when their payers were reminded."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.charges.closing.papers import payer_names
from instruments.charges.closing.reminding import late_of
from instruments.charges.closing.views.doors import HOUSE, note_look, pages, the_house
from instruments.people.rights import Action, Scope, may
from instruments.web import clock


@pages.get(f"{HOUSE}/overdue")
def overdue(institution_id: int) -> ResponseReturnValue:
    """Overdue statements in the order of their numbers."""
    actor, home = the_house(institution_id)
    after = max(request.args.get("after", 0, type=int), 0)
    rows, following = late_of(institution_id, clock.now(), after)
    sums: dict[str, int] = {}
    for row in rows:
        sums[row.statement.currency] = sums.get(row.statement.currency, 0) + row.units
    page = render_template(
        "charges/overdue.html", home=home, rows=rows, sums=sums, payer_names=payer_names,
        following=url_for(".overdue", institution_id=institution_id, after=following) if following else None,
        first=url_for(".overdue", institution_id=institution_id) if after else None,
        sets=may(actor, Action.CHARGING_SET, Scope(institution_id)),
    )  # fmt: skip
    note_look(actor, ("institution", institution_id), institution_id, "overdue")
    return page
