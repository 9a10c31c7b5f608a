"""Say notices in the reader's language, with the names of today and the times of their occasion."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from flask_babel import gettext
from sqlalchemy import select

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.funds.models import Fund
from instruments.funds.programme_models import ProgrammeRow
from instruments.money import Money
from instruments.notices.kind import Words
from instruments.notices.kinds import BY_CODE
from instruments.people.models import Institution, Lab, Person, ResearchGroup
from instruments.people.words import ROLES
from instruments.qualifications.models import QualifiedTechnique
from instruments.qualifications.needs import LEVEL_WORDS
from instruments.timespan import Timespan, instant
from instruments.utilization import periods
from instruments.utilization.views.words import period_words
from instruments.web import formats, wording
from instruments.web.language import in_language, is_chinese
from instruments.web.reasons import DEFAULT_ZONE

PLACES: Mapping[str, Any] = {
    "institution": Institution,
    "lab": Lab,
    "group": ResearchGroup,
    "technique": QualifiedTechnique,
    "fund": Fund,
    "programme": ProgrammeRow,
}
PATHS = {
    "reservation": "/reservations/{}",
    "series": "/reservations/series/{}",
    "instrument": "/instruments/{}",
    "approvals": "/labs/{}/approvals",
    "faults": "/instruments/{}/faults",
    "uses": "/labs/{}/uses",
    "idle": "/idle/{}",
    "institution": "/institutions/{}/people?view=overdue",
    "days": "/institutions/{}/holidays/reservations",
    "person": "/profile",
    "wait": "/waitlist/{}",
    "violation": "/violations/{}",
    "charge": "/charges/{}",
    "statement": "/statements/{}",
    "statements": "/statements",
    "months": "/institutions/{}/months",
    "draft": "/statements/to-come/{}",
    "invoice_details": "/institutions/{}/invoice-details",
    "own_invoices": "/profile/invoices",
    "programme_invoices": "/programmes/{}/invoice-details",
    "qualification": "/profile/qualifications",
    "qualification_requests": "/labs/{}/qualification-requests",
    "admissions": "/institutions/{}/admissions",
    "fund": "/funds/{}",
    "fund_requests": "/funds/requests",
    "fund_asked": "/funds/ask",
    "formal_quote": "/formal-quotes/{}",
    "rate_version": "/price-versions/{}",
    "programme": "/programmes/{}",
    "settlement": "/settlements/{}",
}
NOBODY = ("", "")
_EDGE = re.compile(r"^(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])$")
_TIGHT = re.compile(r" +(?=[（）：，、。”])|(?<=[（：，、。“]) +")


class Said(NamedTuple):
    """A notice in words: a line for a subject, a whole sentence, the reason given (or ""), where it leads; added: the
    reason, or whatever somebody wrote, as a line of its own; dates: where it is about several, each."""

    subject: str
    sentence: str
    reason: str
    path: str
    picture: str
    added: str
    dates: tuple[str, ...]


@dataclass
class Names:
    """The names in both languages, and the zones, of what a list of notices speaks of."""

    instruments: dict[int, tuple[str, str]] = field(default_factory=dict)
    zones: dict[int, str] = field(default_factory=dict)
    persons: dict[int, tuple[str, str]] = field(default_factory=dict)
    places: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    classes: dict[str, tuple[str, str]] = field(default_factory=dict)


def names_for(details: Iterable[Mapping[str, Any]]) -> Names:
    """The names that these details need: one statement for each kind of them."""
    found, all_details = Names(), list(details)
    for row in _rows(_instruments, _ids(all_details, "instrument_id") | _ids(all_details, "other_id")):
        found.instruments[row.id] = (row.name_en, row.name_zh)
        found.zones[row.id] = row.zone
    for row in _rows(_named(Person), _ids(all_details, "actor_id") | _ids(all_details, "user_id")):
        found.persons[row.id] = (row.name_en, row.name_zh)
    for kind, model in PLACES.items():
        ids = {each["scope_id"] for each in all_details if each.get("scope") == kind}
        ids |= _ids(all_details, "group_id") if kind == "group" else set()
        for row in _rows(_named(model), ids):
            found.places[kind, row.id] = (row.name_en, row.name_zh)
    codes = {each["class_code"] for each in all_details if each.get("class_code")}
    for row in _rows(_classes, codes):
        found.classes[row.code] = (row.name_en, row.name_zh)
    return found


def _ids(details: Iterable[Mapping[str, Any]], name: str) -> set[int]:
    return {each[name] for each in details if each.get(name) is not None}


def _rows(statement: Callable[[Collection[Any]], Any], ids: Collection[Any]) -> Iterable[Any]:
    return db.session.execute(statement(ids)) if ids else ()


def _instruments(ids: Collection[int]) -> Any:
    thing = Instrument
    return (
        select(thing.id, thing.name_en, thing.name_zh, Lab.zone)
        .join(Lab, Lab.id == thing.lab_id)
        .where(thing.id.in_(ids))
    )


def _classes(codes: Collection[str]) -> Any:
    kind = InstrumentClass
    return select(kind.code, kind.name_en, kind.name_zh).where(kind.code.in_(codes))


def _named(model: Any) -> Callable[[Collection[int]], Any]:
    return lambda ids: select(model.id, model.name_en, model.name_zh).where(model.id.in_(ids))


def say(notice: Any, names: Names, own_zone: str, now: datetime) -> Said:
    """A notice (its row) in the language that is set; times on the instrument's wall, with the reader's own where it differs."""
    kind = BY_CODE[notice.kind]
    words = kind.words[notice.said]
    values = _values(notice.detail, names, own_zone, now)
    return Said(
        _worded(words.subject, values),
        _worded(words.sentence, values),
        str(notice.detail.get("reason", "")),
        path_of(notice.thing_kind, notice.thing_id),
        kind.picture,
        _added(words, notice.detail),
        tuple(_dates(notice.detail, names, own_zone, now)),
    )


def _added(words: Words, detail: Mapping[str, Any]) -> str:
    said = formats.own_words(str(detail.get("reason", "")))
    return gettext(words.adds, reason=said) if said else ""


def _worded(sentence: str, values: Mapping[str, str]) -> str:
    """The sentence with its values; in Chinese with a space where a value begins or ends in Latin letters or digits."""
    if not is_chinese():
        return gettext(sentence, **values)
    spaced = {name: _EDGE.sub(" ", value) for name, value in values.items()}
    return re.sub(" {2,}", " ", _TIGHT.sub("", gettext(sentence, **spaced))).strip()


def path_of(thing_kind: str, thing_id: int) -> str:
    """Where a notice leads: the page of what it is about."""
    return PATHS[thing_kind].format(thing_id)


def _values(detail: Mapping[str, Any], names: Names, own_zone: str, now: datetime) -> dict[str, str]:
    zone = names.zones.get(detail.get("instrument_id", 0), DEFAULT_ZONE)
    values = {
        "who": _person(detail.get("actor_id"), names),
        "user": _person(detail.get("user_id"), names),
        "instrument": in_language(*names.instruments.get(detail.get("instrument_id", 0), NOBODY)),
        "other": in_language(*names.instruments.get(detail.get("other_id", 0), NOBODY)),
        "place": _place(detail, names),
        "group": in_language(*names.places.get(("group", detail.get("group_id", 0)), NOBODY)),
        "year": str(detail.get("year", "")),
        "count": formats.count(detail.get("count", 0)),
        "role": _role(detail),
        "class": in_language(*names.classes.get(detail.get("class_code", ""), NOBODY)),
        "subject": _subject(detail, names),
        "level": _level(detail),
        "last_day": _day(detail.get("last_day")),
        "suspended_to": _day(detail.get("suspended_to")),
        "number": str(detail.get("number", "")),
        "month": formats.month(detail["month"]) if detail.get("month") else "",
        "amount": _amount(detail),
        "period": period_words(periods.read(detail["period"])) if detail.get("period") else "",
        "why": _sentences(detail.get("why", ())),
    }
    for name, of in (("when", ""), ("before", "before_"), ("closed", "closed_")):
        start, end = f"{of}start", f"{of}end"
        if start in detail:
            span = Timespan.from_seconds(detail[start], detail[end])
            values[name] = when(span, zone, own_zone, now)
    if "other_start" in detail:
        span = Timespan.from_seconds(detail["other_start"], detail["other_end"])
        values["then"] = when(span, names.zones.get(detail["other_id"], DEFAULT_ZONE), own_zone, now)
    if "expires_at" in detail:
        wall = names.zones.get(detail.get("instrument_id", 0), own_zone)
        values["until"] = formats.moment_and_own(instant(detail["expires_at"]), wall, own_zone)
    if "due_at" in detail:
        values["due"] = formats.moment_and_own(instant(detail["due_at"]), zone, own_zone)
    return values


def when(span: Timespan, zone: str, own_zone: str, now: datetime) -> str:
    """Wed 25 Nov, 18:30–21:00 (11:30–14:00, Berlin time, UTC+1)."""
    words = formats.when(span, zone)
    today = formats.local(now, own_zone).date()
    own = wording.own_time(span, zone, own_zone, formats.language(), today)
    if not own:
        return words
    return f"{words}（{own}）" if is_chinese() else f"{words} ({own})"


def _dates(detail: Mapping[str, Any], names: Names, own_zone: str, now: datetime) -> Iterable[str]:
    """The dates of a series that are told of; of those that moved the time before, too."""
    zone = names.zones.get(detail.get("instrument_id", 0), DEFAULT_ZONE)
    for date_ in detail.get("dates", ()):
        spans = (Timespan.from_seconds(*date_[first : first + 2]) for first in range(0, len(date_), 2))
        yield " → ".join(when(span, zone, own_zone, now) for span in spans)


def _person(person_id: int | None, names: Names) -> str:
    if person_id is None:
        return gettext("The system")
    return in_language(*names.persons.get(person_id, NOBODY))


def _role(detail: Mapping[str, Any]) -> str:
    name = ROLES.get(detail.get("role", ""))
    return gettext(name) if name else ""


def _level(detail: Mapping[str, Any]) -> str:
    name = LEVEL_WORDS.get(detail.get("level", ""))
    return gettext(name) if name else ""


def _day(day: str | None) -> str:
    return formats.day(date.fromisoformat(day)) if day else ""


def _amount(detail: Mapping[str, Any]) -> str:
    """A sum of money, always without a sign: the words say which way it goes."""
    if "units" not in detail:
        return ""
    money = Money.from_units(abs(detail["units"]), detail["currency"])
    return formats.money(money.amount, money.currency)


def _sentences(some: Collection[str]) -> str:
    """Whole sentences one after another."""
    return ("" if is_chinese() else " ").join(gettext(each) for each in some)


def _subject(detail: Mapping[str, Any], names: Names) -> str:
    """What a qualification is for: the instrument, else the technique."""
    if detail.get("instrument_id"):
        return in_language(*names.instruments.get(detail["instrument_id"], NOBODY))
    return _place(detail, names)


def _place(detail: Mapping[str, Any], names: Names) -> str:
    if not detail.get("scope"):
        return gettext("the whole platform")
    return in_language(*names.places.get((detail["scope"], detail["scope_id"]), NOBODY))
