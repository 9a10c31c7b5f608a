"""The date on the wall of an institution: by it days to object and to pay are counted, wherever who asks lives."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from instruments.database import db
from instruments.people.models import Institution


def today_at(institution_id: int, now: datetime) -> date:
    """The date there at a moment."""
    return days_at({institution_id}, now)[institution_id]


def days_at(institution_ids: Collection[int], now: datetime) -> dict[int, date]:
    """The date on each wall at a moment. One statement."""
    rows = db.session.execute(
        select(Institution.id, Institution.zone).where(Institution.id.in_(set(institution_ids)))
    )
    return {row.id: now.astimezone(ZoneInfo(row.zone)).date() for row in rows}
