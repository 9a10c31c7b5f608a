"""The filters beside the results and the chips above them, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext

from instruments.pages.words import facet_words, mode_words
from instruments.search.facets import Choice
from instruments.search.find import Found
from instruments.search.index import CatalogIndex
from instruments.search.question import FACETS, Question
from instruments.web.language import chooser, in_language

SHOWN = 6
MOST = {"class": 16, "institution": 24, "city": 12, "technique": 12, "mode": 4}
ORDER = ("open_to_me", "class", "mode", "institution", "city", "technique")


def groups(found: Found) -> list[dict[str, Any]]:
    """What parts/facets.html wants: the largest choices of every facet, the rest folded away."""
    return [_group(facet, found.facets[facet]) for facet in ORDER if found.facets[facet]]


def _group(facet: str, choices: Sequence[Choice]) -> dict[str, Any]:
    pick = chooser()
    options = [
        {"value": each.value, "words": _words(facet, each, pick), "count": each.count, "checked": each.chosen}
        for each in choices[: MOST.get(facet, SHOWN)]
    ]
    # Folding two away would cost as much room as showing them.
    shown = (
        len(options)
        if len(options) <= SHOWN + 2
        else max(SHOWN, sum(option["checked"] for option in options))
    )
    return {"name": facet, "legend": facet_words(facet), "options": options[:shown], "rest": options[shown:]}


def _words(facet: str, choice: Choice, pick: Callable[[str, str], str]) -> str:
    if facet == "mode":
        return mode_words(choice.value)
    if choice.name is None:
        return gettext("Bookable by me")
    return pick(choice.name.en, choice.name.zh)


def value_words(index: CatalogIndex, facet: str, value: str) -> str:
    """One value of a facet in words."""
    if facet == "mode":
        return mode_words(value)
    if facet == "open_to_me":
        return gettext("Bookable by me")
    name = index.names.get(facet, {}).get(value)
    return in_language(name.en, name.zh) if name else value


def chips(found: Found) -> list[tuple[str, str]]:
    """The ticked filters as (words, address without it)."""
    question = found.question
    ticked = [(facet, value) for facet in FACETS for value in question.values(facet)]
    if question.open_to_me:
        ticked.append(("open_to_me", "1"))
    return [
        (value_words(found.index, facet, value), question.without(facet, value).address())
        for facet, value in ticked
    ]


def kept(question: Question, *names: str) -> dict[str, list[str]]:
    """The fields of a question's address, except these, for the hidden inputs of a form that changes these."""
    found: dict[str, list[str]] = {}
    for name, value in question.pairs():
        if name not in (*names, "page"):
            found.setdefault(name, []).append(value)
    return found
