"""The months of an institution's books as pages: previewed with what they lack, opened for objections, issued."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.charges.closing.checklist import checklist
from instruments.charges.closing.idle import idle_since
from instruments.charges.closing.letterheads import details, payers
from instruments.charges.closing.months import before, day_after, is_over, month_on, not_closable
from instruments.charges.closing.owed import heads, last_closed, posted_before, posted_by_month
from instruments.charges.closing.papers import payer_names
from instruments.charges.closing.seeing import A_PAGE, fitting, listed
from instruments.charges.closing.standing import standings, sums_of
from instruments.charges.closing.starting import open_for_objections, start, the_closing
from instruments.charges.closing.tasks import ISSUE
from instruments.charges.closing.views.doors import (
    HOUSE,
    month_of,
    note_look,
    pages,
    the_house,
)
from instruments.charges.closing_models import ISSUED, ISSUING, Closing, Statement
from instruments.charges.wall import today_at
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.jobs.alarm import wake
from instruments.people.rights import Action, Scope, may
from instruments.web import clock, paging, versions
from instruments.web.fields import page_of
from instruments.web.reasons import by_field, in_full

_STATEMENT: Any = Statement.__table__
ONE = f"{HOUSE}/months/<month>"
SHOWN_MONTHS = 12
# Of what is to come the page of a month shows the largest; the rest is a click away.
FIRST_FEW = 10


@pages.get(f"{HOUSE}/months")
def all_months(institution_id: int) -> ResponseReturnValue:
    """The last twelve months, and how each stands."""
    actor, home = the_house(institution_id)
    current = month_on(today_at(institution_id, clock.now()))
    rows = db.session.scalars(select(Closing).where(Closing.institution_id == institution_id))
    known = {row.month: row for row in rows}
    page = render_template(
        "charges/months.html",
        home=home,
        months=[(each, known.get(each)) for each in reversed(before(current, SHOWN_MONTHS))],
        last=last_closed(institution_id),
        current=current,
        posted=posted_by_month(institution_id, before(current, SHOWN_MONTHS)[0]),
        may_close=may(actor, Action.MONTH_CLOSE, Scope(institution_id)),
    )
    note_look(actor, ("institution", institution_id), institution_id, "months")
    return page


@pages.get(ONE)
def one_month(institution_id: int, month: str) -> ResponseReturnValue:
    """A month: what it lacks and comes to before it is issued, its statements afterwards."""
    return _page(institution_id, month_of(month))


def _page(institution_id: int, month: str, refusal: Refusal | None = None) -> ResponseReturnValue:
    actor, home = the_house(institution_id)
    closing, today = the_closing(institution_id, month), today_at(institution_id, clock.now())
    may_close = may(actor, Action.MONTH_CLOSE, Scope(institution_id))
    shown = _issued(closing) if closing.state in (ISSUING, ISSUED) else _preview(closing)
    page = render_template(
        "charges/month.html",
        home=home,
        month=month,
        closing=closing,
        today=today,
        details=details(institution_id),
        refused=by_field(refusal),
        sentences=[in_full(reason) for reason in refusal.reasons] if refusal else [],
        over=is_over(month, today),
        has_begun=month <= month_on(today),
        day_after=day_after(month),
        may_close=may_close and not list(not_closable(month, today, last_closed(institution_id))),
        progress_address=url_for(".progress", institution_id=institution_id, month=month),
        idle_since=idle_since(closing, clock.now()),
        payer_names=payer_names,
        **shown,
    )
    note_look(actor, ("institution", institution_id), institution_id, f"month {month}")
    return page, refusal.status if refusal else 200


def _preview(closing: Closing) -> dict[str, Any]:
    """What would be issued, largest first, a page of it, and the checklist."""
    found = heads(closing, without="disputed")
    sums: dict[str, list[int]] = {}
    for row in found:
        each = sums.setdefault(row.currency, [0, 0, 0])
        each[0] += int(row.total)
        each[1] += int(row.total) - int(row.internal) - int(row.prepaid)
        each[2] += row.lines
    whole_list = request.args.get("view") == "preview"
    size = A_PAGE if whole_list else FIRST_FEW
    number = page_of(len(found), size) if whole_list else 1
    largest = sorted(found, key=lambda row: -int(row.total))[(number - 1) * size : number * size]
    return {
        "points": [
            (
                point,
                point.address,
            )
            for point in checklist(closing.institution_id, closing.month)
        ],
        "count": len(found),
        "sums": sums,
        "largest": list(zip(largest, payers(largest), strict=True)),
        "number": number,
        "a_page": size,
        "whole_list": whole_list,
        "earlier": posted_before(closing),
    }


def _issued(closing: Closing) -> dict[str, Any]:
    """The statements of the month, a page of those that are asked for, and what all come to."""
    one = _STATEMENT.c
    asked = {"q": request.args.get("q", "").strip()[:80], "left": request.args.get("left", "")}
    found = paging.decode(request.args.get("before"), (str, int)) if request.method == "GET" else None
    here = (one.closing_id == closing.id) & one.issued.is_(True) & fitting(asked["q"], asked["left"] == "1")
    rows = listed(here, (found[0], found[1]) if found else None, A_PAGE + 1)
    shown, cursor = paging.page(rows, A_PAGE, lambda row: [row.month, row.id])
    given = {name: value for name, value in asked.items() if value}
    address = partial(
        url_for, ".one_month", institution_id=closing.institution_id, month=closing.month, **given
    )
    return {
        "rows": shown,
        "standing": standings(shown),
        "sums": sums_of(Statement.closing_id == closing.id),
        "asked": asked,
        "older": cursor and address(before=cursor),
        "first": address() if found else None,
    }


@pages.post(f"{ONE}/open")
def open_month(institution_id: int, month: str) -> ResponseReturnValue:
    """Let payers look and object."""
    actor, _ = the_house(institution_id, Action.MONTH_CLOSE)
    act = partial(
        open_for_objections, institution_id, month_of(month), versions.typed(), clock.now(), actor.person_id
    )
    try:
        perform(act)
    except Refusal as refusal:
        return _page(institution_id, month, refusal)
    flash(gettext("The month lies open for objections."), "free")
    return redirect(url_for(".one_month", institution_id=institution_id, month=month), 303)


@pages.post(f"{ONE}/issue")
def issue_month(institution_id: int, month: str) -> ResponseReturnValue:
    """Have its statements issued; the page shows how far it is."""
    actor, _ = the_house(institution_id, Action.MONTH_CLOSE)
    early = request.form.get("early") == "1"
    act = partial(
        start, institution_id, month_of(month), versions.typed(), clock.now(), actor.person_id, early=early
    )
    try:
        number = perform(act)
    except Refusal as refusal:
        return _page(institution_id, month, refusal)
    wake(ISSUE, number)
    return redirect(url_for(".one_month", institution_id=institution_id, month=month), 303)


@pages.get(f"{ONE}/progress")
def progress(institution_id: int, month: str) -> ResponseReturnValue:
    """How far the statements of a month are."""
    _, home = the_house(institution_id)
    closing = the_closing(institution_id, month_of(month))
    address = url_for(".progress", institution_id=institution_id, month=month)
    return render_template(
        "charges/month_progress.html", closing=closing, progress_address=address, whole=False, home=home,
        idle_since=idle_since(closing, clock.now()),
    )  # fmt: skip
