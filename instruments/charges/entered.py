"""What was entered by hand about a charge: as a draft, what stands of it, and carried over to the charge that replaces it.

A waiver, a credit, an adjustment or a write-off is a decision of its own, with its reason and who made it. When its charge is
reversed and entered again, it is reversed too and stands about the new one, no more than is left of that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import aliased

from instruments.charges.correcting import payers_of_charge
from instruments.charges.gathering_rows import rows_among
from instruments.charges.models import Charge
from instruments.charges.posting import post_charges
from instruments.charges.pricing import Share, share_of
from instruments.charges.reversing import the_charge
from instruments.charges.states import (
    ADJUSTMENT,
    BY_HAND,
    CREDIT,
    LESSENING,
    REVERSED,
    USE,
    WAIVER,
    WRITE_OFF,
)
from instruments.charges.writing import Draft, line_row, share_row, write
from instruments.database import db
from instruments.errors import N_, Reason
from instruments.funds.sharing import PAYER, ClassLine, Part
from instruments.journal.record import record
from instruments.money import Money
from instruments.rates.lines import RESERVATION, Line

_CHARGE: Any = Charge.__table__
SENTENCES = {
    ADJUSTMENT: N_("Added by the lab: %(reason)s"),
    CREDIT: N_("Credited by the lab: %(reason)s"),
    WAIVER: N_("Waived: %(reason)s"),
    WRITE_OFF: N_("Written off: %(reason)s"),
}


def left_of(charge_id: int) -> int:
    """What is left of what its payers bear of a charge, in minor units, after all that lessened or raised it or waits to.

    What a programme bears is no part of it: nobody is given back what they did not pay. A correction of the charge itself
    takes its part back.
    """
    charge = _CHARGE.c
    others = db.session.scalar(
        select(func.coalesce(func.sum(charge.total_units), 0)).where(
            charge.about_id == charge_id, charge.kind.in_(BY_HAND), charge.state != "reversed"
        )
    )
    return sum(units for _, units in payers_of_charge(charge_id)) + int(others or 0)


def standing_about(charge_id: int) -> Sequence[Any]:
    """What was entered by hand about a charge and stands: rows, in order."""
    charge = _CHARGE.c
    asked = select(_CHARGE).where(
        charge.about_id == charge_id, charge.kind.in_(BY_HAND), charge.state != REVERSED
    )
    return db.session.execute(asked.order_by(charge.id)).all()


def standing_of_use(use_id: int) -> Sequence[Any]:
    """What was entered by hand about the charges of a use that stand: rows, in order."""
    live = select(_CHARGE.c.id).where(
        _CHARGE.c.use_id == use_id, _CHARGE.c.kind == USE, _CHARGE.c.state != REVERSED
    )
    return [
        each
        for number in db.session.scalars(live.order_by(_CHARGE.c.id)).all()
        for each in standing_about(number)
    ]


def carried_along(charge_ids: Collection[int], now: datetime) -> list[int]:
    """Enter about posted charges that replace others what stood about those, inside the same deed; the numbers of the entries.

    What waited for a second person about the old one waits about the new one.
    """
    made: list[int] = []
    for row in _replacing(charge_ids):
        for each in _taken_along(row.corrects_id):
            made += _carry(each, row.id, now)
    return made


def _replacing(charge_ids: Collection[int]) -> Sequence[Any]:
    charge = _CHARGE.c
    asked = select(charge.id, charge.corrects_id).where(charge.corrects_id.is_not(None)).order_by(charge.id)
    return rows_among(asked, charge.id, charge_ids)


def _taken_along(charge_id: int) -> Sequence[Any]:
    """What was reversed together with a charge, or still waits about it."""
    one, own, its = _CHARGE.c, aliased(Charge), aliased(Charge)
    together = select(own.id).where(
        own.reverses_id == one.id, own.made_at == its.made_at, its.reverses_id == charge_id
    )
    waits = one.waits_for_second & one.posted_at.is_(None)
    asked = select(_CHARGE).where(
        one.about_id == charge_id, one.kind.in_(BY_HAND),
        or_(waits, (one.state == REVERSED) & together.exists()),
    )  # fmt: skip
    return db.session.execute(asked.order_by(one.id)).all()


def _carry(each: Any, charge_id: int, now: datetime) -> list[int]:
    row, units = the_charge(charge_id), abs(each.total_units)
    if each.waits_for_second:
        db.session.execute(delete(_CHARGE).where(_CHARGE.c.id == each.id))
    if each.kind in LESSENING:
        units = min(units, left_of(row.id))
    if units <= 0:
        return []
    amount = Money.from_units(units, row.currency)
    numbers = write(
        [draft_of(row, each.kind, amount, each.reason, each.made_by_id, each.waits_for_second)], now
    )
    db.session.execute(
        update(_CHARGE).where(_CHARGE.c.id.in_(numbers)).values(approved_by_id=each.approved_by_id)
    )
    if not each.waits_for_second:
        post_charges(numbers, now)
    record(
        now=now, actor_id=None, deed="charge.carried_over", thing=("charge", charge_id),
        institution_id=row.institution_id, lab_id=row.lab_id,
        detail={
            "entry_id": numbers[0], "from_id": each.id, "kind": each.kind, "units": units, "currency": row.currency,
            "user_id": row.user_id,
        },
    )  # fmt: skip
    return numbers


def draft_of(row: Any, kind: str, amount: Money, reason: str, actor_id: int, waits: bool) -> Draft:
    """An amount above zero about a charge, borne by its payers in proportion to what each bears of it."""
    signed = -amount if kind in LESSENING else amount
    payers = payers_of_charge(row.id)
    who, weights = [payer for payer, _ in payers], [Fraction(units) for _, units in payers]
    if not any(weights):
        weights = [Fraction(payer.percent) for payer in who]
    # Of a fee it may not be known yet who pays: then nobody bears what waits about it.
    parts = signed.split(weights) if who else ()
    shares: Sequence[Share] = [
        share_of(Part(PAYER, part, place), who, row.institution_id) for place, part in enumerate(parts)
    ]
    why = (Reason(kind, None, SENTENCES[kind], {"reason": reason}),)
    line = Line(kind, RESERVATION, Fraction(1), signed, why)
    count = int(
        db.session.scalar(select(func.count()).select_from(_CHARGE).where(_CHARGE.c.about_id == row.id)) or 0
    )
    names = ("use_id", "customer", "reservation_id", "instrument_id", "lab_id", "institution_id", "user_id",
             "group_id", "customer_class", "version_id", "currency")  # fmt: skip
    values = {name: getattr(row, name) for name in names} | {
        "key": f"{kind}:{row.id}:{count + 1}:{actor_id}", "kind": kind, "about_id": row.id, "total_units": signed.units,
        "service_on": row.service_on.isoformat(), "reason": reason, "made_by_id": actor_id, "waits_for_second": waits,
    }  # fmt: skip
    return Draft(
        values,
        [line_row(0, ClassLine(row.customer_class, line))],
        [share_row(place, share) for place, share in enumerate(shares)],
    )
