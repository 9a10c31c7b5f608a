"""Answers to a formal quote: the payer accepts it with the fund chosen, or declines it; the lab withdraws it."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.signing import the_actor
from instruments.reservations.formal_quotes.answering import accept, decline, withdraw
from instruments.reservations.formal_quotes.views.doors import ONE, pages
from instruments.reservations.formal_quotes.views.one import Attempt, quote_page
from instruments.reservations.formal_quotes.views.paying import SAID
from instruments.reservations.paying.typed import payment_fields, typed_payment
from instruments.web import clock
from instruments.web.fields import number_typed
from instruments.web.refusals import show_or_raise


@pages.post(f"{ONE}/accept")
def accept_one(quote_id: int) -> ResponseReturnValue:
    """Accept it: the time is booked at its price."""
    actor, now, version = the_actor(), clock.now(), number_typed("version")
    form = request.form

    def act() -> str:
        said = typed_payment(form)
        made = accept(actor, quote_id, said.parts, version, now, programmes=said.programmes)
        asked = made.state == "requested"
        return (
            gettext("Accepted. The price holds, and the lab answers whether the time is yours.")
            if asked
            else gettext("Accepted. The time is booked at the price of the quote.")
        )

    return _answered(quote_id, act)


@pages.post(f"{ONE}/decline")
def decline_one(quote_id: int) -> ResponseReturnValue:
    """Say that it is not wanted."""
    actor, now, version = the_actor(), clock.now(), number_typed("version")

    def act() -> str:
        decline(actor, quote_id, version, now)
        return gettext("Declined. Nothing was booked.")

    return _answered(quote_id, act)


@pages.post(f"{ONE}/withdraw")
def withdraw_one(quote_id: int) -> ResponseReturnValue:
    """Take it back for the lab, with a reason."""
    actor, now, version = the_actor(), clock.now(), number_typed("version")
    reason = request.form.get("reason", "")

    def act() -> str:
        withdraw(actor, quote_id, reason, version, now)
        return gettext("Withdrawn. Who asked for it is told why.")

    return _answered(quote_id, act)


def _answered(quote_id: int, act: Callable[[], str]) -> ResponseReturnValue:
    """Do it and say so, or show the quote with the reasons against it."""
    try:
        said = perform(act)
    except Refusal as refusal:
        show_or_raise(refusal)
        names = (SAID, "reason", *payment_fields(request.form))
        typed = {name: request.form[name][:600] for name in names if name in request.form}
        return quote_page(the_actor(), quote_id, Attempt(refusal, typed)), refusal.status
    flash(said, "free")
    return redirect(url_for(".quote", quote_id=quote_id), 303)
