"""The funds that somebody manages or reviews, and those that they may charge."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.database.transactions import perform
from instruments.funds import listing
from instruments.funds.asking.finding import to_answer
from instruments.funds.knowing import standings
from instruments.funds.listing import A_PAGE, Filter
from instruments.funds.models import KINDS, STATES
from instruments.funds.views.doors import pages
from instruments.funds.whose import note_looks
from instruments.people.rights import Action, Actor, Role, may_somewhere
from instruments.people.signing import the_actor, today
from instruments.web import clock
from instruments.web.fields import page_number, page_of


@pages.get("/funds")
def all_funds() -> ResponseReturnValue:
    """What one manages, what one may charge, and the words that lead to ledgers and programmes."""
    actor, number = the_actor(), page_number()
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    which = Filter(
        request.args.get("q", "")[:100],
        kind if kind in KINDS else "",
        state if state in (*STATES, "over") else "",
    )
    managing = listing.sees_any(actor)
    rows, total = listing.page(actor, which, number) if managing else ([], 0)
    number = page_of(total, A_PAGE)
    given = {"q": which.words, "kind": which.kind, "state": which.state}
    page = render_template(
        "funds/list.html",
        managing=managing,
        rows=rows,
        standing=standings([row.id for row in rows]),
        total=total,
        number=number,
        size=A_PAGE,
        which=given,
        base=f"{url_for('.all_funds')}?{urlencode(given)}",
        own=listing.own(actor),
        waiting=len(to_answer(actor, clock.now())),
        may_open=may_somewhere(actor, Action.FUND_EDIT),
        houses=_houses(actor),
        today=today(clock.now()),
    )
    if any(row.group_id is not None and row.group_id not in actor.group_ids for row in rows):
        seen = [(("institution", house), house) for house in _houses(actor)]
        perform(partial(note_looks, actor, seen, clock.now(), "funds"))
    return page


def _houses(actor: Actor) -> list[int]:
    """The institutions whose books somebody reads."""
    reading = {Role.FINANCE_OFFICER, Role.AUDITOR}
    return sorted({grant.scope_id for grant in actor.grants if grant.role in reading and grant.scope_id})
