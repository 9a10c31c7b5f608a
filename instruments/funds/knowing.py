"""Read what has to be known of funds before one of them is chosen, held of or shown: a constant number of statements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, case, func, or_, select

from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.funds.ledger_models import LedgerAccount, LedgerSum, LedgerTransfer
from instruments.funds.models import Fund as FundRow
from instruments.funds.models import FundHold, FundPermit, FundUser
from instruments.funds.objecting import Charger, Fund, Permits, Standing, User
from instruments.people.rights import Actor

# What brings money into a wallet, and what takes it out again without anything being used.
PAID_IN = ("deposit", "opening")
_FUND: Any = FundRow.__table__
_HOLD: Any = FundHold.__table__
_USER: Any = FundUser.__table__
_PERMIT: Any = FundPermit.__table__
_ACCOUNT: Any = LedgerAccount.__table__
_SUM: Any = LedgerSum.__table__
_TRANSFER: Any = LedgerTransfer.__table__


def standings(fund_ids: Collection[int]) -> dict[int, Standing]:
    """What became of the money of these funds. One statement.

    Read of the sums that the database keeps beside the ledger: a fund that has paid for years is as quick as a new one.
    """
    dialect, fund = db.engine.dialect.name, _FUND.c
    posted, held = _posted(dialect), _held(dialect)
    rows = db.session.execute(
        select(
            fund.id,
            fund.kind,
            fund.budget_units,
            func.coalesce(posted.c.debits, 0).label("debits"),
            func.coalesce(posted.c.credited, 0).label("credited"),
            func.coalesce(posted.c.paid_in, 0).label("paid_in"),
            func.coalesce(posted.c.paid_out, 0).label("paid_out"),
            func.coalesce(held.c.whole, 0).label("held"),
        )
        .outerjoin(posted, posted.c.fund_id == fund.id)
        .outerjoin(held, held.c.fund_id == fund.id)
        .where(among(fund.id, dialect)),
        {"numbers": as_parameter(sorted(fund_ids), dialect)},
    )
    return {row.id: _standing(row) for row in rows}


def _standing(row: Row[Any]) -> Standing:
    net = int(row.debits) - int(row.credited)
    if row.kind != "wallet":
        return Standing(row.budget_units, net, int(row.held))
    paid = int(row.paid_in) - int(row.paid_out)
    return Standing(paid, net + paid, int(row.held))


def _posted(dialect: str) -> Any:
    """By fund, what stands on both sides of its account, and of it what was paid in or out, by the kinds of its transfers."""
    one = _SUM.c
    return (
        select(
            _ACCOUNT.c.fund_id,
            func.sum(one.debits).label("debits"),
            func.sum(one.credits).label("credited"),
            func.sum(case((one.kind.in_(PAID_IN), one.credits), else_=0)).label("paid_in"),
            func.sum(case((one.kind.in_(("refund", *PAID_IN)), one.debits), else_=0)).label("paid_out"),
        )
        .join(_SUM, one.account_id == _ACCOUNT.c.id)
        .where(among(_ACCOUNT.c.fund_id, dialect))
        .group_by(_ACCOUNT.c.fund_id)
        .subquery()
    )


def _held(dialect: str) -> Any:
    return (
        select(_HOLD.c.fund_id, func.sum(_HOLD.c.amount_units).label("whole"))
        .where(among(_HOLD.c.fund_id, dialect), _HOLD.c.state == "pending")
        .group_by(_HOLD.c.fund_id)
        .subquery()
    )


def known(fund_ids: Collection[int]) -> dict[int, Fund]:
    """What is known of these funds. Four statements."""
    if not fund_ids:
        return {}
    standing, users, permits = standings(fund_ids), _users(fund_ids), _permits(fund_ids)
    fund = _FUND.c
    rows = db.session.execute(
        select(
            fund.id, fund.kind, fund.institution_id, fund.owner_institution_id, fund.group_id, fund.code, fund.name_en,
            fund.name_zh, fund.currency, fund.valid_from, fund.valid_to, fund.state, fund.blocked_why, fund.overdrawn,
        ).where(fund.id.in_(fund_ids)).order_by(fund.id)
    )  # fmt: skip
    return {
        row.id: Fund(*row, standing[row.id], tuple(users.get(row.id, ())), permits.get(row.id, Permits()))
        for row in rows
    }


def _users(fund_ids: Collection[int]) -> dict[int, list[User]]:
    found: dict[int, list[User]] = {}
    user = _USER.c
    rows = db.session.execute(
        select(user.fund_id, user.person_id, user.limit_units, user.ends_on)
        .where(user.fund_id.in_(fund_ids))
        .order_by(user.id)
    )
    for fund_id, *said in rows:
        found.setdefault(fund_id, []).append(User(*said))
    return found


def _permits(fund_ids: Collection[int]) -> dict[int, Permits]:
    found: dict[int, list[Row[Any]]] = {}
    for row in db.session.execute(select(_PERMIT).where(_PERMIT.c.fund_id.in_(fund_ids))):
        found.setdefault(row.fund_id, []).append(row)
    return {
        fund_id: Permits(
            frozenset(row.lab_id for row in rows if row.lab_id),
            frozenset(row.institution_id for row in rows if row.institution_id),
            frozenset(row.class_code for row in rows if row.class_code),
            frozenset(row.line_kind for row in rows if row.line_kind),
        )
        for fund_id, rows in found.items()
    }


def charger(actor: Actor, taken: int = 0) -> Charger:
    """A person as funds see them."""
    return Charger(actor.person_id, actor.institution_id, actor.group_ids, taken)


def taken_by(fund_ids: Collection[int], person_id: int) -> dict[int, int]:
    """What a person has spent and holds of each of these funds, in minor units. Three statements."""
    found = dict.fromkeys(fund_ids, 0)
    for side, sign in (("debit_id", 1), ("credit_id", -1)):
        rows = db.session.execute(
            select(_ACCOUNT.c.fund_id, func.sum(_TRANSFER.c.amount_units))
            .join(_TRANSFER, _TRANSFER.c[side] == _ACCOUNT.c.id)
            .where(_ACCOUNT.c.fund_id.in_(fund_ids), _TRANSFER.c.person_id == person_id)
            .group_by(_ACCOUNT.c.fund_id)
        )
        for fund_id, units in rows:
            found[fund_id] += sign * int(units)
    held = db.session.execute(
        select(_HOLD.c.fund_id, func.sum(_HOLD.c.amount_units))
        .where(_HOLD.c.person_id == person_id, _HOLD.c.fund_id.in_(fund_ids), _HOLD.c.state == "pending")
        .group_by(_HOLD.c.fund_id)
    )
    for fund_id, units in held:
        found[fund_id] += int(units)
    return found


def chargeable(actor: Actor) -> list[int]:
    """The funds that a person may charge, whatever stands against it now, apart from those that are closed."""
    return list(db.session.scalars(_of_right(actor).where(_FUND.c.state != "closed")))


def with_right(actor: Actor, fund_ids: Collection[int]) -> set[int]:
    """Those of these funds that a person may charge, and so knows; also those that are closed. One statement."""
    if not fund_ids:
        return set()
    return set(db.session.scalars(_of_right(actor).where(_FUND.c.id.in_(fund_ids))))


def chargeable_on(actor: Actor, day: date) -> Sequence[Row[Any]]:
    """The funds that a person may charge for a use on a day, so far as is known without their money: rows (id, code,
    name_en, name_zh). One statement."""
    fund, user = _FUND.c, _USER.c
    return db.session.execute(
        _of_right(actor)
        .with_only_columns(fund.id, fund.code, fund.name_en, fund.name_zh)
        .where(
            fund.state == "open", fund.overdrawn.is_(False), fund.valid_from <= day,
            or_(fund.valid_to.is_(None), fund.valid_to >= day), or_(user.ends_on.is_(None), user.ends_on >= day),
        )
    ).all()  # fmt: skip


def _of_right(actor: Actor) -> Select[int]:
    fund, user = _FUND.c, _USER.c
    everybody = and_(
        user.person_id.is_(None),
        or_(
            fund.group_id.in_(actor.group_ids),
            and_(fund.group_id.is_(None), fund.owner_institution_id == actor.institution_id),
        ),
    )
    return (
        select(fund.id)
        .join(_USER, user.fund_id == fund.id)
        .where(or_(user.person_id == actor.person_id, everybody))
        .distinct()
        .order_by(fund.id)
    )
