"""Note what becomes of a proposal in the journal of both institutions, with whom to tell."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from instruments.journal.record import record
from instruments.people.holders import people_with
from instruments.people.rights import Role
from instruments.people.signing import today


def tell(
    what: str, row: Any, now: datetime, actor_id: int | None, to: Collection[int], reason: str = ""
) -> None:
    """Note the deed for both, inside it. to: whose finance offices are told by notice, whoever did it left out."""
    office = people_with({Role.FINANCE_OFFICER}, to, today(now))
    for home, other in ((row.one_id, row.two_id), (row.two_id, row.one_id)):
        told = sorted(office.get(home, set()) - {actor_id})
        record(
            now=now, actor_id=actor_id, deed=f"settlement.{what}", thing=("settlement", row.id), institution_id=home,
            detail={
                "other_id": other, "netted_units": row.netted_units, "currency": row.currency, "told_ids": told,
                **({"reason": reason} if reason else {}),
            },
        )  # fmt: skip
