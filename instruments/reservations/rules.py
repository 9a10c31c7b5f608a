"""Whether a reservation may be made: every reason against it at once, each with what to do instead."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from instruments.errors import N_, Reason
from instruments.reservations import fixes
from instruments.reservations.in_the_way import place
from instruments.reservations.scene import Scene, Wish, in_sight, values_of
from instruments.timespan import Pair, instant


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
        beyond = beyond or span[0] < scene.suspended_until
        return [_UNKNOWN] if beyond else _reasons(Wish(*span), scene.at(span[0]))

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
        values = values_of(scene, start=instant(wish.start))
        later = N_("Choose an end after %(start)s.")
        reasons.append(
            Reason("end_before_start", "end", N_("The end does not come after the start."), values, later)
        )
        return reasons
    reasons += _length(wish, scene)
    return reasons + place(wish, scene) if in_sight(wish, scene.now) else reasons


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
            values = values_of(scene, day=scene.retired_on)
            yield Reason(
                "retired", None, N_("The instrument's last day in service is %(day)s."), values, another
            )
    if scene.commissioned_on and starts_on < scene.commissioned_on:
        values = values_of(scene, day=scene.commissioned_on)
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
    "lab": N_("Members of its own lab may book up to %(ahead)s ahead."),
    "institution": N_("Members of its own institution may book up to %(ahead)s ahead."),
    "partners": N_("Other universities and institutes may book up to %(ahead)s ahead."),
    "companies": N_("Companies may book up to %(ahead)s ahead."),
}


def not_open(audience: str) -> Reason:
    """That an instrument is not open to somebody, and to whom it is."""
    ask = N_("Ask the lab, or choose an instrument that is open to you.")
    return Reason("not_open_to_you", None, _CIRCLES[audience], {}, ask)


def _audience(scene: Scene) -> Iterator[Reason]:
    if not scene.admitted:
        yield not_open(scene.audience)


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
            values = values_of(scene, end=instant(wish.end))
            yield Reason(
                "past", "end", N_("%(end)s has passed."), values, N_("Choose an end that is still to come.")
            )
        return
    start = instant(wish.start)
    if wish.start < scene.now + scene.rules.lead:
        values = values_of(
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
        values = values_of(scene, ahead=timedelta(days=days), latest=instant(last))
        sentence = N_("Reservations are taken up to %(ahead)s ahead.")
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
    values = values_of(scene, grid=timedelta(seconds=grid.step))
    if not scene.keeps_start and not grid.fits(wish.start):
        start = max(grid.down(wish.start), scene.earliest)
        fix = {"start": instant(start)}
        yield Reason("grid", "start", steps, {**values, **fix}, N_("Start at %(start)s."), fix)
    if wish.end > wish.start and not grid.fits(wish.end):
        fix = {"end": instant(grid.up(wish.end))}
        yield Reason("grid", "end", steps, {**values, **fix}, N_("End at %(end)s."), fix)


def _length(wish: Wish, scene: Scene) -> Iterator[Reason]:
    rules, grid, length = scene.rules, scene.grid, wish.end - wish.start
    values = values_of(scene, length=timedelta(seconds=length))
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
