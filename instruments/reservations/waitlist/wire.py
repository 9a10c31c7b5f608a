"""Requests of the waitlist as JSON: what the public contract says of them, made from plain rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from instruments.errors import Reason
from instruments.reservations.waitlist.against import Against

ASKED_AT = "/api/v1/qualification-requests"
# What a request for an admission, or for a qualification, names.
ASKED_WITH = {"admission": ("institution_id",), "qualification": ("instrument_id", "level")}


def request(
    row: Any, own_zone: str, now: datetime, payers: Sequence[Any], against: Against | None = None
) -> dict[str, Any]:
    """A row of `listing.whole`: instants on the wall of the instrument, or of the reader where it is any of a class. payers: the
    funds that are to pay; against: all that stands against it as things are.
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
        "against": _against(against) if against else [],
        "reservation_id": row.reservation_id,
        "asked_at": row.asked_at,
        "ended_at": row.ended_at,
        "version": row.version,
    }


def _against(against: Against) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if against.reason:
        found.append(_one_against(against.reason.code, against.words))
    found += [_way_in(way) for way in against.ways]
    if against.class_lack:
        found.append(_one_against(against.class_lack.code, against.class_lack.words))
        found += [_way_in(way) for _, ways in against.class_lack.ways for way in ways]
    return found


def _way_in(way: Mapping[str, Any]) -> dict[str, Any]:
    """What is missing, with what asks for it: the words of the page's button, and where programs send which fields."""
    reason: Reason = way["reason"]
    fields = {name: reason.fix[name] for name in ASKED_WITH[str(reason.fix["ask"])]}
    ask = {"words": way["fix"]["words"], "address": ASKED_AT, "fields": fields, "asked": way["waits"]}
    return _one_against(reason.code, way["title"], reason.fix["instrument_id"], ask)


def _one_against(
    code: str, message: str, instrument_id: object = None, ask: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"code": code, "message": message, "instrument_id": instrument_id, "ask": ask}


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
