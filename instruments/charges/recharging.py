"""Charge a use anew after it was corrected: what is posted is reversed and entered again, linked; and drop what was undone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from instruments.charges.dispute_models import Dispute, FundChange
from instruments.charges.drafting import CONFIRMED_ANEW, Ready, key_of, of_use, without
from instruments.charges.models import Charge, ChargeLine, ChargeShare
from instruments.charges.reversing import take_back, the_charge
from instruments.charges.states import DISPUTED, REVERSED, USE
from instruments.charges.taken_off import taken_off_of
from instruments.charges.writing import Draft, write
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.usage.models import UseAmendment, UseCorrection

_CHARGE: Any = Charge.__table__
_LINE: Any = ChargeLine.__table__
_SHARE: Any = ChargeShare.__table__
_CORRECTION: Any = UseCorrection.__table__
_AMENDMENT: Any = UseAmendment.__table__
NO_USE = "The use was found not to have taken place. / 经核实，该次使用并未发生。"


def live_charges(use_ids: Collection[int]) -> dict[tuple[int, int], Any]:
    """The charges of uses that stand, by use and customer: rows (id, use_id, customer, state, posted_at, use_version)."""
    dialect, charge = db.engine.dialect.name, _CHARGE.c
    rows = db.session.execute(
        select(
            charge.id, charge.use_id, charge.customer, charge.state, charge.posted_at, charge.use_version
        ).where(among(charge.use_id, dialect), charge.kind == USE, charge.state != REVERSED),
        {"numbers": as_parameter(sorted(set(use_ids)), dialect)},
    )
    return {(row.use_id, row.customer): row for row in rows}


def charge_anew(
    each: Ready, live: Any, now: datetime, reason: str = "", actor_id: int | None = None
) -> int | None:
    """Make the posted charge of a use what it now comes to, inside a deed that holds its institution's lock.

    The number of the new entry, to be posted; None where nothing changed, or somebody disputes it: then the lab decides first.
    reason, actor_id: of who corrected the use, unless said.
    """
    if live.state == DISPUTED:
        return None
    made = of_use(each, key_of(each))
    if _same(made, live.id):
        db.session.execute(
            update(_CHARGE)
            .where(_CHARGE.c.id == live.id)
            .values(use_version=each.thing.use_version, version=_CHARGE.c.version + 1)
        )
        return None
    why, who = (reason, actor_id) if reason else _corrected(each.thing.use_id)
    off = taken_off_of([live.id]).get(live.id, ())
    less = of_use(without(each, off), key_of(each))
    return enter_again(live.id, less, why, now, who)


def enter_again(charge_id: int, made: Draft, reason: str, now: datetime, actor_id: int | None) -> int:
    """Reverse a posted charge and write what replaces it as a draft, linked, with the reason; its number."""
    take_back(charge_id, reason, now, actor_id)
    values = dict(made.values) | {
        "key": f"{made.values['key']}:for:{charge_id}", "corrects_id": charge_id, "reason": reason,
        "made_by_id": actor_id,
    }  # fmt: skip
    return write([Draft(values, made.lines, made.shares)], now)[0]


def drop(charge_id: int, now: datetime, reason: str = NO_USE, actor_id: int | None = None) -> None:
    """Take a charge away whose use there was not: a draft vanishes with what was said of it, what is posted is reversed."""
    row = the_charge(charge_id)
    if row.posted_at is None:
        for said in (Dispute.__table__, FundChange.__table__):
            db.session.execute(delete(said).where(said.c.charge_id == charge_id))
        # About a draft nothing stands but an answer to its dispute that waits for a second person.
        db.session.execute(delete(_CHARGE).where(_CHARGE.c.about_id == charge_id))
        db.session.execute(delete(_CHARGE).where(_CHARGE.c.id == charge_id))
    else:
        take_back(charge_id, reason, now, actor_id)


def _corrected(use_id: int) -> tuple[str, int | None]:
    """Who corrected the use or amended what it counted last, and why."""
    correction, amendment = _CORRECTION.c, _AMENDMENT.c
    asked = (
        select(correction.reason, correction.corrected_by_id, correction.corrected_at, correction.id).where(
            correction.use_id == use_id
        ),
        select(amendment.reason, amendment.amended_by_id, amendment.amended_at, amendment.id).where(
            amendment.use_id == use_id
        ),
    )
    rows = [tuple(row) for each in asked for row in db.session.execute(each)]
    if not rows:
        return CONFIRMED_ANEW, None
    reason, who, _, _ = max(rows, key=lambda row: row[2:])
    return reason, who


def _same(made: Draft, charge_id: int) -> bool:
    """Whether what is stored comes to the same, line by line and share by share.

    Beside what the lab took off, which stands as long as the rest does.
    """
    line, share = _LINE.c, _SHARE.c
    lines = db.session.execute(
        select(
            line.kind, line.unit, line.quantity_above, line.quantity_below, line.price_units, line.factor,
            line.amount_units, line.customer_class, line.why,
        ).where(line.charge_id == charge_id).order_by(line.position)
    ).all()  # fmt: skip
    stored = [tuple(row[:8]) for row in lines if not _is_adjusted(row.why)]
    if stored != [tuple(row[1:9]) for row in made.lines]:
        return False
    shares = db.session.execute(
        select(
            share.position, share.role, share.route, share.taxed, share.fund_id, share.programme_id,
            share.payer_institution_id, share.payer_person_id, share.payer_group_id, share.percent,
            share.customer_class, share.amount_units,
        ).where(share.charge_id == charge_id).order_by(share.position)
    ).all()  # fmt: skip
    upto = 12 if len(stored) == len(lines) else 11
    return [tuple(row[:upto]) for row in shares] == [tuple(row[:upto]) for row in made.shares]


def _is_adjusted(why: Any) -> bool:
    return any(each["code"] == "adjusted" for each in why)
