"""Find instruments: what matches a question, which of it is free first, and why the rest cannot be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.free import FreeSearch, find_free
from instruments.reservations.grid import Grid
from instruments.search.facets import Choice, Narrowing, facets, narrowing
from instruments.search.index import CatalogIndex, Members, catalog_index
from instruments.search.matching import matching, ranked
from instruments.search.question import Question
from instruments.timespan import Timespan, instant

PAGE = 20
# How many are asked first for a page: enough while one in six is free as soon as it opens.
FIRST_ASKED = 120


@dataclass(frozen=True)
class Hit:
    """One instrument of the answer: the first free span of the wanted length (or the shortest that the instrument
    takes), or what stands in its way: "not_free", "not_open" (to the asker), "no_hours", "down"."""

    instrument_id: int
    span: Timespan | None = None
    obstacle: str | None = None


@dataclass(frozen=True)
class Found:
    """The answer to a question: one page of hits, how many instruments match (free or not), and how far was looked.

    looked_until: the end of what was searched for free time; the question's window may reach further.
    none_free: instruments match, but none of them can be had as asked.
    """

    question: Question
    total: int
    hits: Sequence[Hit]
    looked_until: datetime
    none_free: bool
    facets: Mapping[str, Sequence[Choice]]
    index: CatalogIndex
    narrowed: Narrowing

    @property
    def pages(self) -> int:
        """How many pages the answer has, at least one."""
        return max(1, -(-self.total // PAGE))


def find(question: Question, actor: Actor | None, now: datetime) -> Found:
    """Answer a question. The number of statements does not depend on how many instruments or reservations there are."""
    index = catalog_index()
    narrowed = narrowing(index, question, actor, matching(index, question.words))
    matches = narrowed.matches
    if question.sort == "relevance":
        hits, looked_until, none_free = _by_relevance(index, matches, question, actor, now)
    else:
        hits, looked_until, none_free = _by_earliest(index, matches, question, actor, now)
    return Found(
        question=question,
        total=matches.bit_count(),
        hits=hits,
        looked_until=looked_until,
        none_free=none_free,
        facets=facets(index, question, actor, narrowed),
        index=index,
        narrowed=narrowed,
    )


def earliest(
    index: CatalogIndex, matches: Members, question: Question, actor: Actor | None, now: datetime, limit: int
) -> tuple[list[Hit], datetime]:
    """The first `limit` of these instruments that the actor could book as asked, earliest first.

    None can be free before it opens. So those that open first are asked first, and once `limit` of them are free
    before any of the others could be, the others need not be asked: at noon that is nearly the whole catalogue.
    """
    since, until = question.window.seconds
    wanted = FreeSearch(round(question.length.total_seconds()), since, until, limit, actor)
    opening = _by_opening(index, matches & index.bookable(actor), question, now)
    asked, count = 0, FIRST_ASKED * -(-limit // PAGE)
    while True:
        asked = min(asked + count, len(opening))
        swept = find_free([each for _, each in opening[:asked]], wanted, now, index.number)
        enough = len(swept.spans) == limit and (
            asked == len(opening) or swept.spans[-1].start <= opening[asked][0]
        )
        if enough or asked == len(opening):
            break
        count = len(opening)
    hits = [Hit(free.instrument_id, Timespan.from_seconds(free.start, free.end)) for free in swept.spans]
    return hits, instant(swept.looked_until)


def _by_opening(
    index: CatalogIndex, members: Members, question: Question, now: datetime
) -> list[tuple[int, int]]:
    """The instruments as (the first moment at which each could begin, id), sorted by that; of equals the better
    match is first. Worked out once for all that share a calendar and rules."""
    known = bookables(index.number)
    firsts: dict[tuple[int, int, int], int | None] = {}
    found = []
    for instrument_id in ranked(index, members, question.words):
        thing = known[instrument_id]
        key = (id(thing.calendar), thing.rules.grid_minutes, thing.rules.lead_minutes)
        if key not in firsts:
            firsts[key] = _first_start(thing, question, int(now.timestamp()))
        first = firsts[key]
        if first is not None:
            found.append((first, instrument_id))
    found.sort(key=itemgetter(0))
    return found


def _first_start(thing: Bookable, question: Question, now: int) -> int | None:
    """The first moment on the grid at which the instrument is open and may be booked; None without one."""
    since, until = question.window.seconds
    spans = thing.calendar.opened(max(since, now + thing.rules.lead), until)
    return Grid(thing.calendar.zone, thing.rules.grid_minutes).up(spans[0][0]) if spans else None


def _by_earliest(
    index: CatalogIndex, matches: Members, question: Question, actor: Actor | None, now: datetime
) -> tuple[list[Hit], datetime, bool]:
    """Free ones, earliest first; after the last of them the others, each with its obstacle."""
    first, last = (question.page - 1) * PAGE, question.page * PAGE
    hits, looked_until = earliest(index, matches, question, actor, now, last)
    none_free = not hits
    if len(hits) < last:
        others = matches & ~index.members(hit.instrument_id for hit in hits)
        rest = ranked(index, others, question.words)[max(first - len(hits), 0) : last - len(hits)]
        page = hits[first:] + [Hit(each, obstacle=_obstacle(index, each, actor)) for each in rest]
    else:
        page = hits[first:last]
    return page, looked_until, none_free


def _by_relevance(
    index: CatalogIndex, matches: Members, question: Question, actor: Actor | None, now: datetime
) -> tuple[list[Hit], datetime, bool]:
    """All matches, the best first, free or not."""
    order = ranked(index, matches, question.words)
    shown = order[(question.page - 1) * PAGE : question.page * PAGE]
    hits, _ = earliest(index, index.members(shown), question, actor, now, PAGE)
    spans = {hit.instrument_id: hit for hit in hits}
    page = [spans.get(each) or Hit(each, obstacle=_obstacle(index, each, actor)) for each in shown]
    return page, question.window.end, False


def _obstacle(index: CatalogIndex, instrument_id: int, actor: Actor | None) -> str:
    """Why an instrument that is not among the free ones cannot be had."""
    if index.contains(index.down, instrument_id):
        return "down"
    if not index.contains(index.admitting(actor), instrument_id):
        return "not_open"
    if not index.contains(index.published, instrument_id):
        return "no_hours"
    return "not_free"
