"""Which instruments contain the words of a question, and how well they fit them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import case, or_, select

from instruments.catalog.models import Instrument
from instruments.catalog.search_text import ESCAPE, normalise, terms
from instruments.database import db
from instruments.search.index import CatalogIndex, Members, places

# What a word is worth where it stands: name (as its first word, a later one, within one), model or maker
# (from their beginning, within), class or technique. Elsewhere (lab, place, pinyin) it only counts as found.
_IN_NAME = (("\n", 8), (" ", 6), ("", 4))
_IN_MODEL = (("\n", 5), ("", 3))
_IN_SUBJECT = (("", 2),)
_WORTH = (_IN_NAME, _IN_MODEL, _IN_SUBJECT)


def matching(index: CatalogIndex, query: str) -> Members:
    """The instruments that contain every word; all of them when there is no word. One statement."""
    words = terms(query)
    if not words:
        return index.everything
    conditions = [Instrument.search_text.like(f"%{word}%", escape=ESCAPE) for word in words]
    return index.members(db.session.scalars(select(Instrument.id).where(*conditions)))


def matching_each(index: CatalogIndex, words: Sequence[str]) -> list[Members]:
    """For each word alone the instruments that contain it. One statement."""
    conditions = []
    for word in words:
        escaped = terms(word)
        conditions.append(Instrument.search_text.like(f"%{escaped[0] if escaped else ''}%", escape=ESCAPE))
    columns = [case((condition, 1), else_=0) for condition in conditions]
    rows = db.session.execute(select(Instrument.id, *columns).where(or_(*conditions))).all()
    return [index.members(row[0] for row in rows if row[number + 1]) for number in range(len(words))]


def ranked(index: CatalogIndex, members: Members, query: str) -> list[int]:
    """The instruments of a set, those first that fit the words best: by name, then model or maker, then class."""
    return list(best_first(index, members, query))


def best_first(index: CatalogIndex, members: Members, query: str) -> Iterator[int]:
    """As `ranked`, for those who may not want them all: without words nothing is sorted."""
    words = normalise(query).split()
    found: Iterable[int] = places(members)
    if words:
        found = sorted(found, key=lambda place: -_score(index.titles[place], words))
    return map(index.ids.__getitem__, found)


def _score(titles: Sequence[str], words: Sequence[str]) -> int:
    return sum(_worth(titles, word) for word in words)


def _worth(titles: Sequence[str], word: str) -> int:
    for text, steps in zip(titles, _WORTH, strict=True):
        if word in text:
            return next(worth for before, worth in steps if before + word in text)
    return 0
