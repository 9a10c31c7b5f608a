"""Who is told for those who pay: the people of a group, the finance of an institution or company, a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from instruments.notices.kinds.month_end import INSTEAD, OF_GROUP, OF_INSTITUTION
from instruments.people.holders import people_with


def payers_of(entries: Sequence[Row[Any]], day: date) -> dict[int, frozenset[int]]:
    """By number of the entry, who is told; its detail names the payer. Three statements, none without entries.

    A group within the institution that bills it pays from its own funds: its finance is not told of itself.
    """
    payers = {entry.id: _payer(entry.detail, entry.institution_id) for entry in entries}
    groups = people_with(OF_GROUP, {group for group, _, _ in payers.values() if group is not None}, day)
    homes = {home for _, home, _ in payers.values() if home is not None}
    finance = people_with(OF_INSTITUTION, homes, day)
    managers = people_with(INSTEAD, homes - set(finance), day)
    return {
        number: frozenset(
            groups.get(group or 0, set())
            | finance.get(home or 0, set())
            | (managers.get(home or 0, set()) if group is None else set())
            | ({person} if person is not None else set())
        )
        for number, (group, home, person) in payers.items()
    }


def _payer(detail: Mapping[str, Any], creditor_id: int | None) -> tuple[int | None, int | None, int | None]:
    """Group, institution and person that pay; nobody for what a programme bears."""
    if detail.get("programme_id") is not None:
        return None, None, None
    home = detail.get("payer_institution_id")
    return detail.get("payer_group_id"), None if home == creditor_id else home, detail.get("payer_person_id")
