"""The rows of a search as its page and its table show them, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from flask_babel import gettext

from instruments.pages.qualification_lines import not_qualified_for
from instruments.pages.shares import DayShare, day_shares
from instruments.pages.words import MODE_ICONS, audience_words, mode_words
from instruments.people.customer import Payer, payer_of
from instruments.people.rights import Actor
from instruments.rates.estimating import Wanted, estimates
from instruments.reservations.asking import is_decided_by_lab
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.form import prefilled
from instruments.reservations.quota_words import in_short
from instruments.search.find import Hit
from instruments.search.question import MODES, Question
from instruments.search.rows import instrument_rows
from instruments.timespan import Timespan
from instruments.web import formats, wording
from instruments.web.language import chooser, in_language
from instruments.web.reasons import sentence
from instruments.web.strip import Strip, strip_paths

Trait: TypeAlias = tuple[str, str]
MONDAY = date(2024, 1, 1)


class Act(NamedTuple):
    """The button of a row."""

    words: str
    address: str
    kind: str = "soft"


@dataclass(slots=True)
class ResultRow:
    """One instrument of the answer, as parts/results.html wants it. (Templates read these faster than mappings.)"""

    id: int
    address: str
    name: str
    other_name: str | None
    where: str
    city: str
    photo: str | None
    class_code: str | None
    modes: list[Trait]
    traits: list[Trait]
    free_label: str
    strip: Strip | None = None
    free: str | None = None
    own_time: str = ""
    not_free: str | None = None
    soon: bool = False
    act: Act | None = None
    under: str | None = None
    price: str = ""


def result_rows(
    hits: Sequence[Hit],
    question: Question,
    actor: Actor | None,
    now: datetime,
    *,
    strips: bool = True,
    number: int | None = None,
    payer: Payer | None = None,
) -> list[ResultRow]:
    """The rows of these hits. A constant number of statements; actor: for whom the question is; number: the catalogue's
    revision, if it is known; payer: whose prices they tell, where it is not the actor."""
    found = instrument_rows([hit.instrument_id for hit in hits])
    zones = {row.id: row.zone for row in found.values()} if strips else {}
    shares = day_shares(zones, question.first_day, now, number, actor)
    closed = not_qualified_for(hits, actor, now, number)
    speech = _Speech(
        chooser(),
        formats.language(),
        {mode: (MODE_ICONS[mode], mode_words(mode)) for mode in MODES},
        gettext("%(lab)s, %(institution)s"),
        gettext("Book %(time)s"),
        gettext("Ask the lab"),
        gettext("First free %(length)s", length=formats.length(question.length)),
    )
    known = bookables(number) if actor is not None else {}
    prices = _prices(hits, known, payer or payer_of(actor), question.whom) if actor is not None else {}
    said = {"user": question.whom} if question.whom else {}
    said |= {} if question.fund is None else {"fund_id": question.fund}
    rows = []
    for hit in hits:
        if hit.instrument_id in found:
            source = found[hit.instrument_id]
            row = _row(source, actor, speech)
            if hit.span is None:
                _block(row, source, hit, question)
            else:
                _offer(row, hit.span, ZoneInfo(source.zone), speech, now, said)
                if actor is not None and hit.instrument_id in known:
                    _meet_rules(row, known[hit.instrument_id], hit.span, actor, speech)
            row.price = prices.get(hit.instrument_id, "")
            if hit.instrument_id in closed and hit.span is not None:
                row.act, row.under = _not_qualified(row.address, question)
            if hit.instrument_id in shares:
                row.strip = _strip(shares[hit.instrument_id], speech.language)
            rows.append(row)
    return rows


def _prices(hits: Sequence[Hit], known: Mapping[int, Bookable], payer: Payer, whom: str) -> dict[int, str]:
    """What each first free span costs whoever pays, for who comes alone; nothing where none has prices."""
    spans = {
        hit.instrument_id: hit.span
        for hit in hits
        if hit.span is not None and hit.instrument_id in known and known[hit.instrument_id].has_card
    }
    found = estimates(spans, Wanted(payer))
    none = gettext("No price for them") if whom else gettext("No price for you")
    return {
        number: formats.money(each.quote.total.amount, each.quote.currency) if each.quote else none
        for number, each in found.items()
    }


@dataclass(frozen=True)
class _Speech:
    """What is the same in all rows: how names are chosen, the modes with icon and words, sentences to be filled in."""

    name: Callable[[str, str], str]
    language: str
    modes: dict[str, Trait]
    where: str
    book: str
    ask: str
    free_label: str


def _row(source: Any, actor: Actor | None, speech: _Speech) -> ResultRow:
    pick = speech.name
    name, other = pick(source.name_en, source.name_zh), pick(source.name_zh, source.name_en)
    lab = pick(source.lab_en, source.lab_zh)
    institution = pick(source.institution_en, source.institution_zh)
    city = city_of(source, pick)
    modes = [speech.modes[mode] for mode in MODES if getattr(source, mode)]
    return ResultRow(
        id=source.id,
        address=f"/instruments/{source.id}",
        name=name,
        other_name=other if other != name else None,
        where=speech.where % {"lab": lab, "institution": institution},
        city=city,
        photo=f"/instruments/{source.id}/photo" if source.photo else None,
        class_code=source.class_code,
        modes=modes,
        traits=[*modes, *_traits(source, city, actor)],
        free_label=speech.free_label,
    )


def _offer(
    row: ResultRow, span: Timespan, zone: ZoneInfo, speech: _Speech, now: datetime, said: Mapping[str, str]
) -> None:
    """The first free span, and the button that takes it, for whom and paid from which fund was said."""
    start, today = span.start.astimezone(zone), now.astimezone(zone).date()
    row.free = wording.when(span, zone, speech.language, today, relative=True)
    row.own_time = formats.own_time(span, zone.key)
    row.soon = start.date() == today
    # Days and times hold nothing that an address would have to write otherwise.
    fields = {**prefilled(span, zone.key), **said}
    query = "&".join([f"{name}={value}" for name, value in fields.items()])
    row.act = Act(speech.book % {"time": f"{start:%H:%M}"}, f"{row.address}?{query}#booking")


def _meet_rules(row: ResultRow, thing: Bookable, span: Timespan, actor: Actor, speech: _Speech) -> None:
    """Whether this reader has to ask for it, and which quota of their own it counts in: free may be more than is left.

    Told from what is kept in memory; how much is left is counted on the page of the instrument.
    """
    if row.act and is_decided_by_lab(thing, actor, span.seconds):
        row.act = row.act._replace(words=speech.ask)
    circle = thing.circle_of(actor)
    own = (each for each in thing.quotas if each.holder != "institution" and each.holds_for(circle))
    if (quota := next(own, None)) is not None:
        row.traits.append(("gauge", gettext("Quota: %(words)s", words=sentence(in_short(quota)))))


def _not_qualified(address: str, question: Question) -> tuple[Act | None, str | None]:
    """The button of what the reader is not qualified for, or the line instead of it where somebody else is not."""
    if question.whom:
        return None, gettext("Not qualified for it")
    return Act(gettext("Get qualified"), f"{address}#qualify", "plain"), None


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


def _block(row: ResultRow, source: Any, hit: Hit, question: Question) -> None:
    """What stands in the way, and what to do about it."""
    match hit.obstacle:
        case "down":
            row.not_free = gettext("Out of service")
        case "not_open":
            row.not_free, row.under = audience_words(source.audience), gettext("Not open to you")
        case "no_hours":
            row.not_free, row.under = gettext("Cannot be booked yet"), gettext("No opening hours published")
        case _:
            row.not_free = gettext("Not free up to %(day)s", day=formats.day(question.last_day))
            row.act = Act(gettext("See its calendar"), row.address, "plain")


def _strip(days: Sequence[DayShare], language: str) -> Strip:
    return strip_paths([_day(each.day.weekday(), each.free, each.open, language) for each in days])


# A page of results says 140 days; few of them differ.
@lru_cache(maxsize=4096)
def _day(weekday: int, free: int, opened: int, _language: str) -> dict[str, Any]:
    """One day of a strip in the language of this request, which is what the last argument names."""
    day = MONDAY + timedelta(days=weekday)
    name, length = formats.weekday(day), formats.length(timedelta(seconds=free))
    return {
        "letter": formats.weekday(day, letter=True),
        "words": gettext("%(day)s %(length)s", day=name, length=length)
        if opened
        else gettext("%(day)s closed", day=name),
        "share": free / opened if opened else 0.0,
        "closed": not opened,
    }
