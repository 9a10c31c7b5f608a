"""Ask for the right to charge a fund, see what became of it, and answer who asks."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.funds.asking.answering import decline, grant
from instruments.funds.asking.asking import LONGEST_SAID, LONGEST_WORDS, ask, withdraw
from instruments.funds.asking.finding import asked_by, funds_for, the_request, to_answer
from instruments.funds.naming import with_code
from instruments.funds.views.doors import amount_typed, pages
from instruments.people.rights import Actor
from instruments.people.signing import the_actor, today
from instruments.web import clock
from instruments.web.fields import day_typed, number_typed
from instruments.web.reasons import by_field
from instruments.web.refusals import flash_or_raise, show_or_raise
from instruments.web.returning import own_address


@pages.route("/funds/ask", methods=["GET", "POST"])
def ask_for_fund() -> ResponseReturnValue:
    """Ask to charge a fund, by its code or of whoever manages it; below, what was asked before."""
    actor, now = the_actor(), clock.now()
    if request.method == "GET":
        return _ask_page(actor, {"back": request.args.get("back", "")})
    said, words = (
        request.form.get("fund", "").replace("\0", ""),
        request.form.get("reason", "").replace("\0", ""),
    )
    try:
        perform(lambda: ask(actor, said, words, now).id)
    except Refusal as refusal:
        show_or_raise(refusal)
        return _ask_page(actor, request.form, refusal), refusal.status
    flash(gettext("Asked. If there is such a fund, whoever manages it decides, and you are told."), "free")
    return redirect(url_for(".ask_for_fund", back=own_address(request.form.get("back", "")) or None), 303)


def _ask_page(actor: Actor, typed: Any, refusal: Refusal | None = None) -> str:
    return render_template(
        "funds/ask.html",
        typed=typed,
        back=own_address(typed.get("back", "")),
        reasons=by_field(refusal),
        rows=asked_by(actor),
        most_said=LONGEST_SAID,
        most_words=LONGEST_WORDS,
    )


@pages.post("/funds/requests/<int:number>/withdraw")
def withdraw_request(number: int) -> ResponseReturnValue:
    """Take one's own request back."""
    actor, now, version = the_actor(), clock.now(), number_typed("version")
    try:
        perform(lambda: withdraw(actor, number, version, now).id)
    except Refusal as refusal:
        flash_or_raise(refusal)
    else:
        flash(gettext("Taken back: nobody is asked any more."), "free")
    return redirect(url_for(".ask_for_fund", back=own_address(request.form.get("back", "")) or None), 303)


@pages.get("/funds/requests")
def fund_requests() -> ResponseReturnValue:
    """Who asks to charge a fund that one manages."""
    return _requests_page(the_actor())


@pages.post("/funds/requests/<int:number>/answer")
def answer_request(number: int) -> ResponseReturnValue:
    """Give the right that is asked for, or decline."""
    actor, now = the_actor(), clock.now()
    version, reasons = number_typed("version"), list[Reason]()
    the_request(actor, number, now)
    try:
        if request.form.get("do") == "decline":
            perform(lambda: decline(actor, number, request.form.get("reason", ""), version, now).id)
            flash(gettext("Declined. Who asked is told why."), "free")
        else:
            until = day_typed("ends_on", reasons)

            def act() -> int:
                return grant(
                    actor, number, number_typed("fund_id"),
                    lambda currency, found: amount_typed("limit", currency, found),
                    until, version, now, reasons, cut=bool(request.form.get("meant")),
                ).asker_id  # fmt: skip

            perform(act)
            flash(gettext("The right to charge it is given."), "free")
    except Refusal as refusal:
        show_or_raise(refusal)
        return _requests_page(actor, number, refusal), refusal.status
    return redirect(url_for(".fund_requests"), 303)


def _requests_page(actor: Actor, tried: int | None = None, refusal: Refusal | None = None) -> str:
    now = clock.now()
    rows = to_answer(actor, now)
    return render_template(
        "funds/requests.html",
        rows=[(row, _choices(actor, row, now)) for row in rows],
        tried=tried,
        gone=tried is not None and tried not in {row.id for row in rows},
        typed=request.form if tried is not None else {},
        reasons=by_field(refusal),
        cuts=refusal is not None and any(reason.code == "limit_below_taken" for reason in refusal.reasons),
        today=today(now),
        most_words=LONGEST_WORDS,
    )


def _choices(actor: Actor, row: Any, now: Any) -> list[tuple[int, str, str]]:
    """The funds of which the right could be given: number, words, currency."""
    return [(fund.id, with_code(fund), fund.currency) for fund in funds_for(actor, row, now)]
