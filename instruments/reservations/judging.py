"""Lay a wish before the rules, with what the database holds around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from instruments.availability.shutting import closes_all
from instruments.errors import Reason, Refusal, Taken
from instruments.people.rights import Actor
from instruments.reservations import held
from instruments.reservations.bookable import Bookable, bookable, remembered
from instruments.reservations.conditions import conditions
from instruments.reservations.overriding import overridden
from instruments.reservations.rules import reasons_against, with_fixes_that_work
from instruments.reservations.scene import Closed, Scene, Wish, conflicts, in_sight
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import lock_holders, within_quotas
from instruments.timespan import Pair, Timespan, merge

# How far around a wish the opening is looked at, to name the nearest when it is closed.
NEARBY = 8 * 86_400


class Judged(NamedTuple):
    """An instrument that may be had as wished, and the rules that were overridden for it."""

    thing: Bookable
    overridden: tuple[str, ...] = ()


def judge(
    wish: Wish,
    instrument_id: int,
    asking: Asking,
    now: datetime,
    *,
    more: Sequence[Reason] = (),
    keeps_start: bool = False,
    locked: Bookable | None = None,
) -> Judged:
    """The instrument, if nothing stands against the wish. One statement for the calendar (a second to refuse with fixes
    that will be taken, a few more after the catalogue changed), and a constant number for the conditions.

    more: reasons found elsewhere. locked: the instrument with the quotas whose holders are locked; where others came in the
    meantime, theirs are locked too, and it is judged once more. Raises NotFound, Taken (409: the time is taken and that is
    all), or Refusal with every reason.
    """
    thing, scene = scene_around(
        wish, instrument_id, asking.user, now,
        apart_from=asking.apart_from, keeps_start=keeps_start, besides=asking.besides,
    )  # fmt: skip
    reasons = reasons_against(wish, scene)
    sensible = wish.start < wish.end and in_sight(wish, scene.now)
    beyond = conditions(asking, thing, wish, scene.now) if sensible else []
    if reasons or beyond:
        thing, scene = scene_around(
            wish, instrument_id, asking.user, now,
            apart_from=asking.apart_from, keeps_start=keeps_start, reach=NEARBY, besides=asking.besides,
        )  # fmt: skip
        reasons = [*reasons_against(wish, scene), *with_fixes_that_work(beyond, wish, scene)]
    reasons, passed = overridden(asking, thing, wish, [*more, *reasons])
    if reasons:
        raise refusal(reasons, wish, scene)
    if locked is not None and thing.quotas != locked.quotas:
        lock_holders(asking, thing)
        return judge(wish, instrument_id, asking, now, more=more, keeps_start=keeps_start, locked=thing)
    return Judged(thing, passed)


def judge_time(wish: Wish, instrument_id: int, now: datetime, more: Sequence[Reason]) -> None:
    """Lay a wish before the rules that hold whoever will use the instrument. Raises as `judge` does."""
    _, scene = scene_around(wish, instrument_id, None, now)
    if more or reasons_against(wish, scene):
        _, scene = scene_around(wish, instrument_id, None, now, reach=NEARBY)
        raise refusal([*more, *reasons_against(wish, scene)], wish, scene)


def time_against(
    asking: Asking, thing: Bookable, wish: Wish, now: datetime, *, keeps_start: bool = False
) -> list[Reason]:
    """What stands against a time that is only priced: the hours, the rules, what is held, and quotas that have too little left,
    each with its fix. A statement or two, one more for quotas; no other condition of the person is asked."""
    moment = int(now.timestamp())
    if not in_sight(wish, moment):
        return []
    _, scene = scene_around(
        wish, thing.id, asking.user, now,
        apart_from=asking.apart_from, keeps_start=keeps_start, reach=NEARBY,
    )  # fmt: skip
    against = reasons_against(wish, scene)
    return against if wish.end <= wish.start else [*against, *within_quotas(asking, thing, wish, moment)]


def with_more(misfits: Sequence[Reason], judged: Callable[[], object]) -> Refusal:
    """The refusal of what could not be read, together with what stands against the rest."""
    try:
        judged()
    except Refusal as found:
        if found.status not in (409, 422):
            return found
        return Refusal([*misfits, *found.reasons], **found.details)
    return Refusal(misfits)


def wish_of(start: datetime, end: datetime) -> Wish:
    """A wish for the time between two aware moments."""
    return Wish(int(start.timestamp()), int(end.timestamp()))


def refusal(reasons: list[Reason], wish: Wish, scene: Scene) -> Refusal:
    """The refusal for these reasons: Taken when the time being taken is the only kind."""
    spans = [Timespan.from_seconds(*span) for span in conflicts(wish, scene)] if wish.start < wish.end else []
    kind = Taken if all(reason.code in ("taken", "buffer") for reason in reasons) else Refusal
    return kind(reasons, conflicts=spans)


def scene_around(
    wish: Wish,
    instrument_id: int,
    user: Actor | None,
    now: datetime,
    *,
    apart_from: int = 0,
    keeps_start: bool = False,
    reach: int = 0,
    besides: Sequence[Pair] = (),
) -> tuple[Bookable, Scene]:
    """What holds around a wish, and so far beyond it, as the rules want it. Without a user, nobody's audience is asked.

    besides: spans that count as held, too.
    """
    known, moment = remembered(instrument_id), int(now.timestamp())
    rows = held.around(instrument_id, known.lab_id, *_window(wish, known, moment, reach), apart_from)
    number = next(row[1] for row in rows if row[0] == held.REVISION)
    thing = bookable(instrument_id, number)
    if (thing.lab_id, thing.widest_buffer) != (known.lab_id, known.widest_buffer):
        rows = held.around(instrument_id, thing.lab_id, *_window(wish, thing, moment, reach), apart_from)
    calendar = thing.calendar_of(user)
    closed = [Closed(*row[1:]) for row in rows if row[0] == held.CLOSED]
    first, last = _window(wish, thing, moment, reach)
    around = (first - NEARBY, last + NEARBY) if first < last else (0, 0)
    opened = calendar.opened(*around)
    if keeps_start and wish.start < moment:
        # It has begun; whatever was closed of it until now is over.
        opened = merge([*opened, (wish.start, min(moment, wish.end))])
    return thing, Scene(
        now=moment,
        zone=calendar.zone,
        rules=thing.rules_at(wish.start),
        opened=opened,
        others=thing.calendar.open_to_whom(*around) if calendar is not thing.calendar else (),
        held=sorted([*((row[1], row[2]) for row in rows if row[0] == held.HELD), *besides]),
        closures=[one for one in closed if closes_all(one.units, thing.capacity)],
        partly=[one for one in closed if not closes_all(one.units, thing.capacity)],
        capacity=thing.capacity,
        published=thing.calendar.published(),
        status=thing.status,
        commissioned_on=thing.commissioned_on,
        retired_on=thing.retired_on,
        admitted=user is None or thing.admits(user),
        audience=thing.audience,
        circle=thing.circle_of(user) if user else None,
        keeps_start=keeps_start,
        plan=calendar.plan,
        hours=calendar.hours,
        last_day=None if user is None else user.ends_on,
        known=(first + thing.widest_buffer, last - thing.widest_buffer),
        suspended_until=thing.suspended_until(user),
        rules_at=thing.rules_at if thing.stages else None,
    )


def _window(wish: Wish, thing: Bookable, now: int, reach: int) -> Wish:
    """The wish, what is around it as far as one looks, and the buffers; nothing when there is no sense in looking."""
    if wish.end <= wish.start or not in_sight(wish, now):
        return Wish(0, 0)
    beyond = reach + thing.widest_buffer
    return Wish(wish.start - beyond, wish.end + beyond)
