"""What the entries of a journal tell, in the reader's words: names for ids, times on a wall, changes as before → after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import select

from instruments.availability.kinds import END_NOT_KNOWN
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.funds.programme_models import ProgrammeRow
from instruments.money import Money
from instruments.pages.closed_days import closure_span_words
from instruments.pages.detail_texts import IN_WORDS, code_words, dated, days_words, short
from instruments.pages.detail_words import (
    AMOUNTS,
    LEFT_OUT,
    MINUTES,
    MOMENTS,
    RATES,
    REFERENCES,
    label,
)
from instruments.pages.thing_addresses import address_of
from instruments.pages.thing_names import Known, in_words, known_as
from instruments.people.models import Institution, Lab, Person, ResearchGroup
from instruments.qualifications.models import QualifiedTechnique
from instruments.rates.models import Service
from instruments.reservations.limit_words import overridden_words
from instruments.reservations.quota_words import CIRCLES
from instruments.timespan import Timespan
from instruments.web import formats, wording
from instruments.web.language import chooser

NAMED: Mapping[str, Any] = {
    "person": Person,
    "instrument": Instrument,
    "lab": Lab,
    "group": ResearchGroup,
    "technique": QualifiedTechnique,
    "institution": Institution,
    "programme": ProgrammeRow,
    "service": Service,
}
DAYS = ("days", "days_added", "days_changed", "days_removed")
LISTS = (
    "changed",
    "left_out",
    "owner",
    "spans",
    "dates",
    "instruments",
    "funds",
    "programmes",
    "columns",
    "fields",
    "why",
    "warn_percents",
    "lab_ids",
    "institution_ids",
    "institutions",
    "class_codes",
    "line_kind",
    "line_kinds",
    "lines",
    "payer_kinds",
)
NOTHING = (None, "", [], {})


@dataclass(frozen=True)
class Changed:
    """A value before and after a deed."""

    before: object
    after: object


class Names:
    """What things are called, by kind and number: one statement for each kind that is asked for."""

    def __init__(self, wanted: Iterable[tuple[str, int | None]]) -> None:
        numbers: dict[str, set[int]] = defaultdict(set)
        for kind, number in wanted:
            if number is not None:
                numbers[kind].add(number)
        choose = chooser()
        self._found: dict[tuple[str, int], Known] = {}
        for kind, ids in numbers.items():
            if kind in NAMED:
                rows = db.session.execute(_names(NAMED[kind], ids))
                found = {row.id: Known(*[choose(row.name_en, row.name_zh)] * 2) for row in rows}
            else:
                found = known_as(kind, ids)
            self._found |= {(kind, number): known for number, known in found.items()}

    def of(self, kind: str, number: object) -> str | None:
        """What it is called beside a label that says what it is, or None for what has no name or is gone."""
        known = self._found.get((kind, number)) if isinstance(number, int) else None
        return known.alone if known else None

    def title(self, kind: str, number: int) -> str:
        """What it is called by itself; with its number where it has no name or is gone."""
        known = self._found.get((kind, number))
        return known.whole if known else in_words(kind, number)


def _names(table: Any, ids: set[int]) -> Any:
    return select(table.id, table.name_en, table.name_zh).where(table.id.in_(ids))


def mentioned(detail: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    """The things that a detail names by number."""
    for name, value in renamed(detail).items():
        if name == "owner" and isinstance(value, list):
            yield str(value[0]), int(value[1])
        if name in ("from", "to") and _are_parts(value):
            yield from (("fund", fund) for fund, _ in value)
        if kind := _kind_of(name, detail):
            yield from ((kind, each) for each in _flat(value) if isinstance(each, int))


def _flat(value: object) -> Iterable[object]:
    """A value, each of several, or of what was before and after."""
    if isinstance(value, list):
        for each in value:
            yield from _flat(each)
    else:
        yield value


def renamed(detail: Mapping[str, Any]) -> dict[str, Any]:
    """The details, under other names those whose meaning is told by what stands beside them."""
    others = {}
    if detail.get("payer_group_id") or detail.get("payer_person_id"):
        others["payer_institution_id"] = "payer_home_id"
    if "netted_units" in detail:
        others["other_id"] = "with_id"
    if isinstance(detail.get("said"), list):
        others["said"] = "fields"
    if "output_id" in detail:
        others["number"] = "count"
    return {others.get(name, name): value for name, value in detail.items()}


def _are_parts(value: object) -> bool:
    """Whether it says who pays: [[fund, percent]], none of them for nobody."""
    return isinstance(value, list) and all(isinstance(each, list) for each in value)


def _kind_of(name: str, detail: Mapping[str, Any]) -> str | None:
    """What kind of thing a detail names by its number."""
    if name in ("scope_id", "payer_id"):
        return detail.get(name.removesuffix("_id"))
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
            words = short(telling.text(name, value))
            found.append(Said(gettext(label(name)), words, _address(name, value, detail)))
    return found


def _address(name: str, value: object, detail: Mapping[str, Any]) -> str:
    if name in ("scope", "payer"):
        return address_of(str(value), detail.get(f"{name}_id") or 0)
    kind = _kind_of(name, detail)
    return address_of(kind, value) if kind and isinstance(value, int) else ""


def _plain(detail: Mapping[str, Any]) -> dict[str, Any]:
    """One value a name: both ends of a span as one, and what a deed changed as a pair."""
    now = _spanned(renamed(detail))
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
    if _are_parts(now.get("from")):
        before, after = now.pop("from"), now.pop("to")
        now = {"payers": Changed(before, after), **now} if before != after else now
    elif isinstance(now.get("from"), list):
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
    if not isinstance(value, list) or len(value) != 2 or name in DAYS:
        return value
    is_pair = _are_parts(value) and name not in ("spans", "dates") if name in LISTS else True
    return Changed(value[0], value[1]) if is_pair else value


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
            case None | "" | []:
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
        if name == "year":
            return str(value)
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
            return self.names.of(value, self.detail.get(f"{name}_id")) or code_words(name, value)
        if name == "rules":
            return formats.listing(overridden_words(value.split()))
        if name == "circles":
            return formats.listing([gettext(CIRCLES[each]) for each in value.split() if each in CIRCLES])
        if name == "scopes":
            return formats.listing([code_words(name, each) for each in value.split()])
        if name in IN_WORDS:
            return IN_WORDS[name](value)
        if name in (*RATES, *AMOUNTS) and value.isdecimal():
            return self._number(name, int(value))
        return dated(value) or code_words(name, value)

    def _list(self, name: str, value: Sequence[Any]) -> str:
        if name in DAYS:
            return formats.listing(list(days_words(value)))
        if name == "owner":
            return self.names.of(str(value[0]), value[1]) or code_words("scope", str(value[0]))
        return formats.listing([self._one_of(name, each) for each in value])

    def _one_of(self, name: str, each: Any) -> str:
        """One of several values."""
        match name:
            case "payers":
                fund, percent = each
                return f"{self.names.of('fund', fund) or fund} {percent}%"
            case "dates":
                return self._date(each)
            case "spans":
                return closure_span_words(_span(each), self.zone)
            case "changed" | "fields":
                return gettext(label(each))
            case _:
                return self.text(name, each)

    def _date(self, row: Sequence[int]) -> str:
        """One date of a series: when it is, or before → after where that changed; row: its number and both spans."""
        before, after = (closure_span_words(_span(row[at : at + 2]), self.zone) for at in (1, 3))
        return after if before == after else f"{before} → {after}"
