"""Reservations as JSON: what the public contract says of them, made from plain rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from instruments.availability.calendar import Told
from instruments.availability.shutting import closes_all
from instruments.errors import Reason, Refusal
from instruments.people.rights import Actor
from instruments.reservations.alternatives import Alternatives, Moving, alternatives
from instruments.reservations.paying import wire as price_wire
from instruments.reservations.paying.recalling import Price
from instruments.reservations.scene import Wish
from instruments.timespan import Pair, Timespan

# Where the form of the page has another name for a field.
CONTRACT_NAMES = {"group": "group_id", "override": "override_reason"}
MOMENTS_KEPT = 20_000


def reservation(row: Any, price: Price | None = None) -> dict[str, Any]:
    """A row of `listing.whole`, or what was just booked, as the contract shows it, instants on the instrument's wall;
    price: what it was quoted, for whom it concerns."""
    zone = ZoneInfo(row.zone)
    return {
        "id": row.id,
        "instrument_id": row.instrument_id,
        "start": row.starts_at.astimezone(zone),
        "end": row.ends_at.astimezone(zone),
        "state": row.state,
        "purpose": row.purpose,
        "title": row.title,
        "user": {"id": row.user_id, "name_en": row.user_en, "name_zh": row.user_zh},
        "booker": {"id": row.booker_id, "name_en": row.booker_en, "name_zh": row.booker_zh},
        "institution_id": row.institution_id,
        "group_id": row.group_id,
        "show_name": row.shows_name,
        "hazardous": row.hazardous,
        "second_person": second_person(row),
        "reason": row.reason,
        "created_at": row.created_at,
        "changed_at": row.changed_at,
        "version": row.version,
        "approval": None if row.due_at is None else _approval(row, zone),
        "price": None if price is None else price_wire.price(price),
    }


def second_person(row: Any) -> dict[str, Any] | None:
    """Who else is present, if anybody was named."""
    if row.second_id is None:
        return None
    return {"id": row.second_id, "name_en": row.second_en, "name_zh": row.second_zh}


def _approval(row: Any, zone: ZoneInfo) -> dict[str, Any]:
    asked = {"start": row.asked_starts_at.astimezone(zone), "end": row.asked_ends_at.astimezone(zone)}
    return {
        "due": row.due_at.astimezone(zone),
        "asked": asked,
        "proposed": row.proposed_at is not None,
        "decision": row.decision,
        "message": row.answer,
    }


class _Wall(dict[int, str]):
    """The moments of a zone as they are written: calendars name the same hours of the same days over and over."""

    def __init__(self, zone: ZoneInfo) -> None:
        super().__init__()
        self._zone = zone

    def __missing__(self, moment: int) -> str:
        if len(self) >= MOMENTS_KEPT:
            self.clear()
        written = self[moment] = datetime.fromtimestamp(moment, self._zone).isoformat()
        return written


_wall = cache(_Wall)


def span(start: int, end: int, zone: ZoneInfo) -> dict[str, str]:
    """A span on the wall of a zone."""
    return spans([(start, end)], zone)[0]


def spans(pairs: Sequence[Pair], zone: ZoneInfo) -> list[dict[str, str]]:
    """Spans on the wall of a zone."""
    wall = _wall(zone)
    return [{"start": wall[start], "end": wall[end]} for start, end in pairs]


def open_to(apart: Sequence[tuple[Pair, tuple[str, ...]]], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Open time with the circles it is open to, on the wall of a zone."""
    return [{**span(*pair, zone), "circles": circles} for pair, circles in apart]


def closures(told: Sequence[Told], capacity: int, within: Pair, zone: ZoneInfo) -> list[dict[str, Any]]:
    """What closes an instrument of this capacity within a range, cut to it, on the wall of a zone."""
    first, last = within
    return [
        {
            **span(max(start, first), min(end, last), zone),
            "kind": kind,
            "reason": reason,
            "places": None if closes_all(units, capacity) else units,
        }
        for start, end, kind, reason, units in told
    ]


def told(
    refusal: Refusal,
    instrument_id: int,
    wish: Wish,
    zone: ZoneInfo,
    user: Actor | None,
    now: datetime,
    *,
    moves: bool = True,
    moving: Moving | None = None,
    booker: Actor | None = None,
) -> Refusal:
    """The refusal of a time, with its conflicts (spans only) and the alternatives as the contract shows them; there are
    none for a reservation that has begun and so no longer moves, and none where it is not known for whom."""
    conflicts: list[Timespan] = refusal.details["conflicts"]
    refusal.details["conflicts"] = [span(*each.seconds, zone) for each in conflicts]
    refusal.details["alternatives"] = offers(
        alternatives(instrument_id, wish, user, now, refusal.reasons, moving, booker)
        if moves and user
        else Alternatives([], []),
        instrument_id,
        zone,
    )
    return refusal


def by_contract(reason: Reason) -> Reason:
    """The reason with its field as programs name it."""
    named = CONTRACT_NAMES.get(reason.field or "")
    return dataclasses.replace(reason, field=named) if named else reason


def offers(instead: Alternatives, instrument_id: int, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Alternatives in one list: the same instrument's first."""
    same = [{"instrument_id": instrument_id, **span(*each, zone)} for each in instead.nearest]
    others = [
        {
            "instrument_id": row.id,
            "name_en": row.name_en,
            "name_zh": row.name_zh,
            "institution_en": row.institution_en,
            "institution_zh": row.institution_zh,
            **span(*each, zone),
        }
        for row, each in instead.others
    ]
    return same + others


def encoded(value: Any) -> bytes:
    """JSON as bytes."""
    return orjson.dumps(value)
