"""The slow reference: the layers of an instrument minute by minute, by another way than the sweep that it checks.

Works for records whose every moment is a whole minute.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from instruments.timespan import Pair
from instruments.utilization.records import Record

NAMES = (
    "calendar", "open", "bookable", "down", "reserved", "attended", "effective", "owned", "inside", "outside",
    "unused", "clock",
)  # fmt: skip


def _at(spans: object, minute: int) -> bool:
    return any(start <= minute < end for start, end in spans)  # type: ignore[attr-defined]  # any pairs


def minute_by_minute(record: Record, period: Pair) -> tuple[dict[str, int], dict[tuple[int, int], Fraction]]:
    """Seconds of every layer, and of the effective time of each part."""
    sums: dict[str, int] = dict.fromkeys(NAMES, 0)
    parts: dict[tuple[int, int], Fraction] = defaultdict(Fraction)
    for minute in range(*period, 60):
        here = _one_minute(record, minute, parts)
        for name, places in here.items():
            sums[name] += 60 * places
    return sums, parts


def _one_minute(record: Record, minute: int, parts: dict[tuple[int, int], Fraction]) -> dict[str, int]:
    places = record.capacity
    serving = record.in_service[0] <= minute < record.in_service[1]
    broken, shut = (
        sum(
            places if each.places is None else min(each.places, places)
            for each in those
            if each.start <= minute < each.end and serving
        )
        for those in (record.outages, record.closed)
    )
    working = max(0, places - broken)
    opened = max(0, places - shut) if serving and _at(record.open, minute) else 0
    bookable = max(0, opened - broken)
    reserved = len([each for each in record.reserved if each.live and each.start <= minute < each.end])
    attended = len([session for session in record.sessions if _at(session.attended, minute)])
    running = [
        (session.number, position)
        for session in record.sessions
        for position, share in enumerate(session.shares)
        if _at(share.effective, minute)
    ]
    used = min(len(running), working)
    for key in running if used else ():
        parts[key] += Fraction(60 * used, len(running))
    inside = min(used, bookable)
    return {
        "calendar": places * serving,
        "open": opened,
        "bookable": bookable,
        "down": opened - bookable,
        "reserved": min(reserved, places),
        "attended": min(attended, places),
        "effective": used,
        "owned": used * serving,
        "inside": inside,
        "outside": used - inside,
        "unused": min(bookable, max(0, min(reserved, places) - min(attended, places))),
        "clock": 1 if used else 0,
    }
