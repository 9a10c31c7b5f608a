"""The door of quotes for programs: what a time would cost whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint

from instruments.errors import N_, Reason, Refusal
from instruments.funds.subsidizing import unknown
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.rates.pricing import Unpriced
from instruments.reservations.bookable import bookable
from instruments.reservations.judging import time_against
from instruments.reservations.models import LONGEST_SECONDS
from instruments.reservations.paying import wire
from instruments.reservations.paying.payable import against_funds, date_of_acceptance, not_theirs
from instruments.reservations.paying.quotation import quotation
from instruments.reservations.paying.schemas import (
    QuotesIn,
    QuotesOut,
    payment_of,
)
from instruments.reservations.paying.subsidies import no_programme
from instruments.reservations.payment import objections
from instruments.reservations.scene import Wish
from instruments.reservations.who_asks import Asking
from instruments.web import clock, reasons
from instruments.web.incoming import Incoming, takes, whole

api = APIBlueprint("quoting_api", __name__, url_prefix="/api/v1", tag="Quotes")


@api.post("/quotes")
@token_required("reservations:read")
@takes(api, QuotesIn)
@api.output(QuotesOut)
@api.doc(responses=[404])
def quotes(wanted: Incoming[QuotesIn]) -> dict[str, Any]:
    """What a time would cost the token's person on each of these instruments, by line and reason. Nothing is reserved."""
    body = whole(wanted)
    payment, wish = payment_of(body), Wish(int(body.start.timestamp()), int(body.end.timestamp()))
    actor = the_actor()
    asking = Asking(actor, actor, actor.only_group, payment=payment)
    wrong = [*objections(payment), *not_theirs(asking), *_against_span(wish)]
    if unknown(payment.programmes):
        wrong.append(no_programme())
    if wrong:
        raise Refusal(wrong)
    return {"items": [_quote(number, asking, wish) for number in body.instrument_ids]}


def _against_span(wish: Wish) -> Iterator[Reason]:
    """Against a span that no reservation can have, whatever the instrument's rules."""
    if wish.end <= wish.start:
        yield Reason("end_before_start", "end", N_("The end does not come after the start."))
    if wish.end - wish.start > LONGEST_SECONDS:
        values = {"longest": timedelta(seconds=LONGEST_SECONDS)}
        yield Reason(
            "too_long", "end", N_("No reservation is that long."), values,
            N_("Book at most %(longest)s at a time."),
        )  # fmt: skip


def _quote(instrument_id: int, asking: Asking, wish: Wish) -> dict[str, Any]:
    thing, now = bookable(instrument_id), clock.now()
    time = time_against(asking, thing, wish, now)
    try:
        found = quotation(asking, thing, wish, date_of_acceptance(thing, int(now.timestamp())))
    except Unpriced as missing:
        against = reasons.as_listed([*missing.reasons, *time])
        return {"instrument_id": instrument_id, "price": None, "reasons": against}
    lacking = list(found.subsidies.objections()) if found.subsidies else []
    against = reasons.as_listed([*time, *lacking, *against_funds(asking, thing, wish, found)])
    return {"instrument_id": instrument_id, "price": wire.quoted(found), "reasons": against}
