"""What a group's funds, or an institution or company, bear of charges by the month of the service."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import text

from instruments.charges.closing.owed import TAX
from instruments.database import db

# What a programme bears it bears itself, whoever is named beside it.
_BORNE = """
    SELECT {month}, c.currency, sum(s.amount_units - {tax})
    FROM charge_share AS s JOIN charge AS c ON c.id = s.charge_id LEFT JOIN charge AS o ON o.id = c.reverses_id
    WHERE {payer} = :payer AND s.role <> 'later' AND s.programme_id IS NULL AND c.posted_at IS NOT NULL
      AND c.service_on >= :first AND c.service_on < :end
    GROUP BY {month}, c.currency ORDER BY {month}, c.currency
"""
_MONTH = {
    "postgresql": "to_char(c.service_on, 'YYYY-MM')", "sqlite": "substr(c.service_on, 1, 7)",
}  # fmt: skip


class Borne(NamedTuple):
    """What was charged in one currency for services of a month ("2026-11"), in minor units before tax."""

    month: str
    currency: str
    net: int


def borne(group_id: int | None, institution_id: int | None, first: date, end: date) -> list[Borne]:
    """By funds of a group, or else by an institution or company, for services on the days [first, end) of the lab: all that
    is posted, less what was taken back, credited or given up. One statement."""
    dialect = db.engine.dialect.name
    payer = "s.payer_group_id" if group_id else "s.payer_institution_id"
    asked = text(_BORNE.format(month=_MONTH[dialect], tax=TAX, payer=payer))
    days = (first.isoformat(), end.isoformat()) if dialect == "sqlite" else (first, end)
    values = {"payer": group_id or institution_id, "first": days[0], "end": days[1]}
    return [Borne(row[0], row[1], int(row[2])) for row in db.session.execute(asked, values)]
