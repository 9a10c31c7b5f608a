"""Who pays for what was quoted, and with which vouchers: chosen beside what is left to pay, before it is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.people.signing import actor_by_id, the_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.formal_quotes.answering import quoted_payment
from instruments.reservations.formal_quotes.finding import is_payers, quote_row
from instruments.reservations.formal_quotes.views.doors import ONE, pages
from instruments.reservations.formal_quotes.words import shown
from instruments.reservations.judging import wish_of
from instruments.reservations.paying import words
from instruments.reservations.paying.offering import offered
from instruments.reservations.paying.typed import PROGRAMME, payment_fields, read_payment
from instruments.reservations.views.doors import kept_fields
from instruments.reservations.views.price import payer_fields, quote_shown
from instruments.reservations.who_asks import Asking
from instruments.web import clock

SAID = "said"


@pages.get(f"{ONE}/price")
def quoted_price(quote_id: int) -> ResponseReturnValue:
    """What is left to pay of a quote as the form says, in place of what stood there."""
    actor, now = the_actor(), clock.now()
    row = quote_row(quote_id, actor)
    price = payers_of_quote(row, request.args, now) if is_payers(actor, row) else None
    return render_template("reservations/price.html", price=price) if price else ""


@pages.post(f"{ONE}/price")
def show_quoted_price(quote_id: int) -> ResponseReturnValue:
    """Without scripts: back to the quote, with what was chosen."""
    quote_row(quote_id, the_actor())
    typed = {SAID: "1", **dict(kept_fields(request.form, payment_fields(request.form)))}
    return redirect(url_for(".quote", quote_id=quote_id) + f"?{urlencode(typed)}#accept-title", 303)


def payers_of_quote(row: Any, given: Mapping[str, str], now: datetime) -> dict[str, Any] | None:
    """Arguments for parts/price.html: who can pay a quote, and what is left to pay; None where its user is gone.

    given: the fields of the form; where it was not sent yet, the programmes of the quote and the only fund that can pay.
    """
    user = actor_by_id(row.asked_by_id, now)
    if user is None:
        return None
    fresh = SAID not in given
    if fresh:
        given = {f"{PROGRAMME}{each['programme_id']}": "1" for each in row.borne}
    thing, wish, typed = bookable(row.instrument_id), wish_of(row.starts_at, row.ends_at), read_payment(given)
    payment = quoted_payment(row, typed.parts, typed.programmes)
    asking = Asking(
        user, user, row.group_id, hazardous=row.hazardous, second_id=row.second_id, payment=payment
    )
    found = offered(asking, thing, wish, now, choose=fresh)
    total = words.money(found.found.to_pay) if found.found else shown(row, now).total
    return {
        "address": url_for(".quoted_price", quote_id=row.id),
        "has_card": True,
        **payer_fields(
            found,
            thing,
            user,
            given,
            own=True,
            back=url_for(".quote", quote_id=row.id, _anchor="accept-title"),
        ),
        "how": None,
        # Its lines stand beside it, and it is the most that is asked for: what counts is not said anew.
        "quote": quote_shown(found.found, wish, thing, now) | {"lines": [], "binding": ""}
        if found.found
        else None,
        "missing": [],
        "words": gettext("Accept for %(price)s", price=total),
        "bar": None,
    }
