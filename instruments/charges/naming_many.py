"""Name by rule what many uses and fees lack: the prices of their day, or the only fund that could pay; each is noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from instruments.charges import naming
from instruments.charges.repaying import charge_to, comes_to, payer_for
from instruments.charges.reversing import the_charge
from instruments.charges.settings import lock_books
from instruments.charges.sight import creditor_scope, is_own, visible_charge
from instruments.charges.states import DRAFT, FEES
from instruments.charges.worklist import unpaid_fees, unpriced
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.models import Reservation

# What can lack a price; the rest lacks a payer.
PRICE_CODES = frozenset({"no_version", "no_price", "no_price_for", "no_operator_price"})
PAYER_CODES = frozenset({"no_payer", "other_currency"})
AT_ONCE = 500


def choose_prices(actor: Actor, lab_id: int, reason: str, now: datetime) -> list[int]:
    """Have every use of a lab that lacks a price charged by what was published for its day, inside a deed.

    Those for whose day nothing is published are left, and the actor's own, which somebody else names. The numbers of the
    uses, to be looked at again. Raises Refusal.
    """
    if not " ".join(reason.split()):
        raise Refusal([Reason("no_reason", "all_reason", N_("Say why."))])
    chosen: list[int] = []
    for row in unpriced(lab_id, None, AT_ONCE)[0]:
        if is_own(actor, row) or not PRICE_CODES & set(row.codes.split()) or row.use_id in chosen:
            continue
        if naming.version_on_day(naming.the_missing(actor, row.use_id, row.customer)) is not None:
            naming.choose_price(actor, row.use_id, row.customer, reason, now)
            chosen.append(row.use_id)
    return chosen


def name_only_funds(actor: Actor, lab_id: int, now: datetime) -> list[int]:
    """Name for each use and fee of a lab that lacks a payer the fund that could pay, where there is just one; inside a deed.

    The numbers of the uses, to be looked at again; fees are posted. The actor's own are left to somebody else. What else is
    against a fund the next look says.
    """
    named: list[int] = []
    for row in unpriced(lab_id, None, AT_ONCE)[0]:
        if not is_own(actor, row) and PAYER_CODES & set(row.codes.split()):
            funds = naming.funds_of(row, now)
            if len(funds) == 1:
                naming.name_payer(actor, row.use_id, row.customer, naming.FUND, funds[0], now)
                named.append(row.use_id)
    for fee in unpaid_fees(lab_id, AT_ONCE):
        funds = naming.funds_of(fee, now)
        if len(funds) == 1 and may(actor, Action.CHARGE_PREPARE, creditor_scope(fee)):
            name_fee_payer(actor, fee.id, naming.FUND, funds[0], now)
    return named


def name_fee_payer(actor: Actor, charge_id: int, kind: str, number: int, now: datetime) -> None:
    """Say who pays a fee that waits for it, inside a deed: it is posted, at the price of the payer's own class.

    Raises NotFound, Forbidden for their own, or Refusal with every reason.
    """
    row = visible_charge(actor, charge_id)
    lock_books([row.institution_id])
    row = the_charge(charge_id)
    waits = row.state == DRAFT and row.kind in FEES
    if not waits or not may(actor, Action.CHARGE_PREPARE, Scope(row.institution_id, row.lab_id)):
        raise NotFound([Reason("no_fee", None, N_("No such fee waits here for its payer."))])
    naming.refuse_own(actor, row)
    served = _served(row)
    if reasons := list(naming.not_payable(served, kind, number, now)):
        raise Refusal(reasons)
    payer = payer_for(row, kind, number)
    if reasons := list(_other_currency(row, payer.currency)):
        raise Refusal(reasons)
    charge_to(row, payer, comes_to(row, payer, now), "", now, actor.person_id)
    record(
        now=now, actor_id=actor.person_id, deed="charge.payer_named", thing=("charge", charge_id),
        institution_id=row.institution_id, lab_id=row.lab_id,
        detail={"payer": kind, "payer_id": number, "class": payer.customer_class, "user_id": row.user_id},
    )  # fmt: skip


def _served(row: Any) -> Any:
    """Whom a fee is of, as the payers of uses are weighed."""
    home_id = db.session.get_one(Reservation, row.reservation_id).institution_id
    return SimpleNamespace(
        user_id=row.user_id, home_id=home_id, group_id=row.group_id, institution_id=row.institution_id
    )


def _other_currency(row: Any, currency: str | None) -> Iterator[Reason]:
    if currency not in (None, row.currency):
        sentence = N_("The prices are in %(currency)s, and the fund pays in %(fund)s only.")
        values = {"currency": row.currency, "fund": currency}
        yield Reason("other_currency", "payer", sentence, values, N_("Name another fund."))
