"""Opening hours as programs read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from instruments.availability.models import DifferentDay, OpeningHours
from instruments.availability.opening import ValidDay
from instruments.availability.table import read_times

MOST_NAMED = 200


def week(row: OpeningHours, last_day: date | None) -> dict[str, Any]:
    """A published week, and the last date on which it can count."""
    return {
        "id": row.id,
        "week": row.week,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "last_day": last_day,
        "circles": row.circles.split(),
        "season_id": row.season_span.season_id if row.season_span else None,
    }


def days(row: DifferentDay) -> dict[str, Any]:
    """Days that differ."""
    return {
        "id": row.id,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "times": row.times,
        "reason": row.reason,
    }


def outside(reservation_ids: Sequence[int]) -> dict[str, Any]:
    """Reservations outside the hours."""
    return {"count": len(reservation_ids), "reservation_ids": list(reservation_ids[:MOST_NAMED])}


def valid_day(row: DifferentDay) -> ValidDay:
    """Days that differ, as the rules have them."""
    return ValidDay(read_times(row.times), row.valid_from, row.valid_to, row.reason)
