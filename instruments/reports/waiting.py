"""What of statutory forms waits for somebody: of the institutions whose forms they file, and of the labs they manage."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from instruments.database import db
from instruments.people.models import Institution
from instruments.people.rights import Actor, Role
from instruments.reports.due import NOW, OVERDUE, calendar_of, not_on_record
from instruments.reports.models import DRAFT, Report, ReportRow

_ROW: Any = ReportRow.__table__


@dataclass(frozen=True, slots=True)
class Waiting:
    """institutions: (number, forms overdue, forms to be filed); not_on_record: (institution, instruments that are due);
    labs: (number, rows of drafts that lack something)."""

    institutions: tuple[tuple[int, int, int], ...] = ()
    not_on_record: tuple[tuple[int, int], ...] = ()
    labs: tuple[tuple[int, int], ...] = ()


def waiting_for(actor: Actor, now: datetime) -> Waiting:
    """What waits. Nothing is asked where somebody manages no institution and no lab."""
    homes = [db.session.get_one(Institution, number) for number in _scopes(actor, Role.INSTITUTION_MANAGER)]
    dues = [(home, calendar_of(home, now)) for home in homes]
    return Waiting(
        tuple(
            (
                home.id,
                sum(each.standing == OVERDUE for each in some),
                sum(each.standing == NOW for each in some),
            )
            for home, some in dues
        ),
        tuple((home.id, count) for home in homes if (count := _new(home, now))),
        tuple(_of_labs(_scopes(actor, Role.LAB_MANAGER))),
    )


def _scopes(actor: Actor, role: Role) -> list[int]:
    return sorted({grant.scope_id for grant in actor.grants if grant.role is role and grant.scope_id})


def _new(home: Institution, now: datetime) -> int:
    """Instruments that were accepted within a year and are not on record; of older ones the page tells."""
    return sum(each.recent for each in not_on_record(home, now))


def _of_labs(labs: list[int]) -> list[tuple[int, int]]:
    if not labs:
        return []
    asked = (
        select(_ROW.c.lab_id, func.count())
        .join(Report, Report.id == _ROW.c.report_id)
        .where(_ROW.c.lab_id.in_(labs), _ROW.c.lacking.is_(True), Report.state == DRAFT)
        .group_by(_ROW.c.lab_id)
        .order_by(_ROW.c.lab_id)
    )
    return [(lab_id, int(count)) for lab_id, count in db.session.execute(asked)]
