"""The rows of a search as its page and its table show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask_babel import gettext

from instruments.pages.shares import DayShare, day_shares
from instruments.pages.words import MODE_ICONS, audience_words, mode_words
from instruments.people.rights import Actor
from instruments.reservations.form import prefilled
from instruments.search.find import Hit
from instruments.search.question import MODES, Question
from instruments.search.rows import instrument_rows
from instruments.web import formats
from instruments.web.language import chooser, in_language

MONDAY = date(2024, 1, 1)


def result_rows(
    hits: Sequence[Hit], question: Question, actor: Actor | None, now: datetime, *, strips: bool = True
) -> list[dict[str, Any]]:
    """What parts/results.html wants for these hits. Three statements, however many there are."""
    rows = instrument_rows([hit.instrument_id for hit in hits])
    shares = (
        day_shares({row.id: row.zone for row in rows.values()}, question.first_day, now) if strips else {}
    )
    label = gettext("First free %(length)s", length=formats.length(question.length))
    speech = _Speech(chooser(), {mode: (MODE_ICONS[mode], mode_words(mode)) for mode in MODES})
    return [
        _row(rows[hit.instrument_id], hit, question, actor, now, speech)
        | {"free_label": label, "strip": _strip(shares.get(hit.instrument_id, ()))}
        for hit in hits
        if hit.instrument_id in rows
    ]


@dataclass(frozen=True)
class _Speech:
    """What is the same in all rows: how names are chosen, and the modes with icon and words."""

    name: Callable[[str, str], str]
    modes: dict[str, tuple[str, str]]


def _row(
    row: Any, hit: Hit, question: Question, actor: Actor | None, now: datetime, speech: _Speech
) -> dict[str, Any]:
    address, pick = f"/instruments/{row.id}", speech.name
    name, other = pick(row.name_en, row.name_zh), pick(row.name_zh, row.name_en)
    lab, institution = pick(row.lab_en, row.lab_zh), pick(row.institution_en, row.institution_zh)
    city = city_of(row, pick)
    modes = [speech.modes[mode] for mode in MODES if getattr(row, mode)]
    shown: dict[str, Any] = {
        "address": address,
        "name": name,
        "other_name": other if other != name else None,
        "where": gettext("%(lab)s, %(institution)s", lab=lab, institution=institution),
        "city": city,
        "modes": modes,
        "photo": f"/instruments/{row.id}/photo" if row.photo else None,
        "class_code": row.class_code,
        "traits": [*modes, *_traits(row, city, actor)],
    }
    if hit.span is None:
        return shown | _blocked(row, hit, question)
    start = hit.span.start.astimezone(ZoneInfo(row.zone))
    return shown | {
        "free": formats.when(hit.span, row.zone, relative=True),
        "own_time": formats.own_time(hit.span, row.zone),
        "soon": start.date() == now.astimezone(ZoneInfo(row.zone)).date(),
        "act": {
            "words": gettext("Book %(time)s", time=f"{start:%H:%M}"),
            "address": f"{address}?{urlencode(prefilled(hit.span, row.zone))}#booking",
        },
    }


def city_of(row: Any, pick: Callable[[str, str], str]) -> str:
    """The instrument's city, else its lab's, else its institution's."""
    return (
        pick(row.city_en, row.city_zh)
        or pick(row.lab_city_en, row.lab_city_zh)
        or pick(row.institution_city_en, row.institution_city_zh)
    )


def place_of(*owners: Any) -> str:
    """The city of the first of these (instrument, lab, institution) that names one."""
    return next((city for owner in owners if (city := in_language(owner.city_en, owner.city_zh))), "")


def _traits(row: Any, city: str, actor: Actor | None) -> Iterator[tuple[str, str]]:
    """What is worth knowing besides the modes."""
    if city:
        yield "map-pin", city
    if row.status == "limited":
        yield "triangle-alert", gettext("Limited service")
    if actor is None and row.audience in ("lab", "institution"):
        yield "lock", audience_words(row.audience)


def _blocked(row: Any, hit: Hit, question: Question) -> dict[str, Any]:
    address = f"/instruments/{row.id}"
    look = {"words": gettext("See its calendar"), "address": address, "kind": "plain"}
    match hit.obstacle:
        case "down":
            return {"not_free": gettext("Out of service"), "act": None}
        case "not_open":
            return {"not_free": audience_words(row.audience), "act": None,
                    "under": gettext("Not open to you")}  # fmt: skip
        case "no_hours":
            return {"not_free": gettext("Cannot be booked yet"), "act": None,
                    "under": gettext("No opening hours published")}  # fmt: skip
        case _:
            until = formats.day(question.last_day)
            return {"not_free": gettext("Not free up to %(day)s", day=until), "act": look}


def _strip(days: Sequence[DayShare]) -> list[dict[str, Any]]:
    language = formats.language()
    return [
        {
            "letter": _letter(each.day.weekday(), language),
            "words": _day_words(each.day.weekday(), each.free if each.open else None, language),
            "share": each.share,
            "closed": not each.open,
        }
        for each in days
    ]


# A page of results says 140 days; few of them differ.
@lru_cache(maxsize=16)
def _letter(weekday: int, _language: str) -> str:
    return formats.weekday(MONDAY + timedelta(days=weekday), letter=True)


@lru_cache(maxsize=4096)
def _day_words(weekday: int, free: int | None, _language: str) -> str:
    """One day in the language of this request, which is what the last argument names."""
    day = formats.weekday(MONDAY + timedelta(days=weekday))
    if free is None:
        return gettext("%(day)s closed", day=day)
    return gettext("%(day)s %(length)s", day=day, length=formats.length(timedelta(seconds=free)))
