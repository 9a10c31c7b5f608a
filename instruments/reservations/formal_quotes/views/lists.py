"""Formal quotes in lists: one's own and those of the company one manages, and those of a lab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.availability.views.doors import scope_of, the_owner
from instruments.database.transactions import perform
from instruments.funds.whose import note_look
from instruments.people.rights import Action
from instruments.people.signing import require, the_actor
from instruments.reservations.formal_quotes.finding import of_lab, of_payer
from instruments.reservations.formal_quotes.views.doors import pages
from instruments.reservations.formal_quotes.words import shown
from instruments.web import clock, paging
from instruments.web.language import in_language

A_PAGE = 25


@pages.get("/formal-quotes")
def mine() -> ResponseReturnValue:
    """One's own, and all of the company that one manages."""
    rows = of_payer(the_actor(), _cursor(), A_PAGE)
    return render_template(
        "reservations/formal_quotes.html", lab_id=None, lab_name="", **_listed(rows, url_for(".mine"))
    )


@pages.get("/labs/<int:lab_id>/formal-quotes")
def lab_quotes(lab_id: int) -> ResponseReturnValue:
    """Those that a lab wrote."""
    lab = the_owner("labs", lab_id)
    scope = scope_of(lab)
    actor = require(Action.FORMAL_QUOTE_SEE, scope)
    rows, now, house = of_lab(lab_id, _cursor(), A_PAGE), clock.now(), scope.institution_id or 0
    page = render_template(
        "reservations/formal_quotes.html",
        lab_id=lab_id,
        lab_name=in_language(lab.name_en, lab.name_zh),
        **_listed(rows, url_for(".lab_quotes", lab_id=lab_id)),
    )
    perform(lambda: note_look(actor, ("lab", lab_id), house, now, "formal quotes"))
    return page


def _cursor() -> int | None:
    after = paging.decode(request.args.get("cursor"), (int,))
    return after[0] if after else None


def _listed(rows: Sequence[Any], own: str) -> dict[str, Any]:
    """Arguments of the template: a page of rows, and where the first and the following page are."""
    now = clock.now()
    page, following = paging.page(rows, A_PAGE, lambda row: [row.id])
    return {
        "rows": [(row, shown(row, now)) for row in page],
        "first": own if request.args.get("cursor") else None,
        "following": f"{own}?cursor={following}" if following else None,
    }
