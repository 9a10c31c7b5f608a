"""When a question finds nothing: what to give up, and what is nearest to what was wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import reduce
from operator import and_

from instruments.catalog.search_text import normalise
from instruments.people.rights import Actor
from instruments.search.facets import Narrowing
from instruments.search.find import Found, Hit, earliest
from instruments.search.index import CatalogIndex, Members
from instruments.search.matching import matching_each
from instruments.search.question import FACETS, Question
from instruments.timespan import Timespan

LADDER = [timedelta(minutes=minutes) for minutes in (
    15, 30, 45, 60, 90, 120, 150, 180, 210, 240, 300, 360, 420, 480, 540, 600, 660, 720, 960, 1200, 1440, 2880, 4320, 7200,
)]  # fmt: skip
FURTHER = timedelta(days=90)
MOST_WORDS = 8
CLOSE_ENOUGH = 0.72


@dataclass(frozen=True)
class Way:
    """One change of the question that would find something.

    kind: a facet or "open_to_me" (given up, or only its `value`), "q" (the word `value` given up),
    "spelling" (`value` written instead), "length" (shorter), "later" (looking further).
    count: how many instruments would match; hit: the nearest that is free, for "length" and "later".
    """

    kind: str
    question: Question
    value: str = ""
    count: int = 0
    hit: Hit | None = None


def ways(found: Found, actor: Actor | None, now: datetime) -> list[Way]:
    """What to loosen, the most promising first. Empty when something was found."""
    if found.total == 0:
        spelt = _spelt(found) if not found.narrowed.text else []
        given_up = [*_without_facets(found.index, found.question, found.narrowed), *_without_words(found)]
        return [*spelt, *sorted((way for way in given_up if way.count), key=lambda way: -way.count)]
    if found.none_free:
        return [*_shorter(found, actor, now), *_later(found, actor, now)]
    return []


def _without_facets(index: CatalogIndex, question: Question, narrowed: Narrowing) -> Iterator[Way]:
    for facet in (*FACETS, "open_to_me"):
        if facet in narrowed.allowed:
            value = question.values(facet)[0] if len(question.values(facet)) == 1 else ""
            yield Way(facet, question.without(facet), value, narrowed.without(facet).bit_count())


def _without_words(found: Found) -> Iterator[Way]:
    """Each word given up in turn; together with all filters, and then alone."""
    words = found.question.words.split()[:MOST_WORDS]
    if not words:
        return
    each = matching_each(found.index, words)
    filters = reduce(and_, found.narrowed.allowed.values(), found.index.everything)
    for number, word in enumerate(words):
        others: Sequence[Members] = [members for place, members in enumerate(each) if place != number]
        left = reduce(and_, others, filters)
        yield Way("q", found.question.without("q", word), word, left.bit_count())


def _spelt(found: Found) -> list[Way]:
    """Names of classes, techniques and makers that are written almost like what was typed."""
    wanted = normalise(found.question.words)
    vocabulary: dict[str, str] = {}
    for facet in ("class", "technique"):
        for value, name in found.index.names[facet].items():
            if found.index.by_facet[facet].get(value):
                for written in filter(None, name):
                    vocabulary.setdefault(normalise(written), written)
                    vocabulary.update({word: word for word in normalise(written).split() if len(word) > 3})
    close = get_close_matches(wanted, vocabulary, 3, CLOSE_ENOUGH) if wanted else []
    plain = replace(found.question, chosen={}, open_to_me=False, page=1)
    return [
        Way(
            "spelling",
            replace(plain, words=vocabulary[word], typed={**plain.typed, "q": vocabulary[word]}),
            vocabulary[word],
        )
        for word in close
    ]


def _shorter(found: Found, actor: Actor | None, now: datetime) -> Iterator[Way]:
    """The longest length of the ladder for which something is free in the same window; found by halving."""
    lengths = [length for length in LADDER if length < found.question.length]
    best: Way | None = None
    while lengths:
        middle = len(lengths) // 2
        question = _lasting(found.question, lengths[middle])
        hits, _ = earliest(found.index, found.narrowed.matches, question, actor, now, 1)
        if hits:
            best = Way("length", question, hit=hits[0])
            lengths = lengths[middle + 1 :]
        else:
            lengths = lengths[:middle]
    if best:
        yield best


def _later(found: Found, actor: Actor | None, now: datetime) -> Iterator[Way]:
    """The same length after the window: the nearest free span that exists."""
    end = found.question.window.end
    question = replace(found.question, window=Timespan(end, end + FURTHER), page=1)
    hits, _ = earliest(found.index, found.narrowed.matches, question, actor, now, 1)
    if hits and (span := hits[0].span):
        until = span.end.astimezone(question.zone).date().isoformat()
        yield Way(
            "later",
            replace(found.question, page=1, typed={**found.question.typed, "until": until}),
            hit=hits[0],
        )


def _lasting(question: Question, length: timedelta) -> Question:
    hours = f"{length / timedelta(hours=1):g}"
    return replace(question, length=length, page=1, typed={**question.typed, "hours": hours})
