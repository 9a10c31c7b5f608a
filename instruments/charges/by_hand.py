"""What is entered by hand about a charge: more, less, waived or written off; with a reason, and above a limit by two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from instruments.charges.alone import needs_second
from instruments.charges.disputing import agree, may_agree
from instruments.charges.entered import draft_of, left_of
from instruments.charges.models import Charge
from instruments.charges.posting import post_charges
from instruments.charges.reversing import the_charge
from instruments.charges.settings import lock_books
from instruments.charges.sight import creditor_scope, visible_charge
from instruments.charges.states import (
    ADJUSTMENT,
    BY_HAND,
    LESSENING,
    POSTED,
    WRITE_OFF,
)
from instruments.charges.waiting_answers import dispute_of
from instruments.charges.writing import write
from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal, together
from instruments.journal.record import record
from instruments.money import Money
from instruments.people.rights import Action, Actor, may

_CHARGE: Any = Charge.__table__
LONGEST = 500
NOT_YOURS = N_("This is not yours to decide.")


def enter(
    actor: Actor,
    charge_id: int,
    kind: str,
    amount: Money,
    reason: str,
    now: datetime,
    already: Sequence[Reason] = (),
    *,
    meant: bool = False,
) -> int:
    """Enter an amount above zero about a posted charge, inside a deed; its number.

    meant: that it adds more than the charge itself is no slip; else it is asked once.
    Borne by its payers in proportion to what each bears. As long as all that was changed of the charge without a second
    person stays within the institution's limit it is posted at once; above it waits for one.
    Raises NotFound, Forbidden, or Refusal with every reason.
    """
    row = visible_charge(actor, charge_id)
    action = Action.CHARGE_WRITE_OFF if kind == WRITE_OFF else Action.CHARGE_ADJUST
    if not may(actor, action, creditor_scope(row)):
        raise Forbidden([Reason("not_yours", None, NOT_YOURS)])
    lock_books([row.institution_id])
    row, said = the_charge(charge_id), " ".join(reason.split())
    if reasons := together(
        already, [*_said(said), *_not_enterable(row, kind, amount), *_not_meant(row, kind, amount, meant)]
    ):
        raise Refusal(reasons)
    waits = needs_second(row, amount.units)
    number = write([draft_of(row, kind, amount, said, actor.person_id, waits)], now)[0]
    if waits:
        _note("charge.waits", row, number, kind, amount, actor.person_id, now, said)
    else:
        post_charges([number], now, actor.person_id)
    return number


def approve(actor: Actor, charge_id: int, now: datetime) -> int:
    """Agree as the second person to what another entered, inside a deed: it is posted. Its number; of the answer to a dispute
    that of the entry that replaces the disputed charge."""
    row = _waiting(actor, charge_id)
    if dispute_of(row) is not None:
        return agree(actor, row, now)
    db.session.execute(
        update(_CHARGE)
        .where(_CHARGE.c.id == charge_id)
        .values(waits_for_second=False, approved_by_id=actor.person_id, version=_CHARGE.c.version + 1)
    )
    post_charges([charge_id], now, actor.person_id)
    amount = Money.from_units(abs(row.total_units), row.currency)
    _note("charge.approved", row, charge_id, row.kind, amount, actor.person_id, now, row.reason)
    return charge_id


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
    if dispute_of(row) is not None:
        return may_agree(actor, row)
    action = Action.CHARGE_WRITE_OFF if row.kind == WRITE_OFF else Action.CHARGE_ADJUST
    return bool(
        row.waits_for_second and row.made_by_id != actor.person_id and may(actor, action, creditor_scope(row))
    )


def _waiting(actor: Actor, charge_id: int, *, own: bool = False) -> Any:
    row = visible_charge(actor, charge_id)
    if not may_approve(actor, row) and not (
        own and row.waits_for_second and row.made_by_id == actor.person_id
    ):
        raise Forbidden([Reason("not_yours", None, _why_not(actor, row))])
    lock_books([row.institution_id])
    # Who refuses makes it vanish.
    row = db.session.execute(select(_CHARGE).where(_CHARGE.c.id == charge_id)).first()
    if row is None or not row.waits_for_second:
        raise Refusal([Reason("decided", None, N_("Somebody has decided on it meanwhile."))])
    return row


def _why_not(actor: Actor, row: Any) -> str:
    """Why somebody is not the second person, as it is with them."""
    if not row.waits_for_second:
        return N_("Nothing that was entered here waits for a second person.")
    if row.made_by_id == actor.person_id:
        return N_("A second person has to agree, not who entered it.")
    return N_("Somebody else has to agree, whose role allows changes of charges here; yours do not.")


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
    elif kind in LESSENING and amount.units > (left := left_of(row.id)):
        most = Money.from_units(max(left, 0), row.currency)
        yield Reason(
            "too_much", "amount", N_("At most %(most)s is left of what its payers bear."), {"most": most}
        )


def _not_meant(row: Any, kind: str, amount: Money, meant: bool) -> Iterator[Reason]:
    """Asks whether an addition of more than the charge itself is meant."""
    if (
        meant
        or kind != ADJUSTMENT
        or amount.currency != row.currency
        or not 0 < row.total_units < amount.units
    ):
        return
    times = f"{amount.units / row.total_units:,.1f}".removesuffix(".0")
    charge = Money.from_units(row.total_units, row.currency)
    sentence = N_("That is %(times)s times the charge of %(charge)s. Is it meant?")
    remedy = N_("Say that it is meant so, or enter another amount.")
    yield Reason("not_meant", "meant", sentence, {"times": times, "charge": charge}, remedy)


def _note(
    deed: str, row: Any, number: int, kind: str, amount: Money, actor_id: int, now: datetime, reason: str
) -> None:
    record(
        now=now, actor_id=actor_id, deed=deed, thing=("charge", number),
        institution_id=row.institution_id, lab_id=row.lab_id,
        detail={"kind": kind, "units": amount.units, "currency": amount.currency, "reason": reason,
                "user_id": row.user_id},
    )  # fmt: skip
