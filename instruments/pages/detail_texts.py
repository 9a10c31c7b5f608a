"""The texts in details of journal entries in the reader's words: codes, dates, weeks, what was looked at, who reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from flask_babel import gettext

from instruments.availability import day_words
from instruments.availability.days import HOLIDAY
from instruments.availability.table import read_times
from instruments.availability.week import parse_week
from instruments.availability.words import hours_in_words, times_in_words
from instruments.errors import Refusal
from instruments.pages.detail_codes import CODES
from instruments.reports.forms import called
from instruments.reservations.choices import purpose_words
from instruments.web import formats
from instruments.web.language import chooser, in_language

A_DATE, A_MONTH = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d")
LONGEST = 300


def short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def code_words(name: str, value: str) -> str:
    word = CODES.get(name, {}).get(value)
    return gettext(word) if word else formats.own_words(value)


def _times(value: str) -> str:
    try:
        return times_in_words(read_times(value), formats.language())
    except Refusal:
        return value


def _week(value: str) -> str:
    try:
        return hours_in_words(parse_week(value), formats.language())
    except Refusal:
        return value


def dated(value: str) -> str:
    """A date or a month, as they are kept, in words; empty for anything else."""
    try:
        if A_DATE.fullmatch(value):
            return formats.day(date.fromisoformat(value))
        return formats.month(value) if A_MONTH.fullmatch(value) else ""
    except ValueError:
        return ""


def _looked_at(value: str) -> str:
    """What somebody looked at; the last word may say of which month, or with whom."""
    what, _, last = value.rpartition(" ")
    when = dated(last)
    if when:
        return f"{code_words('what', what)} {when}"
    return code_words("what", what if last.isdigit() else value)


def days_words(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Days: "1 – 7 October 2027 National Day" for each run of the same name; what they are, unless holidays."""
    choose = chooser()
    for (name, kind), run in groupby(
        rows, key=lambda row: (choose(row[1], row[2]), (row[3:] or [HOLIDAY])[0])
    ):
        days = [date.fromisoformat(row[0]) for row in run]
        when = formats.day(days[0]) if len(days) == 1 else formats.short_days(days[0], days[-1])
        what = "" if kind == HOLIDAY else gettext(day_words.KINDS[kind])
        yield f"{when} {name}, {what}" if what else f"{when} {name}"


def _reporter(value: str) -> str:
    """Who bears witness: a logger by its name, which stands after the number of whose it is; a file, or a person."""
    owner, _, name = value.rpartition(":")
    if owner == "file":
        return code_words("reporter", owner)
    return name if owner.isdecimal() else code_words("reporter", value)


def _form(code: str) -> str:
    return in_language(*called(code))


# What says a text in words of its own.
IN_WORDS: Mapping[str, Callable[[str], str]] = {
    "purpose": purpose_words, "week": _week, "peak": _week, "times": _times, "what": _looked_at, "form": _form,
    "reporter": _reporter,
}  # fmt: skip
