"""Bind a reservation to its price and hold the money: when it is booked, when it moves, and let go when it falls away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from instruments.database import db
from instruments.funds import holding, subsidizing
from instruments.funds.holding import Wanted
from instruments.rates.kept import line_as_json, reasons_as_json
from instruments.rates.pricing import Unpriced
from instruments.reservations.bookable import Bookable
from instruments.reservations.paying.payable import THING, date_of_acceptance, holds_of
from instruments.reservations.paying.quotation import Quotation, bound_quotation, quotation
from instruments.reservations.payment import Payment
from instruments.reservations.price_models import ReservationPayer, ReservationPrice, ReservationProgramme
from instruments.reservations.scene import Wish
from instruments.reservations.who_asks import Asking

_PRICE: Any = ReservationPrice.__table__
_PAYER: Any = ReservationPayer.__table__
_PROGRAMME: Any = ReservationProgramme.__table__


def lock_payers(payment: Payment) -> None:
    """Take the locks on the funds and programmes that are named: after those of instruments, institutions, groups and
    persons.
    """
    holding.lock(payment.fund_ids)
    subsidizing.lock_programmes(payment.programmes)


def bind(asking: Asking, thing: Bookable, reservation_id: int, wish: Wish, now: datetime) -> Quotation | None:
    """Write down what a reservation is quoted at this moment and hold it of its funds, under the locks.

    None where it has no price: nothing is written, and its use will wait for one. Raises Refusal where a fund cannot hold
    its share.
    """
    if not thing.has_card:
        return None
    accepted_on = date_of_acceptance(thing, int(now.timestamp()))
    try:
        found = quotation(asking, thing, wish, accepted_on)
    except Unpriced:
        return None
    bind_to(found, asking, thing, reservation_id, wish, now)
    return found


def rebind(
    asking: Asking,
    thing: Bookable,
    reservation_id: int,
    spans: tuple[Wish, Wish],
    now: datetime,
    *,
    by_lab: bool,
) -> None:
    """Quote a reservation anew that moves from one span to another, under the locks; a lab's move keeps the lower price.

    asking: with how it was to be paid. Raises Refusal where a fund cannot hold its share.
    """
    before, wish = _price_row(reservation_id), spans[1]
    if not by_lab:
        forget(reservation_id)
        if bind(asking, thing, reservation_id, wish, now) is None:
            let_go([reservation_id], now, asking.actor.person_id)
        return
    if before is None:
        return
    cheaper = _for_lab(asking, thing, spans, before)
    if cheaper is None:
        _cap(before)
        return
    forget(reservation_id)
    bind_to(cheaper, asking, thing, reservation_id, wish, before.priced_at)


def quotation_that_binds(
    asking: Asking, thing: Bookable, reservation_id: int, wish: Wish, now: datetime
) -> Quotation:
    """What a reservation costs those who are to pay it, by the prices that bind it, or of now where none do yet.

    A payer who is new pays as the class that it is now. Raises Unpriced.
    """
    before = _price_row(reservation_id)
    if before is None:
        return quotation(asking, thing, wish, date_of_acceptance(thing, int(now.timestamp())))
    return _by_same(asking, thing, wish, before)


def bind_others(asking: Asking, thing: Bookable, reservation_id: int, wish: Wish, now: datetime) -> None:
    """Have others pay for a reservation, under the locks: what is held moves with it, and what it costs at most stays.

    Raises Refusal where a fund cannot hold its share.
    """
    before = _price_row(reservation_id)
    if before is None:
        bind(asking, thing, reservation_id, wish, now)
        return
    found = _by_same(asking, thing, wish, before)
    forget(reservation_id)
    bind_to(found, asking, thing, reservation_id, wish, now)
    db.session.execute(
        update(_PRICE)
        .where(_PRICE.c.reservation_id == reservation_id)
        .values(priced_at=before.priced_at, ceiling_units=before.ceiling_units)
    )


def quotation_of_move(
    asking: Asking,
    thing: Bookable,
    reservation_id: int,
    spans: tuple[Wish, Wish],
    now: datetime,
    *,
    by_lab: bool,
) -> Quotation | None:
    """What `rebind` would quote; None where what was quoted would stay, or nothing has a price."""
    before = _price_row(reservation_id)
    if by_lab:
        return None if before is None else _for_lab(asking, thing, spans, before)
    try:
        accepted_on = date_of_acceptance(thing, int(now.timestamp()))
        return quotation(asking, thing, spans[1], accepted_on) if thing.has_card else None
    except Unpriced:
        return None


def _for_lab(asking: Asking, thing: Bookable, spans: tuple[Wish, Wish], before: Any) -> Quotation | None:
    """What a move by the lab comes to; None where it is no longer and costs no less, so that the price stays."""
    old, wish = spans
    found = _cheaper(asking, thing, wish, before)
    stays = wish.end - wish.start <= old.end - old.start and found.total.units >= before.quoted_units
    return None if stays else found


def _by_same(asking: Asking, thing: Bookable, wish: Wish, before: Any) -> Quotation:
    """By the prices that bind it."""
    rows = db.session.execute(
        select(_PAYER.c.fund_id, _PAYER.c.customer_class).where(
            _PAYER.c.reservation_id == before.reservation_id
        )
    )
    classes = {row.fund_id: row.customer_class for row in rows} or {None: before.customer_class}
    accepted_on = _accepted_on(thing, before)
    return bound_quotation(asking, thing, wish, before.version_id, before.mode, classes, accepted_on)


def _accepted_on(thing: Bookable, before: Any) -> date:
    return date_of_acceptance(thing, int(before.priced_at.timestamp()))


def _cheaper(asking: Asking, thing: Bookable, wish: Wish, before: Any) -> Quotation:
    """By the prices that bind it or by those of now, whichever is less."""
    same = _by_same(asking, thing, wish, before)
    try:
        anew = quotation(asking, thing, wish, _accepted_on(thing, before))
    except Unpriced:
        return same
    return anew if anew.total.currency == same.total.currency and anew.total < same.total else same


def _cap(before: Any) -> None:
    """What was quoted stays the most that it costs."""
    ceiling = min(
        before.quoted_units, before.quoted_units if before.ceiling_units is None else before.ceiling_units
    )
    db.session.execute(
        update(_PRICE).where(_PRICE.c.reservation_id == before.reservation_id).values(ceiling_units=ceiling)
    )


def let_go(reservation_ids: Collection[int], now: datetime, actor_id: int | None) -> None:
    """Give back what is held for reservations that no longer stand; what they were quoted stays on record."""
    things = [(THING, number) for number in reservation_ids]
    holding.release(things, now, actor_id)
    subsidizing.give_back(things, now)


def _price_row(reservation_id: int) -> Any:
    return db.session.execute(select(_PRICE).where(_PRICE.c.reservation_id == reservation_id)).first()


def forget(reservation_id: int) -> None:
    """Let nothing be said of what a reservation costs, before it is said anew."""
    for table in (_PROGRAMME, _PAYER, _PRICE):
        db.session.execute(delete(table).where(table.c.reservation_id == reservation_id))


def bind_to(
    found: Quotation, asking: Asking, thing: Bookable, reservation_id: int, wish: Wish, priced_at: datetime
) -> None:
    """Write the quotation, and make what is held of each fund its share of it."""
    _write(found, asking, reservation_id, priced_at)
    actor_id, held = asking.actor.person_id, _held(reservation_id)
    subsidizing.give_back([(THING, reservation_id)], priced_at)
    if found.subsidies is not None:
        payer, accepted_on = found.subsidies.payer, found.subsidies.accepted_on
        subsidizing.reserve((THING, reservation_id), payer, found.borne, accepted_on, priced_at)
    wanted = {each.fund_id: each for each in holds_of(asking, thing, wish, found, reservation_id)}
    if set(held) - set(wanted):
        holding.release([(THING, reservation_id)], priced_at, actor_id)
        held = set()
        wanted = {number: _without_replaced(each) for number, each in wanted.items()}
    for fund_id in sorted(held):
        holding.raise_to(wanted.pop(fund_id), priced_at, actor_id)
    if wanted:
        holding.hold(list(wanted.values()), priced_at, actor_id)


def _without_replaced(wanted: Wanted) -> Wanted:
    """The same where what was held before is given back already."""
    return replace(wanted, wish=replace(wanted.wish, replaced=0))


def _held(reservation_id: int) -> set[int]:
    return {row.fund_id for row in holding.held_for([(THING, reservation_id)])}


def _write(found: Quotation, asking: Asking, reservation_id: int, priced_at: datetime) -> None:
    terms, bound = found.quote.terms, asking.payment.bound
    db.session.execute(
        insert(_PRICE).values(
            reservation_id=reservation_id,
            version_id=terms.version_id,
            customer_class=terms.customer_class,
            mode=terms.mode,
            currency=found.total.currency,
            quoted_units=found.total.units,
            ceiling_units=bound.at_most if bound else None,
            counts={code: str(number) for code, number in asking.payment.counts.items()},
            lines=[{"class": each.customer_class, **line_as_json(each.line)} for each in found.shared.lines],
            why=reasons_as_json((found.customer.why,)),
            priced_at=priced_at,
        )
    )
    rows = [
        {
            "reservation_id": reservation_id, "position": position, "fund_id": share.fund_id, "percent": share.percent,
            "customer_class": share.customer.key, "share_units": share.amount.units,
        }
        for position, share in enumerate(found.shares)
        if share.fund_id is not None
    ]  # fmt: skip
    if rows:
        db.session.execute(insert(_PAYER), rows)
    borne = [
        {
            "reservation_id": reservation_id,
            "position": position,
            "programme_id": number,
            "share_units": amount.units,
        }
        for position, (number, amount) in enumerate(found.borne.items())
    ]
    if borne:
        db.session.execute(insert(_PROGRAMME), borne)
