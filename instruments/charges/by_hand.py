"""What is entered by hand about a charge: more, less, waived or written off; with a reason, and above a limit by two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import delete, func, select, update

from instruments.charges.correcting import payers_of_charge
from instruments.charges.models import Charge
from instruments.charges.posting import post_charges
from instruments.charges.pricing import Share, share_of
from instruments.charges.reversing import the_charge
from instruments.charges.settings import lock_books, settings_of
from instruments.charges.sight import creditor_scope, visible_charge
from instruments.charges.states import (
    ADJUSTMENT,
    BY_HAND,
    CREDIT,
    LESSENING,
    POSTED,
    REVERSED,
    WAIVER,
    WRITE_OFF,
)
from instruments.charges.writing import Draft, line_row, share_row, write
from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal, together
from instruments.funds.sharing import PAYER, ClassLine, Part
from instruments.journal.record import record
from instruments.money import Money
from instruments.people.rights import Action, Actor, may
from instruments.rates.lines import RESERVATION, Line

_CHARGE: Any = Charge.__table__
LONGEST = 500
SENTENCES = {
    ADJUSTMENT: N_("Added by the lab: %(reason)s"),
    CREDIT: N_("Credited by the lab: %(reason)s"),
    WAIVER: N_("Waived: %(reason)s"),
    WRITE_OFF: N_("Written off: %(reason)s"),
}
NOT_YOURS = N_("This is not yours to decide.")


def enter(
    actor: Actor,
    charge_id: int,
    kind: str,
    amount: Money,
    reason: str,
    now: datetime,
    already: Sequence[Reason] = (),
) -> int:
    """Enter an amount above zero about a posted charge, inside a deed; its number.

    Borne by its payers in proportion to what each bears. Up to the institution's limit it is posted at once; above it
    waits for a second person. Raises NotFound, Forbidden, or Refusal with every reason.
    """
    row = visible_charge(actor, charge_id)
    action = Action.CHARGE_WRITE_OFF if kind == WRITE_OFF else Action.CHARGE_ADJUST
    if not may(actor, action, creditor_scope(row)):
        raise Forbidden([Reason("not_yours", None, NOT_YOURS)])
    lock_books([row.institution_id])
    row, said = the_charge(charge_id), " ".join(reason.split())
    if reasons := together(already, [*_said(said), *_not_enterable(row, kind, amount)]):
        raise Refusal(reasons)
    waits = amount.units > settings_of([row.institution_id])[row.institution_id].second_above_units
    number = write([_draft(row, kind, amount, said, actor.person_id, waits)], now)[0]
    if waits:
        _note("charge.waits", row, number, kind, amount, actor.person_id, now, said)
    else:
        post_charges([number], now, actor.person_id)
    return number


def approve(actor: Actor, charge_id: int, now: datetime) -> None:
    """Agree as the second person to what another entered, inside a deed: it is posted."""
    row = _waiting(actor, charge_id)
    db.session.execute(
        update(_CHARGE)
        .where(_CHARGE.c.id == charge_id)
        .values(waits_for_second=False, approved_by_id=actor.person_id, version=_CHARGE.c.version + 1)
    )
    post_charges([charge_id], now, actor.person_id)
    amount = Money.from_units(abs(row.total_units), row.currency)
    _note("charge.approved", row, charge_id, row.kind, amount, actor.person_id, now, row.reason)


def refuse(actor: Actor, charge_id: int, reason: str, now: datetime) -> None:
    """Refuse as the second person what another entered, inside a deed: it vanishes; who entered it may take it back too."""
    row = _waiting(actor, charge_id, own=True)
    said = " ".join(reason.split())
    if reasons := list(_said(said)):
        raise Refusal(reasons)
    db.session.execute(delete(_CHARGE).where(_CHARGE.c.id == charge_id))
    amount = Money.from_units(abs(row.total_units), row.currency)
    _note("charge.refused", row, charge_id, row.kind, amount, actor.person_id, now, said)


def may_approve(actor: Actor, row: Any) -> bool:
    """Whether somebody may be the second person."""
    action = Action.CHARGE_WRITE_OFF if row.kind == WRITE_OFF else Action.CHARGE_ADJUST
    return bool(
        row.waits_for_second and row.made_by_id != actor.person_id and may(actor, action, creditor_scope(row))
    )


def left_of(charge_id: int, total_units: int) -> int:
    """What is left of a charge, in minor units, after all that lessened or raised it or waits to."""
    charge = _CHARGE.c
    others = db.session.scalar(
        select(func.coalesce(func.sum(charge.total_units), 0)).where(
            charge.about_id == charge_id, charge.kind.in_(BY_HAND), charge.state != "reversed"
        )
    )
    return total_units + int(others or 0)


def standing_about(charge_id: int) -> Sequence[Any]:
    """What was entered by hand about a charge and stands: rows, in order."""
    charge = _CHARGE.c
    asked = select(_CHARGE).where(
        charge.about_id == charge_id, charge.kind.in_(BY_HAND), charge.state != REVERSED
    )
    return db.session.execute(asked.order_by(charge.id)).all()


def carry_over(before: Sequence[Any], charge_id: int, now: datetime) -> None:
    """Enter about a charge what stood about the one it replaces, which took it along: no more than is left of the new one."""
    row, numbers = the_charge(charge_id), []
    for each in before:
        units = abs(each.total_units)
        if each.kind in LESSENING:
            units = min(units, left_of(row.id, row.total_units))
        if units > 0:
            amount = Money.from_units(units, row.currency)
            numbers += write([_draft(row, each.kind, amount, each.reason, each.made_by_id, False)], now)
    post_charges(numbers, now)


def _waiting(actor: Actor, charge_id: int, *, own: bool = False) -> Any:
    row = visible_charge(actor, charge_id)
    if not may_approve(actor, row) and not (
        own and row.waits_for_second and row.made_by_id == actor.person_id
    ):
        raise Forbidden([Reason("not_yours", None, N_("A second person has to agree, not who entered it."))])
    lock_books([row.institution_id])
    row = the_charge(charge_id)
    if not row.waits_for_second:
        raise Refusal([Reason("decided", None, N_("Somebody has decided on it meanwhile."))])
    return row


def _draft(row: Any, kind: str, amount: Money, reason: str, actor_id: int, waits: bool) -> Draft:
    signed = -amount if kind in LESSENING else amount
    payers = payers_of_charge(row.id)
    who, weights = [payer for payer, _ in payers], [Fraction(units) for _, units in payers]
    parts = signed.split(weights if any(weights) else [Fraction(payer.percent) for payer in who])
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


def _said(said: str) -> Iterator[Reason]:
    if not said:
        yield Reason("no_reason", "reason", N_("Say why."))
    if len(said) > LONGEST:
        yield Reason("too_long", "reason", N_("At most %(most)s characters."), {"most": LONGEST})


def _not_enterable(row: Any, kind: str, amount: Money) -> Iterator[Reason]:
    if kind not in BY_HAND:
        yield Reason("unknown_kind", "kind", N_("Choose adjustment, credit, waiver or write-off."))
    if row.state != POSTED or row.kind in (*BY_HAND, "reversal"):
        sentence = N_("Something can be entered only about a posted charge that stands and is not disputed.")
        yield Reason("not_standing", None, sentence)
    if amount.currency != row.currency:
        sentence = N_("It is charged in %(currency)s.")
        yield Reason("other_currency", "amount", sentence, {"currency": row.currency})
    elif amount.amount <= 0:
        yield Reason("no_amount", "amount", N_("Enter an amount above zero."))
    elif kind in LESSENING and amount.units > (left := left_of(row.id, row.total_units)):
        most = Money.from_units(max(left, 0), row.currency)
        yield Reason("too_much", "amount", N_("At most %(most)s is left of it."), {"most": most})


def _note(
    deed: str, row: Any, number: int, kind: str, amount: Money, actor_id: int, now: datetime, reason: str
) -> None:
    record(
        now=now, actor_id=actor_id, deed=deed, thing=("charge", number),
        institution_id=row.institution_id, lab_id=row.lab_id,
        detail={"kind": kind, "units": amount.units, "currency": amount.currency, "reason": reason,
                "user_id": row.user_id},
    )  # fmt: skip
