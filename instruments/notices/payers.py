"""Who is told for those who pay: a group's people, the finance of an institution or company, a person, who runs a programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select

from instruments.database import db
from instruments.funds.programme_models import ProgrammeRow
from instruments.notices.kinds.month_end import INSTEAD, OF_GROUP, OF_INSTITUTION
from instruments.people.holders import administrators, people_with


def payers_of(entries: Sequence[Row[Any]], day: date) -> dict[int, frozenset[int]]:
    """By number of the entry, who is told; its detail names the payer. Five statements at most, none without entries.

    A group within the institution that bills it pays from its own funds: its finance is not told of itself.
    """
    homes_of = _homes_of_programmes({entry.detail.get("programme_id") for entry in entries} - {None})
    payers = {entry.id: _payer(entry.detail, entry.institution_id, homes_of) for entry in entries}
    groups = people_with(OF_GROUP, {group for group, _, _ in payers.values() if group is not None}, day)
    homes = {home for _, home, _ in payers.values() if home is not None}
    finance = people_with(OF_INSTITUTION, homes, day)
    managers = people_with(INSTEAD, homes - set(finance), day)
    found = {
        number: frozenset(
            groups.get(group or 0, set())
            | finance.get(home or 0, set())
            | (managers.get(home or 0, set()) if group is None else set())
            | ({person} if person is not None else set())
        )
        for number, (group, home, person) in payers.items()
    }
    of_platform = {number for number, home in homes_of.items() if home is None}
    if of_platform:
        platform = frozenset(administrators(day))
        found |= {entry.id: platform for entry in entries if entry.detail.get("programme_id") in of_platform}
    return found


def _homes_of_programmes(numbers: set[Any]) -> dict[int, int | None]:
    """By programme, the institution that runs it; None for the platform."""
    if not numbers:
        return {}
    rows = db.session.execute(
        select(ProgrammeRow.id, ProgrammeRow.institution_id).where(ProgrammeRow.id.in_(numbers))
    )
    return {row.id: row.institution_id for row in rows}


def _payer(
    detail: Mapping[str, Any], creditor_id: int | None, homes_of: Mapping[int, int | None]
) -> tuple[int | None, int | None, int | None]:
    """Group, institution and person that pay; for a programme the institution that runs it."""
    programme = detail.get("programme_id")
    if programme is not None:
        home = homes_of.get(programme)
        return None, None if home == creditor_id else home, None
    home = detail.get("payer_institution_id")
    return detail.get("payer_group_id"), None if home == creditor_id else home, detail.get("payer_person_id")
