"""Which other funds could bear a charge, which was asked to, and whether one can be asked at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import aliased

from instruments.charges.correcting import payers_of_charge
from instruments.charges.dispute_models import FundChange
from instruments.charges.entered import standing_about
from instruments.charges.naming import FUND
from instruments.charges.repaying import comes_to, payer_for
from instruments.charges.sight import creditor_scope, meant_by_change, of_payer
from instruments.charges.states import DISPUTED, DRAFT, FEES, POSTED, USE
from instruments.database import db
from instruments.errors import N_, Reason
from instruments.funds.knowing import chargeable
from instruments.funds.listing import seen
from instruments.funds.models import Fund
from instruments.funds.whose import may_manage
from instruments.money import Money
from instruments.people.models import Person
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import actor_by_id

_CHANGE: Any = FundChange.__table__
ASKED = "asked"


def may_ask(actor: Actor, row: Any) -> bool:
    """Whether somebody may ask that another fund bears a charge: who uses or pays, and the lab; of what can be moved."""
    if next(not_movable(row), None) is not None:
        return False
    return of_payer(actor, row, Action.CHARGE_DISPUTE) or may(
        actor, Action.CHARGE_PREPARE, creditor_scope(row)
    )


def funds_to_ask(actor: Actor, row: Any, now: datetime) -> list[int]:
    """The funds that the user may charge, and those that the actor manages or may charge; those that pay now left out."""
    user = actor_by_id(row.user_id, now) if row.user_id is not None else None
    mine = set(chargeable(actor)) | (set(chargeable(user)) if user is not None else set())
    managed = db.session.scalars(
        select(Fund.id).where(seen(actor), Fund.state == "open", Fund.currency == row.currency).limit(200)
    )
    paying = {payer.fund_id for payer, _ in payers_of_charge(row.id)}
    return sorted((mine | set(managed)) - paying)


def known_to_us(actor: Actor, row: Any, fund_id: int | None, code: str, now: datetime) -> Fund | None:
    """The fund that is named, if it is one that the actor or the user knows."""
    funds = funds_to_ask(actor, row, now) if fund_id is not None or code else []
    paying = [payer.fund_id for payer, _ in payers_of_charge(row.id) if payer.fund_id is not None]
    if fund_id is not None:
        return db.session.get(Fund, fund_id) if fund_id in (*funds, *paying) else None
    mine = Fund.id.in_([*funds, *paying])
    found = db.session.scalars(select(Fund).where(mine, func.lower(Fund.code) == code.lower()).limit(2)).all()
    return found[0] if len(found) == 1 else None


def has_right(row: Any, fund_id: int, now: datetime) -> bool:
    """Whether whoever used it may charge the fund."""
    user = actor_by_id(row.user_id, now) if row.user_id is not None else None
    return user is not None and fund_id in chargeable(user)


class Would(NamedTuple):
    """What a charge would come to if a fund bore it, as which class; at_once: whether nobody else has to agree."""

    amount: Money
    customer_class: str
    at_once: bool


def would_bear(actor: Actor, row: Any, fund: Fund, now: datetime) -> Would:
    """What would change. Raises Refusal where the prices that bound it say nothing for this payer."""
    payer = payer_for(row, FUND, fund.id)
    amount = Money.from_units(int(comes_to(row, payer, now).values["total_units"]), row.currency)
    at_once = may_manage(actor, fund) or (row.posted_at is None and has_right(row, fund.id, now))
    return Would(amount, payer.customer_class, at_once)


def meant(number: int) -> Select[Fund]:
    """The funds that a request names."""
    change = _CHANGE.c.id == number
    return select(Fund).join(_CHANGE, meant_by_change()).where(change).order_by(Fund.id)


def fund_of_change(actor: Actor, change: Any) -> Fund | None:
    """The fund that a request names, as far as its answer lies with the actor or it was named by its number."""
    found = db.session.scalars(meant(change.id)).all()
    if change.fund_id is not None:
        return found[0]
    return next((fund for fund in found if may_manage(actor, fund)), None)


def open_change(charge_id: int) -> Any:
    """The request that waits for an answer, or None."""
    asked = select(_CHANGE).where(_CHANGE.c.charge_id == charge_id, _CHANGE.c.state == ASKED)
    return db.session.execute(asked).first()


def changes_of(charge_id: int) -> Sequence[Row[Any]]:
    """What was asked and answered for a charge, with the names of funds and people."""
    by, decider = aliased(Person), aliased(Person)
    return db.session.execute(
        select(
            _CHANGE, Fund.name_en.label("fund_en"), Fund.name_zh.label("fund_zh"), Fund.code, by.name_en.label("by_en"),
            by.name_zh.label("by_zh"), decider.name_en.label("decider_en"), decider.name_zh.label("decider_zh"),
        )
        .outerjoin(Fund, Fund.id == _CHANGE.c.fund_id)
        .join(by, by.id == _CHANGE.c.asked_by_id)
        .outerjoin(decider, decider.id == _CHANGE.c.decided_by_id)
        .where(_CHANGE.c.charge_id == charge_id)
        .order_by(_CHANGE.c.id)
    ).all()  # fmt: skip


def not_movable(row: Any) -> Iterator[Reason]:
    """Why no other fund can be asked for now."""
    if row.kind not in (USE, *FEES):
        yield Reason(
            "not_movable", None, N_("It follows the charge it is about: ask for another fund there.")
        )
    elif row.state == DISPUTED:
        yield Reason("disputed", None, N_("It is in dispute: that is answered first."))
    elif row.state not in (DRAFT, POSTED):
        yield Reason("reversed", None, N_("It was reversed: what replaced it is linked to it."))
    elif any(each.waits_for_second for each in standing_about(row.id)):
        yield Reason("waits", None, N_("A second person has to decide first on what was entered about it."))
    elif open_change(row.id) is not None:
        yield Reason("asked", None, N_("Another fund is asked for already."))
