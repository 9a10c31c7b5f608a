"""Filters with counts: each facet counts what would match if only its own choices were given up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import and_
from typing import NamedTuple
from zoneinfo import ZoneInfo

from instruments.people.rights import Actor
from instruments.search.index import CatalogIndex, Members, Name
from instruments.search.question import FACETS, MODES, Question
from instruments.timespan import Timespan

MOST_SHOWN = 40


class Choice(NamedTuple):
    """One value of a facet: as it stands in addresses, in words (modes have none here), and how many it matches."""

    value: str
    name: Name | None
    count: int
    chosen: bool


@dataclass(frozen=True)
class Narrowing:
    """A question as sets: what each part of it lets through. `text` are the instruments that contain its words."""

    text: Members
    allowed: Mapping[str, Members]

    @property
    def matches(self) -> Members:
        """What the whole question lets through."""
        return reduce(and_, self.allowed.values(), self.text)

    def without(self, name: str) -> Members:
        """What it would let through with one facet given up."""
        return reduce(and_, (members for facet, members in self.allowed.items() if facet != name), self.text)


def narrowing(index: CatalogIndex, question: Question, actor: Actor | None, text: Members) -> Narrowing:
    """The question as sets over the index."""
    allowed = {facet: index.any_of(facet, values) for facet in FACETS if (values := question.values(facet))}
    if question.open_to_me and actor is not None:
        allowed["open_to_me"] = index.bookable(actor)
    return Narrowing(text, allowed)


def facets(
    index: CatalogIndex, question: Question, actor: Actor | None, narrowed: Narrowing
) -> dict[str, list[Choice]]:
    """The choices of every facet, the largest first; "open_to_me" has one, and none for strangers. No statement."""
    asks_for_all = not question.words and not question.chosen and not question.open_to_me
    found = dict(_of_everything(index) if asks_for_all else _of_question(index, question, narrowed))
    count = (narrowed.without("open_to_me") & index.bookable(actor)).bit_count()
    found["open_to_me"] = [Choice("1", None, count, question.open_to_me)] if actor is not None else []
    return found


def _of_question(index: CatalogIndex, question: Question, narrowed: Narrowing) -> dict[str, list[Choice]]:
    found = {}
    for facet in FACETS:
        values = _classes(index, question) if facet == "class" else index.by_facet[facet]
        found[facet] = _counted(index, facet, values, narrowed.without(facet), question.values(facet))
    return found


@lru_cache(maxsize=1)
def _of_everything(index: CatalogIndex) -> dict[str, list[Choice]]:
    """What everybody sees who comes to the front page: the same until the catalogue changes."""
    nothing = Question(Timespan.from_seconds(0, 1), ZoneInfo("UTC"))
    return _of_question(index, nothing, Narrowing(index.everything, {}))


def _counted(
    index: CatalogIndex, facet: str, values: Iterable[str], among: Members, chosen: tuple[str, ...]
) -> list[Choice]:
    sets, names = index.by_facet[facet], index.names.get(facet, {})
    wanted = {value: (sets.get(value, 0) & among).bit_count() for value in (*values, *chosen)}
    found = [
        (value not in chosen, -count, value)
        for value, count in wanted.items()
        if (count or value in chosen) and (value in MODES if facet == "mode" else value in names)
    ]
    found.sort(key=_by_mode if facet == "mode" else None)
    return [
        Choice(value, names.get(value), -count, not unchosen) for unchosen, count, value in found[:MOST_SHOWN]
    ]


def _by_mode(entry: tuple[bool, int, str]) -> int:
    return MODES.index(entry[2])


def _classes(index: CatalogIndex, question: Question) -> Iterable[str]:
    """The classes worth offering: around and below what is chosen; else the narrow ones for words, else the widest."""
    parents = index.class_parent
    if chosen := question.values("class"):
        around = {*chosen, *(parents.get(code) for code in chosen)}
        return [code for code in index.by_facet["class"] if parents[code] in around]
    if question.words:
        wide = set(parents.values())
        return [code for code in index.by_facet["class"] if code not in wide]
    return [code for code in index.by_facet["class"] if parents[code] is None]
