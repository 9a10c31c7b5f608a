"""What programmes bear of charges: the terms that were reserved at booking, committed when posted, given back on reversal."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from instruments.charges.gathering_rows import rows_among
from instruments.charges.models import Charge, ChargeShare
from instruments.database import db
from instruments.funds import subsidizing
from instruments.funds.programme_models import ProgrammeHold, ProgrammeRow
from instruments.funds.programme_setting import terms_of
from instruments.funds.programmes import Standing
from instruments.funds.sharing import PAYER, Terms
from instruments.funds.subsidizing import commit as pay_for
from instruments.money import Money

_CHARGE: Any = Charge.__table__
_HOLD: Any = ProgrammeHold.__table__
_SHARE: Any = ChargeShare.__table__


def reserved_terms(reservation_ids: Collection[int]) -> dict[int, tuple[Terms, ...]]:
    """By reservation, the programmes that reserved something for it, as if they had not. One statement where none did."""
    hold = _HOLD.c
    asked = select(_HOLD).where(hold.thing_kind == "reservation", hold.state == "reserved").order_by(hold.id)
    found: dict[int, list[Any]] = {}
    for row in rows_among(asked, hold.thing_id, reservation_ids):
        found.setdefault(row.thing_id, []).append(row)
    return {number: _terms(rows) for number, rows in found.items()}


def committed_terms(use_ids: Collection[int]) -> dict[int, tuple[Terms, ...]]:
    """By use, the programmes that paid for its charge as it stands: the original terms when it is charged anew.

    One statement where none did.
    """
    hold, charge = _HOLD.c, _CHARGE.c
    asked = (
        select(_HOLD, charge.use_id)
        .join(_CHARGE, (hold.thing_kind == "charge") & (hold.thing_id == charge.id))
        .where(hold.state == "committed", charge.kind == "use", charge.state != "reversed")
        .order_by(hold.id)
    )
    found: dict[int, list[Any]] = {}
    for row in rows_among(asked, charge.use_id, use_ids):
        found.setdefault(row.use_id, []).append(row)
    return {number: _terms(rows) for number, rows in found.items()}


def terms_of_charge(charge_id: int) -> tuple[Terms, ...]:
    """The programmes that paid for a charge, as if they had not: the original terms of its correction."""
    hold = _HOLD.c
    asked = select(_HOLD).where(
        hold.thing_kind == "charge", hold.thing_id == charge_id, hold.state == "committed"
    )
    rows = db.session.execute(asked.order_by(hold.id)).all()
    return _terms(rows) if rows else ()


def _terms(rows: Any) -> tuple[Terms, ...]:
    made = []
    for row in rows:
        programme = db.session.get(ProgrammeRow, row.programme_id)
        assert programme is not None  # noqa: S101 - it holds something
        payer = subsidizing.Payer(row.payer_institution_id, row.payer_person_id, "")
        standing = subsidizing.standings([programme.id], payer, row.year, programme.currency)[programme.id]
        own = Money.from_units(row.amount_units, programme.currency)
        made.append(
            Terms(
                programme.id, terms_of(programme), Standing(standing.in_the_year - own, standing.in_all - own)
            )
        )
    return tuple(made)


def commit_all(posted: Mapping[int, Any], now: datetime) -> None:
    """What programmes bear of these charges (rows by number) is paid, and what was reserved for them given back."""
    share = _SHARE.c
    asked = select(share.charge_id, share.programme_id, share.amount_units).where(share.role != PAYER)
    amounts: dict[int, dict[int, Money]] = {}
    for row in rows_among(asked, share.charge_id, posted):
        money = Money.from_units(row.amount_units, posted[row.charge_id].currency)
        amounts.setdefault(row.charge_id, {})[row.programme_id] = money
    subsidizing.lock_programmes(sorted({number for each in amounts.values() for number in each}))
    for number, each in sorted(amounts.items()):
        row = posted[number]
        payer, year = _for_whom(row.reservation_id, row.corrects_id)
        reserved = ("reservation", row.reservation_id or 0)
        pay_for(reserved, ("charge", number), payer, each, date(year, 1, 1), now)


def _for_whom(reservation_id: int | None, corrects_id: int | None) -> tuple[subsidizing.Payer, int]:
    """For whom and in which year it was reserved, or paid before."""
    hold = _HOLD.c
    row = db.session.execute(
        select(hold.payer_institution_id, hold.payer_person_id, hold.year)
        .where(
            or_(
                (hold.thing_kind == "reservation") & (hold.thing_id == reservation_id),
                (hold.thing_kind == "charge") & (hold.thing_id == corrects_id),
            )
        )
        .order_by(hold.id.desc())
        .limit(1)
    ).one()
    return subsidizing.Payer(row.payer_institution_id, row.payer_person_id, ""), row.year
