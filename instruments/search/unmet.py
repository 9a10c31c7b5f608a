"""Searches that found nothing: of which class, and where, handed down to the demand that was not met."""

from __future__ import annotations

from instruments.reservations.demand.noting import Sought
from instruments.search.index import CatalogIndex, Members
from instruments.search.question import Question

LONGEST_CITY = 80


def sought(index: CatalogIndex, question: Question, matches: Members) -> Sought | None:
    """What a question was after that found nothing free; None where it asked for nothing in particular."""
    if not question.words and not question.choices:
        return None
    place, city = _only(index, question, "institution"), _only(index, question, "city")
    return Sought(
        "search",
        question.window.start,
        question.window.end,
        round(question.length.total_seconds()),
        class_code=likeliest_class(index, question, matches),
        place_id=int(place) if place else None,
        city=(city or "")[:LONGEST_CITY],
    )


def likeliest_class(index: CatalogIndex, question: Question, matches: Members) -> str | None:
    """The one class that was chosen, else the narrowest class that most of what matches belongs to."""
    if question.values("class"):
        return _only(index, question, "class")
    wide = set(index.class_parent.values())
    sets = index.by_facet["class"]
    counts = [((members & matches).bit_count(), code) for code, members in sets.items() if code not in wide]
    most, code = max(counts, default=(0, ""))
    return code if most else None


def _only(index: CatalogIndex, question: Question, facet: str) -> str | None:
    """The value of a facet, if just one is ticked that there is."""
    values = question.values(facet)
    return values[0] if len(values) == 1 and values[0] in index.names[facet] else None
