"""One fund: all of it for who manages or reviews it, their own part for who may charge it."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.database import db
from instruments.database.transactions import perform
from instruments.funds import listing
from instruments.funds.knowing import chargeable, standings
from instruments.funds.models import EXTERNAL, Fund
from instruments.funds.paying_in import payments
from instruments.funds.seen_things import hidden
from instruments.funds.views.doors import pages
from instruments.funds.whose import is_own, may_manage, may_see, may_set_terms, no_fund, note_look
from instruments.journal.record import history
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor, today
from instruments.web import clock

SPENDING = 20
# What is told on the page of a fund of what happened to it.
TOLD = (
    "fund.opened", "fund.edited", "fund.blocked", "fund.unblocked", "fund.closed", "fund.warned", "fund.overdrawn",
    "fund.covered", "fund.right_given", "fund.right_taken", "fund.allowed", "fund.deposited", "fund.refunded",
)  # fmt: skip


@pages.get("/funds/<int:number>")
def fund(number: int) -> ResponseReturnValue:
    """One fund."""
    actor, row = the_actor(), db.session.get(Fund, number)
    if row is None:
        raise no_fund()
    if not may_see(actor, row):
        return _own_part(actor, number)
    before = request.args.get("before", type=int)
    posted, holds = listing.spending(number, None, before, SPENDING + 1), listing.holds(number)
    page = render_template(
        "funds/fund.html",
        fund=listing.one(number),
        standing=standings([number])[number],
        users=listing.users(number),
        taken=listing.taken_by_each(number),
        holds=holds,
        hidden=hidden(actor, posted, holds),
        allowed=listing.allowed(number),
        payments=payments(number) if row.kind == "wallet" else [],
        posted=posted[:SPENDING],
        older=url_for(".fund", number=number, before=posted[SPENDING - 1].id)
        if len(posted) > SPENDING
        else None,
        before=before,
        happened=[each for each in history("fund", number, 200) if each.deed in TOLD][:12],
        account_id=listing.account_of(number),
        manages=may_manage(actor, row) and row.state != "closed",
        sets_terms=may_set_terms(actor, row) and row.state != "closed",
        keeps_books=may(actor, Action.LEDGER_POST, Scope(row.institution_id)),
        external=row.kind in EXTERNAL,
        today=today(clock.now()),
    )
    if not is_own(actor, row):
        now, books = clock.now(), row.owner_institution_id
        perform(lambda: note_look(actor, ("fund", number), books, now))
    return page


def _own_part(actor: Actor, number: int) -> str:
    """What somebody may charge of it, and what they have spent."""
    if number not in chargeable(actor):
        raise no_fund()
    mine = next(each for each in listing.own(actor) if each.choice.fund.id == number)
    before = request.args.get("before", type=int)
    posted = listing.spending(number, actor.person_id, before, SPENDING + 1)
    holds = listing.holds(number, actor.person_id)
    return render_template(
        "funds/own.html",
        fund=listing.one(number),
        mine=mine,
        holds=holds,
        hidden=hidden(actor, posted, holds),
        posted=posted[:SPENDING],
        older=url_for(".fund", number=number, before=posted[SPENDING - 1].id)
        if len(posted) > SPENDING
        else None,
        allowed=listing.allowed(number),
        today=today(clock.now()),
    )
