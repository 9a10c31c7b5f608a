"""The filters beside the results and the chips above them, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from flask import current_app, get_template_attribute
from flask_babel import gettext
from markupsafe import Markup

from instruments.pages.words import facet_words, mode_words
from instruments.search.facets import Choice
from instruments.search.find import Found
from instruments.search.index import CatalogIndex
from instruments.search.question import FACETS, Question
from instruments.web import formats
from instruments.web.language import chooser, in_language

SHOWN = 6
MOST = {"class": 16, "institution": 24, "city": 12, "technique": 12, "mode": 4}
ORDER = ("open_to_me", "class", "mode", "institution", "city", "technique")


class Option(NamedTuple):
    """One choice of a filter."""

    value: str
    words: str
    count: int
    checked: bool


class Group(NamedTuple):
    """A filter: its largest choices, and the rest, folded away."""

    name: str
    legend: str
    options: tuple[Option, ...]
    rest: tuple[Option, ...]


def panel(found: Found) -> Markup:
    """The filters, drawn. They change with the catalogue and not with the clock, so most visitors see the same."""
    hidden = tuple((name, tuple(values)) for name, values in kept(found.question, *ORDER).items())
    whom = found.question.whom
    groups = tuple(_group(facet, found.facets[facet], whom) for facet in ORDER if found.facets[facet])
    draw = _drawn.__wrapped__ if current_app.debug else _drawn
    return draw(formats.language(), groups, hidden, found.question.choices)


@lru_cache(maxsize=64)
def _drawn(
    _language: str, groups: tuple[Group, ...], hidden: tuple[tuple[str, tuple[str, ...]], ...], chosen: int
) -> Markup:
    return get_template_attribute("parts/facets.html", "panel")(groups, dict(hidden), chosen)


def _group(facet: str, choices: Sequence[Choice], whom: str) -> Group:
    pick = chooser()
    options = tuple(
        Option(each.value, _words(facet, each, pick, whom), each.count, each.chosen)
        for each in choices[: MOST.get(facet, SHOWN)]
    )
    # Folding two away would cost as much room as showing them.
    shown = (
        len(options) if len(options) <= SHOWN + 2 else max(SHOWN, sum(option.checked for option in options))
    )
    return Group(facet, facet_words(facet), options[:shown], options[shown:])


def _words(facet: str, choice: Choice, pick: Callable[[str, str], str], whom: str) -> str:
    if facet == "mode":
        return mode_words(choice.value)
    if choice.name is None:
        return _bookable(whom)
    return pick(choice.name.en, choice.name.zh)


def _bookable(whom: str) -> str:
    return gettext("Bookable by them") if whom else gettext("Bookable by me")


def value_words(index: CatalogIndex, facet: str, value: str, whom: str = "") -> str:
    """One value of a facet in words."""
    if facet == "mode":
        return mode_words(value)
    if facet == "open_to_me":
        return _bookable(whom)
    name = index.names.get(facet, {}).get(value)
    return in_language(name.en, name.zh) if name else value


def chips(found: Found) -> list[tuple[str, str]]:
    """The ticked filters as (words, address without it)."""
    question = found.question
    ticked = [(facet, value) for facet in FACETS for value in question.values(facet)]
    if question.open_to_me:
        ticked.append(("open_to_me", "1"))
    return [
        (value_words(found.index, facet, value, question.whom), question.without(facet, value).address())
        for facet, value in ticked
    ]


def kept(question: Question, *names: str) -> dict[str, list[str]]:
    """The fields of a question's address, except these, for the hidden inputs of a form that changes these."""
    found: dict[str, list[str]] = {}
    for name, value in question.pairs():
        if name not in (*names, "page"):
            found.setdefault(name, []).append(value)
    return found
