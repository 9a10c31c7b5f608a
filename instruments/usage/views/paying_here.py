"""What using a free instrument at once would cost whoever stands before it, and from what it is paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import gettext

from instruments.people.rights import Actor
from instruments.rates.pricing import Unpriced
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.paying import words
from instruments.reservations.paying.quotation import quotation
from instruments.reservations.payment import Payment
from instruments.reservations.scene import Wish
from instruments.reservations.views.price import price_for
from instruments.reservations.who_asks import Asking
from instruments.usage.views.doors import minutes_long


def price_here(instrument_id: int, actor: Actor, lengths: Sequence[int], now: datetime) -> dict[str, Any]:
    """Arguments of parts/price.html for the shortest of these lengths (minutes), and `buttons`: (minutes, words) each."""
    thing, moment = bookable(instrument_id), int(now.timestamp())
    wish = Wish(moment, moment + 60 * lengths[0]) if lengths else None
    here = f"/instruments/{instrument_id}/here"
    shown = price_for(thing, actor, actor, request.args, wish, now, back=here)
    payment = shown["payment"]
    return shown | {
        "buttons": [(minutes, _words(thing, actor, payment, minutes, moment)) for minutes in lengths]
    }


def _words(thing: Bookable, actor: Actor, payment: Payment, minutes: int, moment: int) -> str:
    """The deed with its length, and what it costs if all of that is used."""
    length = minutes_long(minutes)
    asking = Asking(actor, actor, actor.only_group, payment=payment)
    try:
        found = quotation(asking, thing, Wish(moment, moment + 60 * minutes)) if thing.has_card else None
    except Unpriced:
        found = None
    if found is None:
        return gettext("Begin, for %(length)s", length=length)
    return gettext("Begin, %(length)s for %(price)s", length=length, price=words.money(found.total))
