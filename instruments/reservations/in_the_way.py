"""What stands in the way of a wish in the calendar: closed hours, closures, other reservations, and the room beside."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from instruments.availability import kinds
from instruments.availability.circles import whom
from instruments.availability.days import HOLIDAY, REST
from instruments.errors import N_, Reason
from instruments.reservations.places import cut_by_closing
from instruments.reservations.scene import Scene, Wish, conflicts, values_of
from instruments.timespan import Pair, Timespan, instant, intersect, merge, subtract

MOST_PARTS = 3


def place(wish: Wish, scene: Scene) -> list[Reason]:
    """What stands in the way in the calendar: one fix, the largest part of the wish that is free of all of it."""
    if _is_clear(wish, scene):
        return []
    room = _room(wish, scene)
    return [*_hours(wish, scene, room), *_closures(wish, scene, room), *_taken(wish, scene, room)]


def hours_against(wish: Wish, scene: Scene) -> list[Reason]:
    """What of the opening hours alone stands against a wish, each with the nearest opening."""
    if any(opens <= wish.start and wish.end <= closes for opens, closes in scene.opened):
        return []
    return list(_hours(wish, scene, None))


def _is_clear(wish: Wish, scene: Scene) -> bool:
    """Whether nothing at all touches the wish: the usual case, told quickly."""
    start, end = wish
    return (
        any(opens <= start and end <= closes for opens, closes in scene.opened)
        and all(closed.end <= start or end <= closed.start for closed in scene.closures)
        and (not (scene.held or scene.partly) or not intersect(scene.blocked(), [wish]))
    )


def _room(wish: Wish, scene: Scene) -> Pair | None:
    """The largest part of the wish that is free, the earliest of several; None when none is long enough."""
    rules, grid = scene.rules, scene.grid
    since = wish.start if scene.keeps_start else max(wish.start, scene.earliest)
    walls = [*scene.blocked(), *((c.start, c.end) for c in scene.closures)]
    rooms: list[Pair] = []
    for start, end in subtract(intersect(scene.opened, [(since, wish.end)]), merge(walls)):
        start, end = grid.up(start), grid.down(end)
        end = min(end, grid.down(start + rules.longest))
        if end - start >= rules.shortest and not (scene.keeps_start and start != wish.start):
            rooms.append((start, end))
    return max(rooms, key=lambda room: (room[1] - room[0], -room[0]), default=None)


def _with_way_out(reason: Reason, wish: Wish, room: Pair | None) -> Reason:
    """The reason with the free part of the wish as its remedy and its fix, if there is such a part."""
    if room is None:
        return reason
    fix: dict[str, object] = {
        name: instant(moment)
        for name, moment in zip(("start", "end"), room, strict=True)
        if moment != getattr(wish, name)
    }
    remedy = N_("Part of the time you wanted is free: %(free)s.")
    values = {**reason.values, "free": Timespan.from_seconds(*room)}
    return dataclasses.replace(reason, values=values, remedy=remedy, fix=fix)


def _hours(wish: Wish, scene: Scene, room: Pair | None) -> Iterator[Reason]:
    if not scene.published:
        yield Reason(
            "no_hours", None, N_("No opening hours are published, so this instrument cannot be booked."), {},
            N_("Ask the lab to publish them."),
        )  # fmt: skip
        return
    opening = None if room else _nearest_opening(wish, scene)
    for part, circles in list(_closed_parts(wish, scene))[:MOST_PARTS]:
        values = values_of(scene, part=Timespan.from_seconds(*part))
        remedy = N_("Stay within the opening hours.")
        if circles:
            values["circles"] = whom(circles)
            message = N_("It is open %(part)s only to %(circles)s.")
            remedy = N_("Stay within the hours that are open to you.")
        else:
            message = _closed_on(datetime.fromtimestamp(part[0], scene.zone).date(), scene, values)
        if opening:
            values["opening"] = Timespan.from_seconds(*opening)
            remedy = N_("The nearest opening is %(opening)s.")
        way: dict[str, object] = {"start": instant(opening[0]), "end": instant(opening[1])} if opening else {}
        field_name = "start" if part[0] <= wish.start else "end"
        reason = Reason("outside_hours", field_name, message, values, remedy, way)
        yield _with_way_out(reason, wish, room)


def _closed_on(day: date, scene: Scene, values: dict[str, object]) -> str:
    """Why it is closed for a part of a date."""
    differs = scene.hours.day_that_differs(day)
    if differs is not None:
        values["reason"] = differs.reason
        return N_("It is closed %(part)s, as the hours of that day differ: %(reason)s.")
    off = scene.plan.day_off(day)
    if off is not None:
        kind, values["reason"] = off
        return _DAYS_OFF[kind, bool(values["reason"])]
    return N_("It is closed %(part)s, outside the opening hours.")


_DAYS_OFF = {
    (HOLIDAY, True): N_("It is closed %(part)s, on a holiday: %(reason)s."),
    (HOLIDAY, False): N_("It is closed %(part)s, on a holiday."),
    (REST, True): N_("It is closed %(part)s, outside the hours of a rest day: %(reason)s."),
    (REST, False): N_("It is closed %(part)s, outside the hours of a rest day."),
}


def _closed_parts(wish: Wish, scene: Scene) -> Iterator[tuple[Pair, tuple[str, ...]]]:
    """The parts of the wish that are not open, each with the circles it is open to instead."""
    for part in subtract([wish], scene.opened):
        shared = [(met, circles) for span, circles in scene.others for met in intersect([span], [part])]
        closed = subtract([part], [span for span, _ in shared])
        yield from sorted([*shared, *((span, ()) for span in closed)])


def _nearest_opening(wish: Wish, scene: Scene) -> Pair | None:
    """The open span nearest to the start, on the grid, cut to the wanted length; None when none is near."""
    length = scene.rules.fitting(wish.end - wish.start)
    near: list[tuple[int, Pair]] = []
    for opens, closes in scene.opened:
        start, end = scene.grid.up(max(opens, scene.earliest)), scene.grid.down(closes)
        if end - start < scene.rules.shortest or start > scene.latest:
            continue
        start = max(start, min(wish.start, end - length)) if wish.start > start else start
        start = scene.grid.down(start)
        end = min(end, scene.grid.down(start + length))
        if start < end:
            near.append((abs(start - wish.start), (start, end)))
    return min(near)[1] if near else None


def _closures(wish: Wish, scene: Scene, room: Pair | None) -> Iterator[Reason]:
    met = [closed for closed in scene.closures if closed.start < wish.end and closed.end > wish.start]
    # Two calendars of the lab may be busy at once: that is said once.
    told = {(each.kind, each.start, each.end, each.reason): each for each in met}
    for closed in list(told.values())[:MOST_PARTS]:
        values = values_of(scene, span=Timespan.from_seconds(closed.start, closed.end), reason=closed.reason)
        values["start"] = instant(closed.start)
        message = kinds.sentence(closed.kind, closed.end, closed.reason)
        remedy = N_("Choose a time before or after it.")
        if kinds.is_open(closed.end):
            remedy = N_("Choose another instrument of its kind.")
        field_name = "start" if closed.start <= wish.start else "end"
        yield _with_way_out(Reason(closed.kind, field_name, message, values, remedy), wish, room)


def _taken(wish: Wish, scene: Scene, room: Pair | None) -> Iterator[Reason]:
    taken = conflicts(wish, scene)
    for part, closed in cut_by_closing(taken, scene.places)[:MOST_PARTS]:
        closed = min(closed, scene.capacity)
        values = values_of(
            scene, part=Timespan.from_seconds(*part), capacity=scene.capacity, closed=closed,
            rest=scene.capacity - closed,
        )  # fmt: skip
        message = N_("%(part)s is already booked.")
        if closed == scene.capacity:
            message = N_("%(part)s has no place left: all %(capacity)s are closed.")
        elif closed:
            message = _PARTLY[_one_kind(part, scene)]
        elif scene.capacity > 1:
            message = N_("%(part)s is already booked, all %(capacity)s places of it.")
        field_name = "start" if part[0] <= wish.start else "end"
        yield _with_way_out(Reason("taken", field_name, message, values, _ANOTHER), wish, room)
    if not taken and scene.rules.buffer:
        near = intersect(scene.blocked(), [wish])
        if near:
            rules = scene.rules
            values = values_of(
                scene, buffer=timedelta(seconds=rules.buffer), before=timedelta(minutes=rules.before_minutes),
                after=timedelta(minutes=rules.buffer_minutes),
            )  # fmt: skip
            message = N_("%(buffer)s must stay free between two reservations.")
            if rules.before_minutes and rules.buffer_minutes:
                message = N_(
                    "%(after)s after each reservation and %(before)s before the next must stay free."
                )
            field_name = "start" if near[0][0] <= wish.start else "end"
            yield _with_way_out(Reason("buffer", field_name, message, values, _ANOTHER), wish, room)


_ANOTHER = N_("Choose another time or another instrument.")

_PARTLY = {
    "maintenance": N_(
        "%(part)s has no place left: %(closed)s of %(capacity)s closed for maintenance, the other %(rest)s booked."
    ),
    "training": N_(
        "%(part)s has no place left: %(closed)s of %(capacity)s kept for training, the other %(rest)s booked."
    ),
    "breakdown": N_(
        "%(part)s has no place left: %(closed)s of %(capacity)s out of order, the other %(rest)s booked."
    ),
    "closed": N_("%(part)s has no place left: %(closed)s of %(capacity)s closed, the other %(rest)s booked."),
}


def _one_kind(part: Pair, scene: Scene) -> str:
    """The kind of what closes some places over this part; of several kinds, that they are closed."""
    met = {closed.kind for closed in scene.partly if closed.start < part[1] and part[0] < closed.end}
    return met.pop() if len(met) == 1 else "closed"
