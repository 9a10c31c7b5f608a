"""Whether a reservation may be made: every reason against it at once, each with what to do instead."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from instruments.availability import kinds
from instruments.errors import N_, Reason
from instruments.reservations import fixes
from instruments.reservations.grid import Grid
from instruments.reservations.limits import BookingRules
from instruments.reservations.sweep import blocked
from instruments.timespan import (
    Pair,
    Timespan,
    crowded,
    instant,
    intersect,
    merge,
    subtract,
)

MOST_PARTS = 3
SIGHT = 3 * 366 * 86_400
LONGEST_IN_SIGHT = 62 * 86_400
ALL_TIME = (-(1 << 60), 1 << 60)


class Wish(NamedTuple):
    """What is asked for, in UTC epoch seconds; nothing is checked yet, not even the order of the ends."""

    start: int
    end: int


class Closed(NamedTuple):
    """A closure over a span, of one of the kinds in availability/kinds.py, with its reason in words."""

    start: int
    end: int
    kind: str
    reason: str


@dataclass(frozen=True)
class Scene:
    """What holds around a wish. Spans are pairs of UTC epoch seconds and reach some days beyond the wish.

    opened: published hours less holidays, merged; held: live reservations of others, sorted;
    published: whether any hours are; admitted: whether the asker belongs to the audience;
    keeps_start: the start of a reservation that is only made longer or shorter is not judged again;
    last_day: the user's last at their institution; known: as far as held and closures reach.
    """

    now: int
    zone: ZoneInfo
    rules: BookingRules
    opened: Sequence[Pair]
    held: Sequence[Pair] = ()
    closures: Sequence[Closed] = ()
    capacity: int = 1
    published: bool = True
    status: str = "in_service"
    commissioned_on: date | None = None
    retired_on: date | None = None
    admitted: bool = True
    audience: str = "companies"
    circle: str | None = None
    keeps_start: bool = False
    holidays: Collection[date] = ()
    last_day: date | None = None
    known: Pair = ALL_TIME

    @property
    def grid(self) -> Grid:
        """The moments at which a reservation may start or end."""
        return Grid(self.zone, self.rules.grid_minutes)

    @property
    def earliest(self) -> int:
        """The first moment on the grid at which a reservation may start."""
        return self.grid.up(self.now + self.rules.lead)

    @property
    def latest(self) -> int:
        """The last moment at which a reservation may start."""
        return self.rules.latest(self.now, self.zone, self.circle)


def reasons_against(wish: Wish, scene: Scene) -> list[Reason]:
    """Every reason against the wish, each with a fix only if the wish may be booked with it; none: it may be booked."""

    reasons = _reasons(wish, scene)
    return with_fixes_that_work(reasons, wish, scene) if reasons else reasons


def with_fixes_that_work(reasons: list[Reason], wish: Wish, scene: Scene) -> list[Reason]:
    """The same reasons, wherever they come from, each with a fix only if nothing in the calendar stands against that."""

    def within_sight(span: Pair) -> list[Reason]:
        beyond = span[0] < scene.known[0] or scene.known[1] < span[1]
        # A start that is kept was not judged, so no other can be promised either.
        beyond = beyond or (scene.keeps_start and span[0] != wish.start)
        return [_UNKNOWN] if beyond else _reasons(Wish(*span), scene)

    return fixes.that_work(reasons, wish, within_sight)


_UNKNOWN = Reason("unknown", None, "")


def _reasons(wish: Wish, scene: Scene) -> list[Reason]:
    last_day = beyond(scene.last_day, wish, scene.zone)
    reasons = [
        *_service(wish, scene),
        *_audience(scene),
        *last_day,
        *_time(wish, scene),
        *_on_grid(wish, scene),
    ]
    if wish.end <= wish.start:
        values = _values(scene, start=instant(wish.start))
        later = N_("Choose an end after %(start)s.")
        reasons.append(
            Reason("end_before_start", "end", N_("The end does not come after the start."), values, later)
        )
        return reasons
    reasons += _length(wish, scene)
    return reasons + _place(wish, scene) if in_sight(wish, scene.now) else reasons


def in_sight(wish: Wish, now: int) -> bool:
    """Whether the calendar around a wish is worth looking at: not for a slip of the pen in the year 9999."""
    return wish.end - wish.start <= LONGEST_IN_SIGHT and now - SIGHT <= wish.start <= now + SIGHT


def conflicts(wish: Wish, scene: Scene) -> list[Pair]:
    """The parts of the wish at which all places are taken, buffers not counted."""
    return intersect(crowded(scene.held, scene.capacity), [wish])


def _values(scene: Scene, **values: object) -> dict[str, object]:
    return {"zone": scene.zone.key, **values}


def _service(wish: Wish, scene: Scene) -> Iterator[Reason]:
    another = N_("Choose another instrument of its kind.")
    if scene.status == "down":
        yield Reason("out_of_order", None, N_("The instrument is out of order."), {}, another)
    starts_on = datetime.fromtimestamp(wish.start, scene.zone).date()
    ends_on = datetime.fromtimestamp(max(wish.start, wish.end - 1), scene.zone).date()
    if scene.status == "retired" or (scene.retired_on and scene.retired_on < ends_on):
        if scene.retired_on is None:
            yield Reason("retired", None, N_("The instrument is retired."), {}, another)
        else:
            values = _values(scene, day=scene.retired_on)
            yield Reason(
                "retired", None, N_("The instrument's last day in service is %(day)s."), values, another
            )
    if scene.commissioned_on and starts_on < scene.commissioned_on:
        values = _values(scene, day=scene.commissioned_on)
        later = N_("Choose that day or a later one.")
        yield Reason(
            "not_yet_in_service", "start", N_("The instrument goes into service on %(day)s."), values, later
        )


_CIRCLES = {
    "lab": N_("Only members of its own lab may book this instrument."),
    "institution": N_("Only members of its own institution may book this instrument."),
    "partners": N_("Only universities and institutes may book this instrument."),
    "companies": N_("You may not book this instrument."),
}


_WINDOWS = {
    "lab": N_("Members of its own lab may book up to %(days)s days ahead."),
    "institution": N_("Members of its own institution may book up to %(days)s days ahead."),
    "partners": N_("Other universities and institutes may book up to %(days)s days ahead."),
    "companies": N_("Companies may book up to %(days)s days ahead."),
}


def _audience(scene: Scene) -> Iterator[Reason]:
    if not scene.admitted:
        ask = N_("Ask the lab, or choose an instrument that is open to you.")
        yield Reason("not_open_to_you", None, _CIRCLES[scene.audience], {}, ask)


def beyond(last_day: date | None, wish: Wish, zone: ZoneInfo) -> Iterator[Reason]:
    """What stands against a time after the user's last day at their institution, on the instrument's wall."""
    start, end = (
        datetime.fromtimestamp(end, zone).date() for end in (wish.start, max(wish.start, wish.end - 1))
    )
    if last_day is not None and last_day < end:
        yield Reason(
            "membership_ends", "start" if last_day < start else "end",
            N_("The last day at their institution of the person who will use it is %(day)s."),
            {"day": last_day}, N_("Choose a time up to that day, or ask the institution to change it."),
        )  # fmt: skip


def _time(wish: Wish, scene: Scene) -> Iterator[Reason]:
    if scene.keeps_start:
        if wish.start < wish.end < scene.now:
            values = _values(scene, end=instant(wish.end))
            yield Reason(
                "past", "end", N_("%(end)s has passed."), values, N_("Choose an end that is still to come.")
            )
        return
    start = instant(wish.start)
    if wish.start < scene.now + scene.rules.lead:
        values = _values(
            scene, start=start, earliest=instant(scene.earliest), lead=timedelta(seconds=scene.rules.lead)
        )
        fix = _moved(wish, scene.earliest, scene)
        remedy = N_("Start at %(earliest)s or later.")
        if wish.start < scene.now:
            yield Reason("past", "start", N_("%(start)s has passed."), values, remedy, fix)
        else:
            yield Reason("lead", "start", N_("Book at least %(lead)s before the start."), values, remedy, fix)
    elif wish.start > scene.latest:
        last = scene.grid.down(scene.latest)
        days = scene.rules.days_for(scene.circle)
        values = _values(scene, days=days, latest=instant(last))
        sentence = N_("Reservations are taken up to %(days)s days ahead.")
        if days != scene.rules.horizon_days:
            sentence = _WINDOWS[scene.circle or ""]
        yield Reason(
            "horizon", "start", sentence, values,
            N_("Start at %(latest)s or earlier."),
            {"start": instant(last), "end": instant(last + scene.rules.fitting(wish.end - wish.start))},
        )  # fmt: skip


def _moved(wish: Wish, start: int, scene: Scene) -> dict[str, object]:
    if wish.end - start >= scene.rules.shortest:
        return {"start": instant(start)}
    return {"start": instant(start), "end": instant(start + scene.rules.fitting(wish.end - wish.start))}


def _on_grid(wish: Wish, scene: Scene) -> Iterator[Reason]:
    grid = scene.grid
    steps = N_("Reservations here start and end on steps of %(grid)s, counted from midnight.")
    values = _values(scene, grid=timedelta(seconds=grid.step))
    if not scene.keeps_start and not grid.fits(wish.start):
        start = max(grid.down(wish.start), scene.earliest)
        fix = {"start": instant(start)}
        yield Reason("grid", "start", steps, {**values, **fix}, N_("Start at %(start)s."), fix)
    if wish.end > wish.start and not grid.fits(wish.end):
        fix = {"end": instant(grid.up(wish.end))}
        yield Reason("grid", "end", steps, {**values, **fix}, N_("End at %(end)s."), fix)


def _length(wish: Wish, scene: Scene) -> Iterator[Reason]:
    rules, grid, length = scene.rules, scene.grid, wish.end - wish.start
    values = _values(scene, length=timedelta(seconds=length))
    if length < rules.shortest:
        values["shortest"] = timedelta(seconds=rules.shortest)
        yield Reason(
            "too_short", "end", N_("%(length)s is shorter than a reservation may be."), values,
            N_("Book at least %(shortest)s at a time."), {"end": instant(grid.up(wish.start + rules.shortest))},
        )  # fmt: skip
    if length > rules.longest:
        values["longest"] = timedelta(seconds=rules.longest)
        yield Reason(
            "too_long", "end", N_("%(length)s is longer than one reservation may be."), values,
            N_("Book at most %(longest)s at a time."), {"end": instant(grid.down(wish.start + rules.longest))},
        )  # fmt: skip


def _place(wish: Wish, scene: Scene) -> list[Reason]:
    """What stands in the way in the calendar: one fix, the largest part of the wish that is free of all of it."""
    if _is_clear(wish, scene):
        return []
    fix = _room(wish, scene)
    return [*_hours(wish, scene, fix), *_closures(wish, scene, fix), *_taken(wish, scene, fix)]


def _is_clear(wish: Wish, scene: Scene) -> bool:
    """Whether nothing at all touches the wish: the usual case, told quickly."""
    start, end = wish
    return (
        any(opens <= start and end <= closes for opens, closes in scene.opened)
        and all(closed.end <= start or end <= closed.start for closed in scene.closures)
        and (not scene.held or not intersect(blocked(scene.held, scene.capacity, scene.rules.buffer), [wish]))
    )


def _room(wish: Wish, scene: Scene) -> dict[str, object]:
    rules, grid = scene.rules, scene.grid
    since = wish.start if scene.keeps_start else max(wish.start, scene.earliest)
    walls = [*blocked(scene.held, scene.capacity, rules.buffer), *((c.start, c.end) for c in scene.closures)]
    rooms = []
    for start, end in subtract(intersect(scene.opened, [(since, wish.end)]), merge(walls)):
        start, end = grid.up(start), grid.down(end)
        end = min(end, grid.down(start + rules.longest))
        if end - start >= rules.shortest and not (scene.keeps_start and start != wish.start):
            rooms.append((end - start, -start, {"start": start, "end": end}))
    if not rooms:
        return {}
    best = max(rooms, key=lambda room: room[:2])[2]
    return {name: instant(moment) for name, moment in best.items() if moment != getattr(wish, name)}


def _hours(wish: Wish, scene: Scene, fix: dict[str, object]) -> Iterator[Reason]:
    if not scene.published:
        yield Reason(
            "no_hours", None, N_("No opening hours are published, so this instrument cannot be booked."), {},
            N_("Ask the lab to publish them."),
        )  # fmt: skip
        return
    opening = None if fix else _nearest_opening(wish, scene)
    for part in subtract([wish], scene.opened)[:MOST_PARTS]:
        values = _values(scene, part=Timespan.from_seconds(*part))
        day = datetime.fromtimestamp(part[0], scene.zone).date()
        message = N_("It is closed %(part)s, outside the opening hours.")
        if day in scene.holidays:
            message = N_("It is closed %(part)s, on a holiday.")
        remedy = N_("Stay within the opening hours.")
        if opening:
            values["opening"] = Timespan.from_seconds(*opening)
            remedy = N_("The nearest opening is %(opening)s.")
        way = fix or ({"start": instant(opening[0]), "end": instant(opening[1])} if opening else {})
        yield Reason(
            "outside_hours", "start" if part[0] <= wish.start else "end", message, values, remedy, way
        )


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


def _closures(wish: Wish, scene: Scene, fix: dict[str, object]) -> Iterator[Reason]:
    met = [closed for closed in scene.closures if closed.start < wish.end and closed.end > wish.start]
    for closed in met[:MOST_PARTS]:
        values = _values(scene, span=Timespan.from_seconds(closed.start, closed.end), reason=closed.reason)
        values["start"] = instant(closed.start)
        message = kinds.sentence(closed.kind, closed.end, closed.reason)
        remedy = N_("Choose a time before or after it.")
        if kinds.is_open(closed.end):
            remedy = N_("Choose another instrument of its kind.")
        field_name = "start" if closed.start <= wish.start else "end"
        yield Reason(closed.kind, field_name, message, values, remedy, fix)


def _taken(wish: Wish, scene: Scene, fix: dict[str, object]) -> Iterator[Reason]:
    taken = conflicts(wish, scene)
    for part in taken[:MOST_PARTS]:
        values = _values(scene, part=Timespan.from_seconds(*part), capacity=scene.capacity)
        message = N_("%(part)s is already booked.")
        if scene.capacity > 1:
            message = N_("%(part)s is already booked, all %(capacity)s places of it.")
        field_name = "start" if part[0] <= wish.start else "end"
        yield Reason("taken", field_name, message, values, _way_out(fix), fix)
    if not taken and scene.rules.buffer:
        near = intersect(blocked(scene.held, scene.capacity, scene.rules.buffer), [wish])
        if near:
            rules = scene.rules
            values = _values(
                scene, buffer=timedelta(seconds=rules.buffer), before=timedelta(minutes=rules.before_minutes),
                after=timedelta(minutes=rules.buffer_minutes),
            )  # fmt: skip
            message = N_("%(buffer)s must stay free between two reservations.")
            if rules.before_minutes and rules.buffer_minutes:
                message = N_(
                    "%(after)s after each reservation and %(before)s before the next must stay free."
                )
            field_name = "start" if near[0][0] <= wish.start else "end"
            yield Reason("buffer", field_name, message, values, _way_out(fix), fix)


def _way_out(fix: dict[str, object]) -> str:
    return (
        N_("Part of the time you wanted is free.")
        if fix
        else N_("Choose another time or another instrument.")
    )
