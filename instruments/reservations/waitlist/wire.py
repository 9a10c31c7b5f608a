"""Requests of the waitlist as JSON: what the public contract says of them, made from plain rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from instruments.errors import Reason
from instruments.web.reasons import in_full


def request(
    row: Any, own_zone: str, now: datetime, payers: Sequence[Any], against: Reason | None = None
) -> dict[str, Any]:
    """A row of `listing.whole`: instants on the wall of the instrument, or of the reader where it is any of a class. payers: the
    funds that are to pay; against: why nothing could be offered as things are.
    """
    zone = ZoneInfo(row.zone or own_zone)
    offer = _offer(row) if row.offer_id is not None and row.expires_at > now else None
    return {
        "id": row.id,
        "instrument_id": row.instrument_id,
        "class_code": row.class_code,
        "institution": row.place_id,
        "start": row.earliest.astimezone(zone),
        "end": row.latest.astimezone(zone),
        "hours": row.length_seconds / 3600,
        "purpose": row.purpose,
        "user": {"id": row.user_id, "name_en": row.user_en, "name_zh": row.user_zh},
        "asker": {"id": row.asker_id, "name_en": row.asker_en, "name_zh": row.asker_zh},
        "group_id": row.group_id,
        "paid_from": [
            {
                "fund_id": each.fund_id,
                "name_en": each.name_en,
                "name_zh": each.name_zh,
                "percent": str(each.percent),
            }
            for each in payers
        ],
        "state": "offered" if offer else row.state,
        "offer": offer,
        "against": None if against is None else {"code": against.code, "message": in_full(against)},
        "reservation_id": row.reservation_id,
        "asked_at": row.asked_at,
        "ended_at": row.ended_at,
        "version": row.version,
    }


def _offer(row: Any) -> dict[str, Any]:
    zone = ZoneInfo(row.offered_zone)
    return {
        "id": row.offer_id,
        "instrument_id": row.offered_id,
        "start": row.starts_at.astimezone(zone),
        "end": row.ends_at.astimezone(zone),
        "offered_at": row.offered_at.astimezone(zone),
        "expires_at": row.expires_at.astimezone(zone),
    }


def at_lab(row: Any, *, offered: bool) -> dict[str, Any]:
    """A row of `listing.waiting_in`, for who runs the lab: not how it is to be paid."""
    zone = ZoneInfo(row.zone)
    return {
        "id": row.id,
        "instrument_id": row.instrument_id,
        "user": {"id": row.user_id, "name_en": row.user_en, "name_zh": row.user_zh},
        "start": row.earliest.astimezone(zone),
        "end": row.latest.astimezone(zone),
        "hours": row.length_seconds / 3600,
        "purpose": row.purpose,
        "asked_at": row.asked_at.astimezone(zone),
        "offered_until": row.expires_at.astimezone(zone) if offered else None,
    }
