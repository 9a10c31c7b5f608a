"""What the entries of a journal tell, in the reader's words: names for ids, times on a wall, changes as before → after."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import select

from instruments.availability import day_words
from instruments.availability.days import HOLIDAY
from instruments.availability.kinds import END_NOT_KNOWN
from instruments.availability.table import read_times
from instruments.availability.week import parse_week
from instruments.availability.words import hours_in_words, times_in_words
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import Refusal
from instruments.funds.models import Fund
from instruments.funds.programme_models import ProgrammeRow
from instruments.money import Money
from instruments.pages.closed_days import closure_span_words
from instruments.pages.detail_words import (
    AMOUNTS,
    CODES,
    LEFT_OUT,
    MINUTES,
    MOMENTS,
    RATES,
    REFERENCES,
    label,
)
from instruments.pages.thing_addresses import address_of
from instruments.people.models import Institution, Lab, Person, ResearchGroup
from instruments.qualifications.models import QualifiedTechnique
from instruments.rates.models import Service
from instruments.reports.forms import called
from instruments.reservations.choices import purpose_words
from instruments.reservations.limit_words import overridden_words
from instruments.reservations.quota_words import CIRCLES
from instruments.timespan import Timespan
from instruments.web import formats, wording
from instruments.web.language import chooser, in_language

NAMED: Mapping[str, Any] = {
    "person": Person,
    "instrument": Instrument,
    "lab": Lab,
    "group": ResearchGroup,
    "technique": QualifiedTechnique,
    "institution": Institution,
    "fund": Fund,
    "programme": ProgrammeRow,
    "service": Service,
}
A_DATE, A_MONTH = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d")
LONGEST = 300
DAYS = ("days", "days_added", "days_changed", "days_removed")
LISTS = (
    "changed",
    "left_out",
    "owner",
    "spans",
    "instruments",
    "funds",
    "programmes",
    "columns",
    "fields",
    "said",
    "why",
)
NOTHING = (None, "", [], {})


@dataclass(frozen=True)
class Changed:
    """A value before and after a deed."""

    before: object
    after: object


class Names:
    """The names of things by kind and number: one statement for each kind that is asked for."""

    def __init__(self, wanted: Iterable[tuple[str, int | None]]) -> None:
        numbers: dict[str, set[int]] = {kind: set() for kind in NAMED}
        for kind, number in wanted:
            if kind in NAMED and number is not None:
                numbers[kind].add(number)
        choose = chooser()
        self._found = {
            (kind, row.id): choose(row.name_en, row.name_zh)
            for kind, ids in numbers.items()
            if ids
            for row in db.session.execute(_names(NAMED[kind], ids))
        }

    def of(self, kind: str, number: object) -> str | None:
        """The name, or None for what has none or is gone."""
        return self._found.get((kind, number)) if isinstance(number, int) else None


def _names(table: Any, ids: set[int]) -> Any:
    return select(table.id, table.name_en, table.name_zh).where(table.id.in_(ids))


def mentioned(detail: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    """The things that a detail names by number."""
    for name, value in detail.items():
        if name == "owner" and isinstance(value, list):
            yield str(value[0]), int(value[1])
        kind = _kind_of(name, detail)
        for each in value if isinstance(value, list) else (value,):
            if kind and isinstance(each, int):
                yield kind, each


def _kind_of(name: str, detail: Mapping[str, Any]) -> str | None:
    """What kind of thing a detail names by its number."""
    if name in ("scope_id", "payer_id"):
        return detail.get(name.removesuffix("_id"))
    # A netting is with another institution; elsewhere the other is an instrument.
    if name == "other_id" and "netted_units" in detail:
        return "institution"
    return REFERENCES.get(name)


class Said(NamedTuple):
    """A detail in the reader's words, and where the one thing that it names is shown; empty where it names none."""

    label: str
    value: str
    address: str


def told(detail: Mapping[str, Any], names: Names, zone: str) -> list[Said]:
    """The details in the reader's language; instants on the wall of the zone."""
    telling = _Telling(names, zone, detail)
    found = []
    for name, value in _plain(detail).items():
        if name not in LEFT_OUT and value not in NOTHING:
            words = _short(telling.text(name, value))
            found.append(Said(gettext(label(name)), words, _address(name, value, detail)))
    return found


def _address(name: str, value: object, detail: Mapping[str, Any]) -> str:
    if name in ("scope", "payer"):
        return address_of(str(value), detail.get(f"{name}_id") or 0)
    kind = _kind_of(name, detail)
    return address_of(kind, value) if kind and isinstance(value, int) else ""


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    """One value a name: both ends of a span as one, and what a deed changed as a pair."""
    now = _spanned(detail)
    if isinstance(detail.get("units"), int) and detail.get("currency"):
        money = Money.from_units(detail["units"], detail["currency"])
        now["money"] = formats.money(money.amount, money.currency)
    now |= {name: Changed(*pair) for name, pair in now.pop("changes", {}).items()}
    if isinstance(detail.get("over"), int):
        now["on_account"] = now.pop("over")
    if isinstance(detail.get("closed"), list):
        now["closed"] = _span(detail["closed"])
    before = detail.get("before")
    if isinstance(before, dict):
        now |= {
            name: Changed(old, now.get(name))
            for name, old in _spanned(before).items()
            if old != now.get(name)
        }
    elif before:
        now["week"] = Changed(before, now.get("week"))
    if isinstance(now.get("from"), list):
        now = {"when": Changed(_span(now.pop("from")), _span(now.pop("to"))), **now}
    return {name: _pair(name, value) for name, value in now.items()}


def _spanned(part: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(part)
    if "start" in found and "end" in found:
        start, end = found.pop("start"), found.pop("end")
        found = {"when": _span((start, END_NOT_KNOWN if end is None else end)), **found}
    return found


def _span(ends: Sequence[int | str]) -> Timespan:
    return Timespan(_instant(ends[0]), _instant(ends[1]))


def _pair(name: str, value: object) -> object:
    if isinstance(value, list) and len(value) == 2 and name not in (*DAYS, *LISTS):
        return Changed(value[0], value[1])
    return value


def _instant(value: int | str) -> datetime:
    """Instants are kept as epoch seconds, or with their offset."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) else datetime.fromisoformat(value)


@dataclass(frozen=True)
class _Telling:
    names: Names
    zone: str
    detail: Mapping[str, Any]

    def text(self, name: str, value: object) -> str:
        """A value as the reader reads it."""
        match value:
            case Changed():
                return f"{self.text(name, value.before)} → {self.text(name, value.after)}"
            case None | "":
                return wording.NONE
            case bool():
                return gettext("Yes") if value else gettext("No")
            case Timespan():
                return closure_span_words(value, self.zone)
            case int():
                return self._number(name, value)
            case str():
                return self._words(name, value)
            case list():
                return self._list(name, value)
            case _:
                return str(value)

    def _number(self, name: str, value: int) -> str:
        if kind := _kind_of(name, self.detail):
            return self.names.of(kind, value) or str(value)
        if name in MOMENTS:
            return formats.moment(_instant(value), self.zone)
        if name in AMOUNTS:
            money = Money.from_units(value, str(self.detail.get("currency") or "CNY"))
            return formats.money(money.amount, money.currency)
        if name in RATES:
            return wording.rate(Decimal(value) / 10_000)
        if name.endswith("_id"):
            return str(value)
        return formats.length(timedelta(minutes=value)) if name in MINUTES else formats.count(value)

    def _words(self, name: str, value: str) -> str:
        if name in ("scope", "payer"):
            return self.names.of(value, self.detail.get(f"{name}_id")) or _code(name, value)
        if name == "rules":
            return formats.listing(overridden_words(value.split()))
        if name == "circles":
            return formats.listing([gettext(CIRCLES[each]) for each in value.split() if each in CIRCLES])
        if name == "scopes":
            return formats.listing([_code(name, each) for each in value.split()])
        if name in _IN_WORDS:
            return _IN_WORDS[name](value)
        return _dated(value) or _code(name, value)

    def _list(self, name: str, value: Sequence[Any]) -> str:
        if name in DAYS:
            return formats.listing(list(_days(value)))
        if name == "owner":
            return self.names.of(str(value[0]), value[1]) or _code("scope", str(value[0]))
        if name == "spans":
            return formats.listing([closure_span_words(_span(each), self.zone) for each in value])
        if name in ("changed", "fields", "said"):
            return formats.listing([gettext(label(each)) for each in value])
        return formats.listing([self.text(name, each) for each in value])


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _code(name: str, value: str) -> str:
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


def _dated(value: str) -> str:
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
    when = _dated(last)
    if when:
        return f"{_code('what', what)} {when}"
    return _code("what", what if last.isdigit() else value)


def _days(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Days: "1 – 7 October 2027 National Day" for each run of the same name; what they are, unless holidays."""
    choose = chooser()
    for (name, kind), run in groupby(
        rows, key=lambda row: (choose(row[1], row[2]), (row[3:] or [HOLIDAY])[0])
    ):
        days = [date.fromisoformat(row[0]) for row in run]
        when = formats.day(days[0]) if len(days) == 1 else formats.short_days(days[0], days[-1])
        what = "" if kind == HOLIDAY else gettext(day_words.KINDS[kind])
        yield f"{when} {name}, {what}" if what else f"{when} {name}"


def _form(code: str) -> str:
    return in_language(*called(code))


# What says a text in words of its own.
_IN_WORDS: Mapping[str, Callable[[str], str]] = {
    "purpose": purpose_words, "week": _week, "peak": _week, "times": _times, "what": _looked_at, "form": _form,
}  # fmt: skip
