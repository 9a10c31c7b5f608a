"""Reservations in the way as programs read them: where each could go, and which stay against a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from instruments.reservations import wire
from instruments.reservations.one_way import Done
from instruments.reservations.proposing import Offer
from instruments.web.reasons import in_full


def ways(rows: Sequence[Row[Any]], offers: Mapping[int, Offer], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Each reservation with its version, and where it could move to."""
    found = []
    for row in rows:
        offer = offers.get(row.id)
        to = offer and {"instrument_id": offer.instrument_id, **wire.span(offer.start, offer.end, zone)}
        found.append(
            {
                "id": row.id,
                "version": row.version,
                "instrument_id": row.instrument_id,
                "user_id": row.user_id,
                **wire.span(row.start, row.end, zone),
                "move_to": to,
            }
        )
    return found


def failures(done: Done) -> list[dict[str, Any]]:
    """Which stay, and why."""
    return [
        {"reservation_id": row.id, "why": " ".join(in_full(reason) for reason in refusal.reasons)}
        for row, refusal in done.failed
    ]
