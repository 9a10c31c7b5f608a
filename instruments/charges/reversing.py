"""Take a posted charge back: the mirror image of its lines, its shares and its entries, as they are stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from instruments.charges.models import Charge, ChargeLine, ChargeShare
from instruments.charges.states import BY_HAND, DRAFT, POSTED, REVERSAL, REVERSED
from instruments.charges.writing import Draft, as_json, write
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.funds.holding import lock, settle
from instruments.funds.ledger import open_month, reverse
from instruments.funds.ledger_models import LedgerTransfer
from instruments.funds.subsidizing import give_back
from instruments.journal.record import record

_CHARGE: Any = Charge.__table__
_LINE: Any = ChargeLine.__table__
_SHARE: Any = ChargeShare.__table__
_TRANSFER: Any = LedgerTransfer.__table__
# What a reversal keeps of what it takes back.
SAME = (
    "use_id", "customer", "reservation_id", "instrument_id", "lab_id", "institution_id", "user_id", "group_id",
    "customer_class", "version_id", "currency", "use_version", "share_rate", "tax_rate",
)  # fmt: skip


def the_charge(charge_id: int) -> Any:
    """The row of a charge, locked inside a deed."""
    asked = select(_CHARGE).where(_CHARGE.c.id == charge_id)
    if db.engine.dialect.name == "postgresql":
        asked = asked.with_for_update()
    return db.session.execute(asked).one()


def take_back(charge_id: int, reason: str, now: datetime, actor_id: int | None) -> int:
    """Reverse a posted charge, and whatever lessened it, inside a deed that holds the lock of its institution.

    The reversal is posted into the month of the service, or the first open one after it. Its number; raises Refusal where
    there is nothing to take back.
    """
    row = the_charge(charge_id)
    if row.posted_at is None or row.state == REVERSED or row.kind == REVERSAL:
        sentence = N_("Only a posted charge that stands can be reversed.")
        raise Refusal([Reason("not_standing", None, sentence)])
    for about in _lessened_by(charge_id):
        take_back(about, reason, now, actor_id)
    funds = _funds_of(charge_id)
    lock(funds)
    number = _mirror(row, reason, now, actor_id)
    _reverse_entries(row, reason, now, actor_id)
    month = open_month(row.institution_id, f"{row.service_on:%Y-%m}")
    _set(number, state=POSTED, posted_at=now, month=month)
    _set(charge_id, state=REVERSED)
    settle([], funds, now, actor_id)
    give_back([("charge", charge_id)], now)
    record(
        now=now, actor_id=actor_id, deed="charge.reversed", thing=("charge", charge_id),
        institution_id=row.institution_id, lab_id=row.lab_id,
        detail={"reversal_id": number, "reason": reason, "units": row.total_units, "user_id": row.user_id},
    )  # fmt: skip
    return number


def _lessened_by(charge_id: int) -> list[int]:
    """Adjustments, credits and waivers about it that stand: they go when it goes."""
    charge = _CHARGE.c
    standing = charge.posted_at.is_not(None) & (charge.state != REVERSED)
    return list(
        db.session.scalars(
            select(charge.id)
            .where(charge.about_id == charge_id, charge.kind.in_(BY_HAND), standing)
            .order_by(charge.id)
        )
    )


def _funds_of(charge_id: int) -> list[int]:
    asked = select(_SHARE.c.fund_id).where(_SHARE.c.charge_id == charge_id, _SHARE.c.fund_id.is_not(None))
    return sorted(set(db.session.scalars(asked)))


def _mirror(row: Any, reason: str, now: datetime, actor_id: int | None) -> int:
    """The reversal as a draft: every amount of the lines and shares negated, all else as it is stored."""
    lines = db.session.execute(
        select(_LINE).where(_LINE.c.charge_id == row.id).order_by(_LINE.c.position)
    ).all()
    shares = db.session.execute(
        select(_SHARE).where(_SHARE.c.charge_id == row.id).order_by(_SHARE.c.position)
    ).all()
    values = {name: getattr(row, name) for name in SAME} | {
        "key": f"reversal:{row.id}", "kind": REVERSAL, "reverses_id": row.id, "reason": reason,
        "made_by_id": actor_id, "total_units": -row.total_units, "service_on": row.service_on.isoformat(),
        "state": DRAFT,
    }  # fmt: skip
    mirror = Draft(
        values,
        [
            (
                line.position, line.kind, line.unit, -line.quantity_above, line.quantity_below, line.price_units,
                line.factor, -line.amount_units, line.customer_class, as_json(line.why),
            )
            for line in lines
        ],
        [
            (
                share.position, share.role, share.route, share.taxed, share.fund_id, share.programme_id,
                share.payer_institution_id, share.payer_person_id, share.payer_group_id, share.percent,
                share.customer_class, -share.amount_units, as_json(share.why),
            )
            for share in shares
        ],
    )  # fmt: skip
    return write([mirror], now)[0]


def _reverse_entries(row: Any, reason: str, now: datetime, actor_id: int | None) -> None:
    """In each book into its own open month."""
    transfer = _TRANSFER.c
    stored = db.session.execute(
        select(transfer.id, transfer.institution_id)
        .where(transfer.thing_kind == "charge", transfer.thing_id == row.id, transfer.reverses_id.is_(None))
        .order_by(transfer.id)
    ).all()
    books: dict[int, list[int]] = {}
    for one in stored:
        books.setdefault(one.institution_id, []).append(one.id)
    for institution_id, numbers in sorted(books.items()):
        month = open_month(institution_id, f"{row.service_on:%Y-%m}")
        reverse(numbers, reason[:300], now, month, actor_id)


def _set(charge_id: int, **values: Any) -> None:
    db.session.execute(
        update(_CHARGE).where(_CHARGE.c.id == charge_id).values(**values, version=_CHARGE.c.version + 1)
    )
