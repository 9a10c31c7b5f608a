"""Look at funds whose money has moved: what is overdrawn is blocked, what is covered again is not, owners are warned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from instruments.database import db
from instruments.funds.knowing import standings
from instruments.funds.models import EXTERNAL, Fund
from instruments.funds.objecting import Standing
from instruments.journal.record import entry, record_many
from instruments.people.holders import people_with
from instruments.people.rights import Role
from instruments.people.signing import today

_FUND: Any = Fund.__table__


def watch(fund_ids: Collection[int], now: datetime) -> None:
    """Set what follows from the money of these funds, under their locks. Two statements where nothing follows."""
    if not fund_ids:
        return
    fund = _FUND.c
    rows = db.session.execute(
        select(
            fund.id, fund.kind, fund.institution_id, fund.owner_institution_id, fund.group_id, fund.overdrawn,
            fund.warned, fund.warn_percents,
        ).where(fund.id.in_(fund_ids)).order_by(fund.id)
    ).all()  # fmt: skip
    standing = standings(fund_ids)
    told = []
    for row in rows:
        told += _followed(row, standing[row.id], now)
    record_many(told)


def _followed(row: Row[Any], standing: Standing, now: datetime) -> list[dict[str, Any]]:
    overdrawn = standing.left is not None and standing.left < 0
    percent = standing.percent or 0
    reached = max((each for each in row.warn_percents or () if each <= percent), default=0)
    told = []
    if overdrawn != row.overdrawn:
        told.append(_told("fund.overdrawn" if overdrawn else "fund.covered", row, standing, now, reached))
    elif reached > row.warned:
        told.append(_told("fund.warned", row, standing, now, reached))
    if overdrawn != row.overdrawn or reached != row.warned:
        change = update(_FUND).where(_FUND.c.id == row.id)
        db.session.execute(change.values(overdrawn=overdrawn, warned=reached))
    return told


def _told(deed: str, row: Row[Any], standing: Standing, now: datetime, percent: int) -> dict[str, Any]:
    return entry(
        now=now,
        actor_id=None,
        deed=deed,
        thing=("fund", row.id),
        institution_id=row.owner_institution_id,
        detail={
            "owner_ids": owners(row.kind, row.owner_institution_id, row.group_id, now),
            "percent": percent,
            "left_units": standing.left,
        },
    )


def owners(kind: str, owner_institution_id: int, group_id: int | None, now: datetime) -> list[int]:
    """Who manages a fund: head and delegates of its group, else the managers of its company, else the finance officers."""
    day = today(now)
    if group_id is not None:
        found = people_with({Role.GROUP_HEAD, Role.FUND_DELEGATE}, [group_id], day).get(group_id)
        if found:
            return sorted(found)
    role = Role.COMPANY_MANAGER if kind in EXTERNAL else Role.FINANCE_OFFICER
    return sorted(people_with({role}, [owner_institution_id], day).get(owner_institution_id, ()))
