"""Find instruments: what matches a question, which of it is free first, and why the rest cannot be had."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from instruments.people.customer import Payer, payer_of
from instruments.people.rights import Actor
from instruments.rates.estimating import Wanted, estimates
from instruments.search.facets import Choice, Narrowing, facets, narrowing
from instruments.search.index import CatalogIndex, Members, catalog_index
from instruments.search.matching import matching, ranked
from instruments.search.question import Question
from instruments.search.soonest import soonest
from instruments.timespan import Timespan, instant

PAGE = 20
# All that are free in the time that is searched have their prices compared, but no more than so many, those that are free
# first: of 4,200 instruments some 3,000 in a fifth of a second.
MOST_PRICED = 5000


@dataclass(frozen=True)
class Hit:
    """One instrument of the answer: the first free span of the wanted length (or the shortest that the instrument
    takes), or what stands in its way: "not_free", "not_open" (to the asker), "no_hours", "down"."""

    instrument_id: int
    span: Timespan | None = None
    obstacle: str | None = None


class Priced(NamedTuple):
    """Hits in the order of their prices, how far was looked for free time, and whether all that are free were compared."""

    hits: Sequence[Hit]
    looked_until: datetime
    of_all: bool


@dataclass(frozen=True)
class Found:
    """The answer to a question: one page of hits, how many instruments match (free or not), and how far was looked.

    looked_until: the end of what was searched for free time; the question's window may reach further.
    none_free: instruments match, but none of them can be had as asked. of_all_free: by price, that of all was compared.
    """

    question: Question
    total: int
    hits: Sequence[Hit]
    looked_until: datetime
    none_free: bool
    facets: Mapping[str, Sequence[Choice]]
    index: CatalogIndex
    narrowed: Narrowing
    of_all_free: bool = True

    @property
    def pages(self) -> int:
        """How many pages the answer has, at least one."""
        return max(1, min(-(-self.total // PAGE), self.question.deepest))

    @property
    def beyond(self) -> int:
        """How many match beyond the last page."""
        return max(0, self.total - self.pages * PAGE)


def find(
    question: Question,
    actor: Actor | None,
    now: datetime,
    among: Callable[[CatalogIndex], Members] | None = None,
    payer: Payer | None = None,
) -> Found:
    """Answer a question. The number of statements does not depend on how many instruments or reservations there are.

    among: the instruments that are looked at, where these are not all; payer: at whose prices they are sorted, where it is not
    the actor.
    """
    index = catalog_index()
    text = matching(index, question.words)
    narrowed = narrowing(index, question, actor, text & among(index) if among else text)
    matches = narrowed.matches
    total, of_all = matches.bit_count(), True
    if actor is not None and (question.sort == "price" or question.at_most is not None):
        soon = earliest(index, matches, question, actor, now, MOST_PRICED)
        all_hits, looked_until, of_all = by_price(soon, question, payer or payer_of(actor))
        hits, total = _page_of(all_hits, question), len(all_hits)
        none_free = not hits
    elif question.sort == "relevance":
        hits, looked_until, none_free = _by_relevance(index, matches, question, actor, now)
    else:
        hits, looked_until, none_free = _by_earliest(index, matches, question, actor, now)
    return Found(
        question=question,
        total=total,
        hits=hits,
        looked_until=looked_until,
        none_free=none_free,
        facets=facets(index, question, actor, narrowed),
        index=index,
        narrowed=narrowed,
        of_all_free=of_all,
    )


def earliest(
    index: CatalogIndex, matches: Members, question: Question, actor: Actor | None, now: datetime, limit: int
) -> tuple[list[Hit], datetime]:
    """The first `limit` of these instruments that the actor could book as asked, and how far was looked."""
    found = soonest(index, matches, question, actor, now, limit)
    hits = [Hit(free.instrument_id, Timespan.from_seconds(free.start, free.end)) for free in found.spans]
    return hits, instant(found.looked_until)


def _page_of(hits: Sequence[Hit], question: Question) -> Sequence[Hit]:
    first = (question.page - 1) * PAGE
    return hits[first : first + PAGE]


def by_price(found: tuple[list[Hit], datetime], question: Question, payer: Payer) -> Priced:
    """Those that are free, by what the first free time of each costs whoever pays, as asked; a constant number of statements.

    Where as many are free as are looked at, what is free later might be cheaper, and the page says so. With a most that it
    may cost, those above it and those without a price are left out; sorted by another order, they stay in it.
    """
    hits, looked_until = found
    of_all = len(hits) < MOST_PRICED
    amounts = {
        number: each.quote.total.amount
        for number, each in estimates(
            {hit.instrument_id: hit.span for hit in hits if hit.span}, Wanted(payer)
        ).items()
        if each.quote is not None
    }
    if question.at_most is not None:
        hits = [
            hit for hit in hits if amounts.get(hit.instrument_id, question.at_most + 1) <= question.at_most
        ]
    if question.sort == "price":
        hits = sorted(
            hits, key=lambda hit: (hit.instrument_id not in amounts, amounts.get(hit.instrument_id, 0))
        )
    return Priced(hits, looked_until, of_all)


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
