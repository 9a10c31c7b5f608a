"""The slow reference: the layers of an instrument minute by minute, by another way than the sweep that it checks.

Works for records whose every moment is a whole minute.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from instruments.timespan import Pair
from instruments.utilization.records import Record, Session, Whom

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


def whose_minutes(record: Record, period: Pair) -> dict[Whom, list[Fraction]]:
    """Seconds that each customer reserved, attended and left unused, place by place of each minute.

    Where more stand over a minute than there are places, each of them has an equal part of a place. What is unused of the
    instrument is that of those whose reservations take more than the sessions that came on them, or that served them
    without a reservation.
    """
    found: dict[Whom, list[Fraction]] = defaultdict(lambda: [Fraction()] * 3)
    for minute in range(*period, 60):
        held = [each.whom for each in record.reserved if each.live and each.start <= minute < each.end]
        there = [session for session in record.sessions if _at(session.attended, minute)]
        unused = 60 * _one_minute(record, minute, defaultdict(Fraction))["unused"]
        parts = [_parts(held, record), _parts([_served(each, minute) for each in there], record)]
        came = _parts([each.reserved_by or _served(each, minute) for each in there], record)
        short = {whom: max(Fraction(), part - came.get(whom, 0)) for whom, part in parts[0].items()}
        parts.append({whom: part * unused / 60 / sum(short.values()) for whom, part in short.items() if part})
        for place, some in enumerate(parts):
            for whom, part in some.items():
                found[whom][place] += 60 * part
    return {whom: times for whom, times in found.items() if any(times)}


def _served(session: Session, minute: int) -> Whom:
    if len(session.shares) == 1:
        return session.shares[0].whom
    [one] = [share.whom for share in session.shares if _at(share.attended, minute)]
    return one


def _parts(whom: list[Whom], record: Record) -> dict[Whom, Fraction]:
    found: dict[Whom, Fraction] = defaultdict(Fraction)
    for each in whom:
        found[each] += min(Fraction(1), Fraction(record.capacity, len(whom)))
    return found
