"""Opening hours in words: those of the reader, and whose hours are others where not everybody has the same."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeAlias

from flask_babel import gettext

from instruments.availability.opening import Hours
from instruments.availability.words import hours_in_words
from instruments.pages.words import circle_words
from instruments.people.audience import CIRCLES, admits
from instruments.people.rights import Actor
from instruments.reservations import timetable
from instruments.reservations.bookable import Bookable
from instruments.reservations.booking import books_here
from instruments.timespan import Pair, intersect, subtract
from instruments.web import formats
from instruments.web.language import is_chinese

DAY = timedelta(days=1)
Minutes: TypeAlias = tuple[Pair, ...] | None


def hours_of_reader(thing: Bookable, circle: str | None, today: date) -> Iterator[tuple[str, str]]:
    """The hours of an instrument for a member of this circle (without one, for everybody), as (icon, sentence)."""
    by_circle = {each: calendar.hours for each, calendar in thing.calendar.by_circle.items()}
    yield from hours_lines(thing.calendar.hours, by_circle, circle, today)


def hours_of_lab(hours: Hours, today: date) -> str:
    """The hours of a lab, and whose are others, in one text."""
    by_circle = {circle: hours.of(circle) for circle in CIRCLES} if hours.differ() else {}
    between = "。" if is_chinese() else ". "
    return between.join(words for _, words in hours_lines(hours, by_circle, None, today))


def hours_lines(
    hours: Hours, by_circle: Mapping[str, Hours], circle: str | None, today: date
) -> Iterator[tuple[str, str]]:
    """The hours of one circle, and those of the others where they are different now, each as (icon, sentence)."""
    shared: dict[Minutes, list[str]] = {}
    for each, theirs in by_circle.items():
        shared.setdefault(_minutes_on(theirs, today), []).append(each)
    everybodys = next(iter(by_circle.values())) if len(shared) == 1 else hours
    own = by_circle.get(circle or "", everybodys)
    shared.pop(_minutes_on(own, today), None)
    yield "clock", hours_words(own, today)
    if shared:
        others = [
            gettext("%(who)s %(hours)s", who=_listed(who), hours=hours_words(by_circle[who[0]], today))
            for who in shared.values()
        ]
        yield (
            "users",
            gettext("Others have other hours: %(list)s", list=("；" if is_chinese() else "; ").join(others)),
        )


def hours_words(hours: Hours, today: date) -> str:
    """The opening hours that hold on a date, and from when others do, or none."""
    week = hours.week_on(today)
    words = hours_in_words(week, formats.language()) if week else gettext("No hours are published for today")
    present = _minutes_on(hours, today)
    turn = next((day for day in _turns(hours, today) if _minutes_on(hours, day) != present), None)
    if turn is None:
        return words
    named = {"hours": words, "day": formats.day(turn)}
    if hours.week_on(turn) is None:
        return gettext("%(hours)s. From %(day)s on no hours are published", **named)
    return gettext("%(hours)s. Other hours from %(day)s", **named)


def _turns(hours: Hours, today: date) -> list[date]:
    """The days to come on which published hours begin, or have ended the day before, soonest first."""
    weeks = (*hours.own, *hours.lab)
    begin = {week.valid_from for week in weeks if week.valid_from}
    after = {week.valid_to + DAY for week in weeks if week.valid_to and week.valid_to < date.max}
    return sorted(day for day in begin | after if day > today)


def _minutes_on(hours: Hours, day: date) -> Minutes:
    """What opens in the week that holds on a date, however it was written; none is not the same as closed."""
    week = hours.week_on(day)
    return None if week is None else tuple(week.minutes())


def told_apart(
    thing: Bookable, free: Sequence[Pair], within: Pair, actor: Actor | None
) -> list[tuple[Pair, str]]:
    """Free spans; for strangers, who may belong anywhere, and for those whom the instrument is not open to, cut where they
    are free to some only, with those in words. Nothing is free to the latter, so each of theirs says to whom it is.
    """
    whole = ""
    if actor is not None and not books_here(actor, thing):
        whole = only_to_its_own(thing)
    if (actor is not None and thing.admits(actor)) or not thing.calendar.by_circle:
        return [(span, whole) for span in free]
    apart = timetable.for_some(thing, *within)
    cut = [(span, only_to(circles)) for part, circles in apart for span in intersect(free, [part])]
    return sorted([*cut, *((span, whole) for span in subtract(free, [part for part, _ in apart]))])


def only_to_its_own(thing: Bookable) -> str:
    """For whom the time of an instrument is, to somebody whom it does not admit."""
    return only_to([circle for circle in CIRCLES if admits(thing.audience, circle)])


def only_to(circles: Collection[str]) -> str:
    """For whom time is that is not open to all."""
    return gettext("Only for %(who)s", who=_listed(circles))


def _listed(circles: Collection[str]) -> str:
    return formats.listing([circle_words(circle) for circle in circles])
