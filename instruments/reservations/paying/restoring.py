"""Keep how a reservation is bound to its price, and bind it in the same way again when what changed it is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update

from instruments.database import db
from instruments.reservations.bookable import Bookable
from instruments.reservations.paying import binding
from instruments.reservations.paying.payable import date_of_acceptance
from instruments.reservations.paying.quotation import bound_quotation
from instruments.reservations.paying.recalling import payment_of
from instruments.reservations.payment import Part, Payment
from instruments.reservations.price_models import ReservationPayer, ReservationPrice
from instruments.reservations.scene import Wish
from instruments.reservations.who_asks import Asking
from instruments.timespan import instant

_PRICE: Any = ReservationPrice.__table__
_PAYER: Any = ReservationPayer.__table__
# What of the price is kept as it is; the lines follow from it and the time.
PLAIN = ("version_id", "mode", "customer_class", "ceiling_units")


def binding_of(reservation_id: int) -> dict[str, Any] | None:
    """By which prices, of which moment and class, a reservation is bound, as plain values; None where it has no price."""
    row = db.session.execute(select(_PRICE).where(_PRICE.c.reservation_id == reservation_id)).first()
    if row is None:
        return None
    payers = (
        select(_PAYER.c.fund_id, _PAYER.c.customer_class, _PAYER.c.percent)
        .where(_PAYER.c.reservation_id == reservation_id)
        .order_by(_PAYER.c.position)
    )
    return {
        **{name: getattr(row, name) for name in PLAIN},
        "priced_at": int(row.priced_at.timestamp()),
        "payers": [[number, key, str(percent)] for number, key, percent in db.session.execute(payers)],
        "programmes": list(payment_of(reservation_id).programmes),
        "counts": dict(row.counts),
    }


def payment_kept(kept: Mapping[str, Any] | None) -> Payment | None:
    """How it was to be paid when this was kept."""
    if kept is None:
        return None
    parts = tuple(Part(number, Decimal(percent)) for number, _, percent in kept["payers"])
    counts = {code: Decimal(number) for code, number in kept["counts"].items()}
    return Payment(parts, tuple(kept["programmes"]), kept["mode"], counts)


def bind_again(
    asking: Asking,
    thing: Bookable,
    reservation_id: int,
    wish: Wish,
    kept: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Bind a reservation as it was bound when this was kept, and hold that of its funds, under the locks.

    asking: who pays as it was kept, too.

    Raises Refusal where a fund cannot hold its share.
    """
    if kept is None:
        binding.forget(reservation_id)
        binding.let_go([reservation_id], now, asking.actor.person_id)
        return
    classes = {fund_id: key for fund_id, key, _ in kept["payers"]} or {None: kept["customer_class"]}
    accepted_on = date_of_acceptance(thing, kept["priced_at"])
    found = bound_quotation(asking, thing, wish, kept["version_id"], kept["mode"], classes, accepted_on)
    binding.forget(reservation_id)
    binding.bind_to(found, asking, thing, reservation_id, wish, instant(kept["priced_at"]))
    db.session.execute(
        update(_PRICE)
        .where(_PRICE.c.reservation_id == reservation_id)
        .values(ceiling_units=kept["ceiling_units"])
    )
