"""Settlement between institutions as pages for the finance offices of both: what is open, what is proposed, and the answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.charges.closing.netting import papers
from instruments.charges.closing.netting.accepting import accept, changed, decline, lapse_if_changed, withdraw
from instruments.charges.closing.netting.owing import can_be_netted, open_between, positions, side_of
from instruments.charges.closing.netting.proposing import propose
from instruments.charges.closing.netting.seeing import A_PAGE, listed, shown, sides_of, the_proposal
from instruments.charges.closing.netting.shares import netted
from instruments.charges.closing.netting.words import ANSWERED, STATES, WHY, why_lapsed
from instruments.charges.closing.papers import payer_names
from instruments.charges.closing.views.doors import HOUSE, note_look, nothing_here, pages, the_house
from instruments.charges.settlement_models import ACCEPTED, DECLINED, OPEN, WITHDRAWN
from instruments.database import db
from instruments.database.transactions import perform
from instruments.documents.printing import pdf_of
from instruments.documents.sheets import as_xlsx
from instruments.errors import Refusal
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.web import clock
from instruments.web.downloads import download
from instruments.web.reasons import by_field

ALL = f"{HOUSE}/settlements"
ONE = "/settlements/<int:proposal_id>"


@pages.get(ALL)
def settlements(institution_id: int) -> ResponseReturnValue:
    """With whom something is open, gross, and the proposals to net."""
    actor, home = the_house(institution_id)
    before = request.args.get("before", type=int)
    rows = listed(institution_id, before, A_PAGE + 1)
    on_page = rows[:A_PAGE]
    open_ones = positions(institution_id) if before is None else []
    page = render_template(
        "charges/settlements.html",
        home=home,
        positions=[(each, db.session.get_one(Institution, each.other_id)) for each in open_ones],
        proposals=on_page,
        states=STATES,
        may_decide=may(actor, Action.SETTLEMENT_DECIDE, Scope(institution_id)),
        first=url_for(".settlements", institution_id=institution_id) if before else None,
        older=url_for(".settlements", institution_id=institution_id, before=on_page[-1].id)
        if len(rows) > A_PAGE
        else None,
    )
    note_look(actor, ("institution", institution_id), institution_id, "settlements")
    return page


@pages.get(f"{ALL}/<int:other_id>/<currency>")
def settlement_preview(institution_id: int, other_id: int, currency: str) -> ResponseReturnValue:
    """What would be proposed to another: every statement that is open between the two, and how much of it is netted."""
    return _preview(institution_id, other_id, currency)


def _preview(
    institution_id: int, other_id: int, currency: str, refusal: Refusal | None = None
) -> ResponseReturnValue:
    actor, home = the_house(institution_id, Action.SETTLEMENT_DECIDE)
    other = db.session.get(Institution, other_id)
    if other is None or other_id == institution_id or len(currency) != 3:
        raise nothing_here()
    rows = open_between(institution_id, other_id, currency)
    ours, theirs = side_of(rows, institution_id), side_of(rows, other_id)
    free = [[row.left_units for row in side if can_be_netted(row)] for side in (theirs, ours)]
    most, by_us, by_them = netted(*free)
    page = render_template(
        "charges/settlement_new.html",
        home=home,
        other=other,
        currency=currency,
        most=most,
        sides=[
            (other, home, _taken(ours, by_them)),
            (home, other, _taken(theirs, by_us)),
        ],
        refused=by_field(refusal),
    )
    note_look(actor, ("institution", institution_id), institution_id, f"settlement with {other_id}")
    return page, refusal.status if refusal else 200


def _taken(rows: list[Any], takes: list[int]) -> list[dict[str, Any]]:
    """Each statement with how much of it is netted; nothing of one that something stands against, which is named."""
    left = iter(takes)
    return [
        _told(row, row.left_units, next(left) if can_be_netted(row) else 0, _why_not(row)) for row in rows
    ]


def _told(row: Any, left: int, takes: int, why_not: str = "") -> dict[str, Any]:
    return {
        "statement": row, "payer": payer_names(row.payer), "left": left, "netted": takes, "why_not": why_not,
        "address": url_for(".statement", statement_id=row.id),
    }  # fmt: skip


def _why_not(row: Any) -> str:
    if row.disputed_lines:
        return gettext("In dispute")
    return gettext("In netting %(number)s", number=row.proposal_id) if row.proposal_id is not None else ""


@pages.post(f"{ALL}/<int:other_id>/<currency>")
def propose_settlement(institution_id: int, other_id: int, currency: str) -> ResponseReturnValue:
    """Propose it, and accept it for one's own side."""
    actor, _ = the_house(institution_id, Action.SETTLEMENT_DECIDE)
    act = partial(propose, institution_id, other_id, currency, True, clock.now(), actor.person_id)
    try:
        number = perform(act)
    except Refusal as refusal:
        return _preview(institution_id, other_id, currency, refusal)
    flash(gettext("Proposed. It is netted as soon as the other finance office accepts."), "free")
    return redirect(url_for(".settlement", proposal_id=number), 303)


@pages.get(ONE)
def settlement(proposal_id: int) -> ResponseReturnValue:
    """One proposal, with what each side owes and how far it is."""
    return _page(the_actor(), proposal_id)


def _page(actor: Actor, proposal_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    row, side = the_proposal(actor, proposal_id, request.values.get("side", type=int))
    seen = shown(row, side)
    became = changed(proposal_id) if row.state in OPEN else None
    page = render_template(
        "charges/settlement.html",
        shown=seen,
        row=row,
        title=papers.title_of(seen),
        facts=papers.facts_of(seen)[2:],
        states=STATES,
        why_lapsed=why_lapsed(seen),
        changed=(WHY[became[0]], became[1]) if became else None,
        may_decide=side in sides_of(actor, row, Action.SETTLEMENT_DECIDE),
        reasons=by_field(refusal),
        typed=request.form,
        sides=[
            [_told(part.statement, part.left, part.netted) for part in seen.owed_to(home)]
            for home in (seen.side, seen.other)
        ],
    )
    note_look(actor, ("settlement", proposal_id), side)
    return page, refusal.status if refusal else 200


@pages.get(f"{ONE}.<any(pdf, xlsx):kind>")
def settlement_file(proposal_id: int, kind: str) -> Response:
    """It to take away, in the reader's language; the same bytes whenever it is asked for."""
    return file_of(proposal_id, kind, paper_shown=kind == "pdf")


def file_of(proposal_id: int, kind: str, *, paper_shown: bool = False) -> Response:
    """It as a file for who may see it, on a page and for a program; the look is noted."""
    actor = the_actor()
    row, side = the_proposal(actor, proposal_id)
    seen = shown(row, side)
    body = pdf_of(papers.paper_of(seen)) if kind == "pdf" else as_xlsx(*papers.sheets_of(seen))
    note_look(actor, ("settlement", proposal_id), side)
    return download(body, kind, f"netting-{proposal_id}", shown=paper_shown)


@pages.post(f"{ONE}/accept")
def accept_settlement(proposal_id: int) -> ResponseReturnValue:
    """Accept it for one's own side."""
    return _answered(proposal_id, accept, ACCEPTED)


@pages.post(f"{ONE}/decline")
def decline_settlement(proposal_id: int) -> ResponseReturnValue:
    """Decline what the other side proposed."""
    return _answered(proposal_id, decline, DECLINED, request.form.get("reason", ""))


@pages.post(f"{ONE}/withdraw")
def withdraw_settlement(proposal_id: int) -> ResponseReturnValue:
    """Withdraw what one's own side proposed."""
    return _answered(proposal_id, withdraw, WITHDRAWN, request.form.get("reason", ""))


def _answered(proposal_id: int, act: Callable[..., str | None], done: str, *said: str) -> ResponseReturnValue:
    """Do it for the side that the form names, and say what became of it. done: its state, unless the deed says another."""
    actor, now = the_actor(), clock.now()
    _, side = the_proposal(actor, proposal_id, request.form.get("side", type=int), Action.SETTLEMENT_DECIDE)
    db.session.rollback()
    perform(partial(lapse_if_changed, proposal_id, now))
    try:
        state = perform(partial(act, proposal_id, side, *said, now, actor.person_id)) or done
    except Refusal as refusal:
        return _page(actor, proposal_id, refusal)
    flash(gettext(ANSWERED[state]), "free")
    return redirect(url_for(".settlement", proposal_id=proposal_id, side=side), 303)
