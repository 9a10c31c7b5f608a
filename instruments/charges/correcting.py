"""Correct what was charged: a lower amount, other payers; always a reversal and a new entry, linked, with who and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from instruments.charges.models import ChargeLine, ChargeShare
from instruments.charges.posting import post_charges
from instruments.charges.pricing import Payer, Share, share_of
from instruments.charges.recharging import enter_again
from instruments.charges.reversing import the_charge
from instruments.charges.states import DRAFT
from instruments.charges.subsidies import terms_of_charge
from instruments.charges.writing import Draft, line_row, share_row
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.funds.models import Fund
from instruments.funds.sharing import PAYER, ClassLine, Terms, lessened, shared_again
from instruments.money import Money
from instruments.rates.kept import reasons_from_json
from instruments.rates.lines import Line

_LINE: Any = ChargeLine.__table__
_SHARE: Any = ChargeShare.__table__
_FUND: Any = Fund.__table__
# What a new entry keeps of the one it replaces.
SAME = (
    "kind", "use_id", "customer", "reservation_id", "instrument_id", "lab_id", "institution_id", "user_id", "group_id",
    "customer_class", "version_id", "currency", "use_version",
)  # fmt: skip
ADJUSTED = N_("Less by %(less)s: %(reason)s")


def lower(charge_id: int, less: Money, reason: str, now: datetime, actor_id: int) -> int:
    """Charge so much less, inside a deed that holds the lock of the institution; the number of the entry that replaces it.

    What is a draft is posted first, so that both stand in the books. Raises Refusal with every reason.
    """
    row = the_charge(charge_id)
    if reasons := list(_too_much(row, less)):
        raise Refusal(reasons)
    if row.state == DRAFT:
        post_charges([charge_id], now, actor_id)
    lines = lines_of_charge(charge_id, row.currency)
    why = (Reason("adjusted", None, ADJUSTED, {"less": less, "reason": reason}),)
    terms = terms_of_charge(charge_id)
    made = remade(row, [*lines, *lessened(lines, less, why)], payers_of_charge(charge_id), terms)
    number = enter_again(charge_id, made, reason, now, actor_id)
    post_charges([number], now, actor_id)
    return number


def lines_of_charge(charge_id: int, currency: str) -> list[ClassLine]:
    """The lines of a charge as they were computed, read again."""
    line = _LINE.c
    rows = db.session.execute(select(_LINE).where(line.charge_id == charge_id).order_by(line.position))
    return [
        ClassLine(
            row.customer_class,
            Line(
                row.kind,
                row.unit,
                Fraction(row.quantity_above, row.quantity_below),
                Money.from_units(row.price_units, currency),
                reasons_from_json(row.why),
                Decimal(row.factor),
            ),
        )
        for row in rows
    ]


def payers_of_charge(charge_id: int) -> list[tuple[Payer, int]]:
    """Who bears a charge beside programmes, each with what they bear, in minor units."""
    share, fund = _SHARE.c, _FUND.c
    rows = db.session.execute(
        select(
            share.percent, share.customer_class, share.payer_institution_id, share.payer_person_id,
            share.payer_group_id, share.fund_id, fund.kind, fund.institution_id, fund.currency, share.amount_units,
        )
        .outerjoin(_FUND, fund.id == share.fund_id)
        .where(share.charge_id == charge_id, share.role == PAYER)
        .order_by(share.position)
    )  # fmt: skip
    return [
        (
            Payer(
                Decimal(row.percent), row.customer_class, row.payer_institution_id, row.payer_person_id,
                row.payer_group_id, row.fund_id, row.kind or "", row.institution_id, row.currency,
            ),
            row.amount_units,
        )
        for row in rows
    ]  # fmt: skip


def remade(
    row: Any, lines: Sequence[ClassLine], payers: Sequence[tuple[Payer, int]], terms: Sequence[Terms]
) -> Draft:
    """The same charge with other lines, borne by payers in proportion to what is named with each."""
    weights = [Fraction(units) for _, units in payers]
    shared = shared_again(lines, weights, row.currency, terms)
    who = [payer for payer, _ in payers]
    shares: list[Share] = [share_of(part, who, row.institution_id) for part in shared.parts]
    values = {name: getattr(row, name) for name in SAME} | {
        "key": row.key.partition(":for:")[0], "total_units": shared.total.units,
        "service_on": row.service_on.isoformat(), "customer_class": lines[0].customer_class if lines else row.customer_class,
    }  # fmt: skip
    return Draft(
        values,
        [line_row(place, line) for place, line in enumerate(lines)],
        [share_row(place, share) for place, share in enumerate(shares)],
    )


def _too_much(row: Any, less: Money) -> Iterator[Reason]:
    if less.currency != row.currency:
        sentence = N_("It is charged in %(currency)s.")
        yield Reason("other_currency", "less", sentence, {"currency": row.currency})
    elif less.amount <= 0:
        yield Reason("no_amount", "less", N_("Enter an amount above zero."))
    elif less.units > row.total_units:
        most = Money.from_units(row.total_units, row.currency)
        yield Reason(
            "too_much", "less", N_("It comes to %(most)s, so at most that much less."), {"most": most}
        )
