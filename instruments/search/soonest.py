"""Which instruments could be had first, without asking all of them: those that open first are asked first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from math import gcd
from operator import attrgetter

from instruments.availability.calendar import Calendar
from instruments.catalog.kept import Kept
from instruments.people.rights import Actor
from instruments.reservations.bookable import bookables
from instruments.reservations.free import FreeFound, FreeSearch, find_free
from instruments.reservations.grid import DAY_SECONDS, Grid
from instruments.search.index import CatalogIndex, Members
from instruments.search.matching import best_first
from instruments.search.question import Question

# How many are asked first for every twenty wanted: enough while one in three is free as soon as it opens.
ASKED_FOR_TWENTY = 60
WIDER = 4


def soonest(
    index: CatalogIndex, matches: Members, question: Question, actor: Actor | None, now: datetime, limit: int
) -> FreeFound:
    """The first `limit` of these instruments that the actor could book as asked, earliest first.

    None can be free before it opens. So once `limit` of those that open first are free before any of the others
    could be, the others need not be asked: at noon that is nearly the whole catalogue. Only when all were asked,
    and too few are free soon, is looked further ahead.
    """
    since, until = question.window.seconds
    length = round(question.length.total_seconds())
    everything = FreeSearch(length, since, until, limit, actor)
    soon = replace(everything, until=min(until, since + length + DAY_SECONDS))
    order = _by_opening(index, matches & index.bookable(actor), question, now)
    asked = list(islice(order, ASKED_FOR_TWENTY * -(-limit // 20)))
    following = next(order, None)
    if following is None:
        return find_free([each for _, each in asked], everything, now, index.number)
    found, more = FreeFound([], since), asked
    while more:
        these = find_free([each for _, each in more], soon, now, index.number)
        # Sorting is stable: of those that are free at the same time, who was asked earlier stays ahead.
        spans = sorted([*found.spans, *these.spans], key=attrgetter("start"))[:limit]
        found = FreeFound(spans, these.looked_until)
        if following is None or (len(found.spans) == limit and found.spans[-1].start <= following[0]):
            break
        more = [following, *islice(order, WIDER * len(asked) - 1)]
        asked += more
        following = next(order, None)
    if len(found.spans) == limit or soon.until == until:
        return found
    return find_free([each for _, each in asked], everything, now, index.number)


def _by_opening(
    index: CatalogIndex, members: Members, question: Question, now: datetime
) -> Iterator[tuple[int, int]]:
    """The instruments as (a moment before which each cannot begin, id), in that order; of equals the better match
    is first."""
    opening: dict[int, Members] = {}
    since, seconds = question.window.seconds[0], int(now.timestamp())
    for group in _groups(index):
        if here := group.members & members:
            first = group.first(max(since, seconds + group.lead))
            opening[first] = opening.get(first, 0) | here
    for first in sorted(opening):
        for instrument_id in best_first(index, opening[first], question.words):
            yield first, instrument_id


@dataclass
class _Group:
    """The instruments that share a calendar and the rules that decide when one may begin."""

    calendar: Calendar
    grid: int
    lead: int
    members: Members = 0
    _seen: tuple[int, int, int] = field(default=(0, 0, 0))

    def first(self, moment: int) -> int:
        """A moment before which none of them can begin, asked at a moment: the next on the grid, or when it opens.

        The opening that comes next stays the same until it ends, so it is looked up once for all who ask before.
        """
        asked, opens, closes = self._seen
        if not asked <= moment < closes:
            spans = self.calendar.opened(moment, moment + DAY_SECONDS)
            opens, closes = spans[0] if spans else (moment + DAY_SECONDS, moment + DAY_SECONDS)
            self._seen = (moment, opens, closes)
        return opens if opens > moment else _next_on_grid(self.calendar, self.grid, moment)


_on_grid: dict[tuple[str, int], tuple[int, int]] = {}


def _next_on_grid(calendar: Calendar, minutes: int, moment: int) -> int:
    """The same for all in one zone, and asked by all of them one after the other."""
    key = (calendar.zone.key, minutes)
    kept = _on_grid.get(key)
    if kept is None or kept[0] != moment:
        kept = _on_grid[key] = (moment, Grid(calendar.zone, minutes).up(moment))
    return kept[1]


_kept: Kept[list[_Group]] = Kept()


def _groups(index: CatalogIndex) -> list[_Group]:
    """The groups of the catalogue as it is in the index."""
    return _kept.at(index.number, lambda: _grouped(index))


def _grouped(index: CatalogIndex) -> list[_Group]:
    ids: dict[tuple[int, int, int], list[int]] = {}
    groups: dict[tuple[int, int, int], _Group] = {}
    for number, thing in bookables(index.number).items():
        rules = thing.all_rules()
        grid, lead = gcd(*(each.grid_minutes for each in rules)), min(each.lead for each in rules)
        key = (id(thing.calendar), grid, lead)
        if key not in groups:
            groups[key] = _Group(thing.calendar, grid, lead)
        ids.setdefault(key, []).append(number)
    for key, group in groups.items():
        group.members = index.members(ids[key])
    return list(groups.values())
