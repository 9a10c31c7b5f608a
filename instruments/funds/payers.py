"""Whose class of customers a fund has: that of its group or institution, whoever charges it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.funds.models import Fund
from instruments.people.customer import Payer
from instruments.people.models import Institution, ResearchGroup

_FUND: Any = Fund.__table__
_GROUP: Any = ResearchGroup.__table__
_OWNER: Any = Institution.__table__


def payers_of(fund_ids: Collection[int]) -> dict[int, Payer]:
    """Who pays where these funds pay, by fund. One statement; none for no fund."""
    if not fund_ids:
        return {}
    rows = db.session.execute(
        select(_FUND.c.id, _OWNER.c.id.label("owner"), _OWNER.c.kind, _OWNER.c.country, _GROUP.c.lab_id)
        .select_from(_FUND)
        .join(_OWNER, _OWNER.c.id == _FUND.c.owner_institution_id)
        .outerjoin(_GROUP, _GROUP.c.id == _FUND.c.group_id)
        .where(_FUND.c.id.in_(fund_ids))
    )
    return {
        row.id: Payer(row.owner, row.kind, row.country, frozenset({row.lab_id} if row.lab_id else ()))
        for row in rows
    }
