"""Formal quotes in the reader's words: states and their marks, the facts and the lines of one, for pages and for paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext

from instruments.errors import N_
from instruments.money import Money
from instruments.rates.kept import line_from_json, reasons_from_json
from instruments.rates.lines import Line
from instruments.reservations.formal_quotes.finding import name_of, state_at
from instruments.reservations.paying import words
from instruments.reservations.paying.recalling import Borne, Price
from instruments.timespan import Timespan
from instruments.web import wording
from instruments.web.formats import language
from instruments.web.language import in_language, is_chinese
from instruments.web.reasons import sentence

# What a state is called, and the tone and the icon of its mark.
STATES: Mapping[str, tuple[str, str, str]] = {
    "offered": (N_("Awaiting acceptance"), "accent", "hourglass"),
    "accepted": (N_("Accepted"), "free", "circle-check"),
    "declined": (N_("Declined"), "", "ban"),
    "withdrawn": (N_("Withdrawn"), "bad", "circle-x"),
    "expired": (N_("Expired"), "warn", "hourglass"),
}


class Shown(NamedTuple):
    """One quote as it is read: its number, state, who writes to whom, for what, and what it comes to."""

    number: str
    state: str
    mark: tuple[str, str, str]
    creditor: str
    lab: str
    instrument: str
    payer: str
    asker: str
    span: Timespan
    total: str
    customer_class: str
    why: str
    mode: str


def shown(row: Any, now: datetime) -> Shown:
    """The words of a row of `finding`."""
    state = state_at(row, now)
    asker = in_language(row.asker_en, row.asker_zh)
    return Shown(
        name_of(row),
        state,
        state_mark(state),
        in_language(row.institution_en, row.institution_zh),
        in_language(row.lab_en, row.lab_zh),
        in_language(row.instrument_en, row.instrument_zh),
        in_language(row.payer_en or "", row.payer_zh or "") or asker,
        asker,
        Timespan(row.starts_at, row.ends_at),
        words.money(total_of(row)),
        words.class_words(row.customer_class),
        words.joined([sentence(reason) for reason in reasons_from_json(row.why)]),
        words.mode_words(row.mode),
    )


def state_mark(state: str) -> tuple[str, str, str]:
    """The word, the tone and the icon of a state."""
    word, tone, picture = STATES[state]
    return gettext(word), tone, picture


def total_of(row: Any) -> Money:
    """What it comes to."""
    return Money.from_units(row.total_units, row.currency)


def borne_of(row: Any) -> tuple[Borne, ...]:
    """What programmes would have borne of it when it was written."""
    return tuple(
        Borne(
            each["programme_id"], each["name_en"], each["name_zh"], Money.from_units(each["units"], row.currency),
            each["afterwards"],
        )
        for each in row.borne
    )  # fmt: skip


def price_of(row: Any) -> Price:
    """What was quoted, as a reservation would tell it."""
    return Price(
        total_of(row), None, row.customer_class, row.mode, row.version_id, tuple(lines_of(row)),
        reasons_from_json(row.why), (), row.made_at, borne_of(row),
    )  # fmt: skip


def lines_of(row: Any) -> list[tuple[str, Line]]:
    """Its lines, each with the class of customers whose price it is."""
    return [(kept["class"], line_from_json(kept)) for kept in row.lines]


def in_years(moment: datetime, zone: str) -> str:
    """A moment on paper, where the year is never left out."""
    return wording.moment(moment, zone, language())


def span_in_years(span: Timespan, zone: str, city: str) -> str:
    """A span on paper, its zone named after the city."""
    place = wording.zone_name(zone, language(), span.start, city or None)
    return f"{wording.when(span, zone, language())}{'，' if is_chinese() else ', '}{place}"
