"""What stands beside a request that day, and whether anything stands against it by now: for who decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from instruments.availability.calendar import closures_told
from instruments.availability.kinds import UPKEEP, WORDS
from instruments.availability.opening import midnight
from instruments.errors import Reason
from instruments.people.rights import Actor
from instruments.reservations import timetable
from instruments.reservations.bookable import bookable
from instruments.reservations.judging import scene_around, wish_of
from instruments.reservations.parts_closed import PartClosed, cause_in_words, parts_closed
from instruments.reservations.rules import reasons_against
from instruments.reservations.timetable import Block

HOUR = 3600
LEAST_HOURS = 8
# These bind whoever asks, when they ask; the lab may answer later than that.
OF_ASKING = frozenset({"lead", "past", "horizon"})


@dataclass(frozen=True)
class Day:
    """The day of a request as a line: its first and last moment, what is drawn on it, and the marks of hours.

    parts: (how it is drawn, start share of the line, length share); hours: (words, share); partly: where some places are
    closed, drawn over whatever is booked on the others.
    """

    first: int
    last: int
    parts: list[tuple[str, float, float]]
    hours: list[tuple[str, float]]
    partly: list[PartClosed]


def day_of(row: Any, actor: Actor, now: datetime) -> tuple[Day, list[Block]]:
    """The line of the day, and the reservations and closures of others on it."""
    thing = bookable(row.instrument_id)
    zone = thing.calendar.zone
    start, end = wish_of(row.starts_at, row.ends_at)
    morning = midnight(row.starts_at.astimezone(zone).date(), zone)
    night = midnight((row.ends_at - timedelta(seconds=1)).astimezone(zone).date() + timedelta(days=1), zone)
    blocks = timetable.blocks(thing.id, morning, night, actor)
    opened = timetable.spans([thing.id], morning, night, now)[thing.id].opened
    others = [block for block in blocks if block.reservation_id != row.id]
    edges = [start, end, *(edge for pair in opened for edge in pair)]
    edges += [edge for block in others for edge in (block.start, block.end)]
    first = max(morning, min(edges) // HOUR * HOUR)
    last = min(night, max(first + LEAST_HOURS * HOUR, -(-max(edges) // HOUR) * HOUR))
    told = closures_told(thing.id, thing.lab_id, first, last) if thing.capacity > 1 else []
    line = Day(first, last, [], list(_hours(first, last, zone)), parts_closed(told, thing.capacity, opened))
    free_from = first
    for opens, closes in opened:
        _lay(line, "closed", free_from, opens)
        free_from = closes
    _lay(line, "closed", free_from, last)
    for block in others:
        _lay(line, _looks(block.state), block.start, block.end)
    _lay(line, "this", start, end)
    for part in line.partly:
        _lay(line, "partly", part.start, part.end)
    # To whom the hours are open says nothing against a request.
    return line, [block for block in others if block.state != "others"]


def why_closed(block: Block) -> str:
    """What closes the time of a block, and why; nothing for a reservation."""
    return cause_in_words(block.state, block.text) if block.state in WORDS else ""


def _looks(state: str) -> str:
    """How it is drawn: upkeep as maintenance, and what the lab's calendar or the hours of others take as closed."""
    return "maintenance" if state in UPKEEP else "closed" if state in ("busy", "others") else state


def _lay(line: Day, state: str, start: int, end: int) -> None:
    start, end, whole = max(start, line.first), min(end, line.last), line.last - line.first
    if start < end:
        line.parts.append((state, (start - line.first) / whole, (end - start) / whole))


def _hours(first: int, last: int, zone: Any) -> Iterator[tuple[str, float]]:
    step = 2 if (last - first) <= 16 * HOUR else 4 if (last - first) <= 36 * HOUR else 12
    for moment in range(first, last + 1, step * HOUR):
        yield f"{datetime.fromtimestamp(moment, zone):%H}", (moment - first) / (last - first)


def against_now(row: Any, user: Actor | None, now: datetime) -> Sequence[Reason]:
    """What stands against a request by now: closed, closed down, no longer open to who asked."""
    wish = wish_of(row.starts_at, row.ends_at)
    _, scene = scene_around(wish, row.instrument_id, user, now, apart_from=row.id)
    return [reason for reason in reasons_against(wish, scene) if reason.code not in OF_ASKING]
