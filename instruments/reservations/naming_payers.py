"""Name who pays for a reservation and which programmes bear a part, or others in their place, until it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import update

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.rates.pricing import Unpriced
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.judging import wish_of
from instruments.reservations.limits import WHEN_BOOKED
from instruments.reservations.lookup import require_change, require_price, reservation_row
from instruments.reservations.models import Reservation
from instruments.reservations.moving import require_open, require_version
from instruments.reservations.paying.binding import bind_others, lock_payers, quotation_that_binds
from instruments.reservations.paying.payable import against_funds, not_theirs
from instruments.reservations.paying.quotation import Quotation
from instruments.reservations.paying.recalling import payment_of
from instruments.reservations.payment import Payment, objections
from instruments.reservations.scene import Wish
from instruments.reservations.who_asks import Asking

_TABLE: Any = Reservation.__table__


def name_payers(
    actor: Actor,
    user: Actor,
    reservation_id: int,
    wanted: Payment,
    version: int | None,
    now: datetime,
    *,
    dry: bool = False,
) -> int:
    """Have these funds pay, and no others, and return the reservation's new version, inside a deed (dry: only check).

    user: who uses it, whose right to charge a fund counts, whoever names it. Of what is wanted the parts and programmes
    count; no part: nobody yet. The prices that bind the
    reservation stay; a fund of another class of customers pays its own class's price of the same version. What is held
    moves with it. Raises NotFound, Forbidden, Stale (412), or Refusal with every reason.
    """
    row = reservation_row(reservation_id, actor)
    require_change(actor, row)
    require_price(actor, row)
    before = payment_of(reservation_id)
    if not dry:
        revision.lock([row.instrument_id])
        before = payment_of(reservation_id)
        lock_payers(Payment((*before.parts, *wanted.parts), (*before.programmes, *wanted.programmes)))
        row = reservation_row(reservation_id, actor)
    require_version(row, version)
    require_open(row, now)
    if row.starts_at <= now:
        sentence = N_("It has begun, so who pays stays as it is.")
        remedy = N_("Ask the lab: it can say so when it confirms the use.")
        raise Refusal([Reason("begun", "fund_id", sentence, {}, remedy)])
    thing, wish = bookable(row.instrument_id), wish_of(row.starts_at, row.ends_at)
    asking = _asking(actor, user, row, before, wanted)
    if against := list(_against(asking, thing, wish, now)):
        raise Refusal(against)
    if dry or (before.parts, before.programmes) == (wanted.parts, wanted.programmes):
        return int(row.version)
    bind_others(asking, thing, row.id, wish, now)
    return _note(actor, row, before, wanted, now)


def quoted_for(
    actor: Actor, user: Actor, reservation_id: int, wanted: Payment, now: datetime
) -> tuple[Quotation | None, list[Reason]]:
    """What a reservation would cost these payers by the prices that bind it, and everything against them; it stays as it is.

    None where they cannot be weighed, or nothing has a price. Raises NotFound or Forbidden.
    """
    row = reservation_row(reservation_id, actor)
    require_change(actor, row)
    require_price(actor, row)
    asking = _asking(actor, user, row, payment_of(reservation_id), wanted)
    if wrong := [*objections(asking.payment), *not_theirs(asking)]:
        return None, wrong
    thing, wish = bookable(row.instrument_id), wish_of(row.starts_at, row.ends_at)
    try:
        found = quotation_that_binds(asking, thing, row.id, wish, now)
    except Unpriced as missing:
        return None, list(missing.reasons)
    return found, list(_against(asking, thing, wish, now))


def _asking(actor: Actor, user: Actor, row: Any, before: Payment, wanted: Payment) -> Asking:
    return Asking(
        actor, user, row.group_id, row.id, hazardous=row.hazardous, second_id=row.second_id,
        payment=replace(before, parts=wanted.parts, programmes=wanted.programmes),
    )  # fmt: skip


def _against(asking: Asking, thing: Bookable, wish: Wish, now: datetime) -> Iterator[Reason]:
    wrong = [*objections(asking.payment), *not_theirs(asking)]
    yield from wrong
    if wrong:
        return
    if not asking.payment.parts and thing.rules_at(wish.start).payer_named == WHEN_BOOKED:
        sentence = N_("Here somebody has to be named who pays.")
        yield Reason("payer_needed", "fund_id", sentence, {}, N_("Choose a fund."))
    elif asking.payment.parts or asking.payment.programmes:
        found = quotation_that_binds(asking, thing, asking.apart_from, wish, now)
        if found.subsidies is not None:
            yield from found.subsidies.objections()
        yield from against_funds(asking, thing, wish, found)


def _note(actor: Actor, row: Any, before: Payment, wanted: Payment, now: datetime) -> int:
    """Write down the change: as a new version of the reservation, and in the journal."""
    version = int(row.version) + 1
    db.session.execute(update(_TABLE).where(_TABLE.c.id == row.id).values(changed_at=now, version=version))
    record(
        now=now,
        actor_id=actor.person_id,
        deed="reservation.payers_named",
        thing=("reservation", row.id),
        institution_id=row.owner_id,
        lab_id=row.lab_id,
        detail={"from": _told(before), "to": _told(wanted), **_programmes(before, wanted)},
    )
    return version


def _told(payment: Payment) -> list[list[Any]]:
    return [[part.fund_id, str(part.percent)] for part in payment.parts]


def _programmes(before: Payment, wanted: Payment) -> dict[str, list[int]]:
    return {"programmes": list(wanted.programmes)} if before.programmes != wanted.programmes else {}
