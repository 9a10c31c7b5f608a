"""What a correction makes of a charge: its lines and payers read again, and the same charge with others."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from instruments.charges.models import ChargeLine, ChargeShare
from instruments.charges.pricing import Payer, Share, share_of
from instruments.charges.writing import Draft, line_row, share_row
from instruments.database import db
from instruments.funds.models import Fund
from instruments.funds.sharing import PAYER, ClassLine, Terms, shared_again
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
                Money.from_units(row.amount_units, currency),
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
    """The same charge with other lines, borne by payers in proportion to what is named with each; of a fee of which it is not
    known who pays, by nobody yet."""
    weights = [Fraction(units) for _, units in payers]
    if not any(weights):
        weights = [Fraction(payer.percent) for payer, _ in payers] or [Fraction(1)]
    shared = shared_again(lines, weights, row.currency, terms)
    who = [payer for payer, _ in payers]
    shares: list[Share] = [share_of(part, who, row.institution_id) for part in shared.parts] if who else []
    values = {name: getattr(row, name) for name in SAME} | {
        "key": row.key.partition(":for:")[0], "total_units": shared.total.units,
        "service_on": row.service_on.isoformat(), "customer_class": lines[0].customer_class if lines else row.customer_class,
    }  # fmt: skip
    return Draft(
        values,
        [line_row(place, line) for place, line in enumerate(lines)],
        [share_row(place, share) for place, share in enumerate(shares)],
    )
