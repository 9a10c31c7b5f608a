"""Up to four instruments side by side: when each is free first, what that costs, what it asks, what it can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.funds.knowing import chargeable, known
from instruments.funds.naming import with_code
from instruments.money import Money
from instruments.pages.qualification_lines import qualification_lines
from instruments.pages.results import ResultRow, place_of, result_rows
from instruments.pages.words import MODE_ICONS, audience_words, mode_words
from instruments.people.rights import Actor
from instruments.reservations.approval_words import before_the_click
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.judging import wish_of
from instruments.reservations.views.price import price_for
from instruments.search.find import Hit, find
from instruments.search.question import MODES, MOST_COMPARED, Question
from instruments.search.rows import instrument_rows
from instruments.web import formats
from instruments.web.language import in_language

MOST_FIGURES = 16


class Asker(NamedTuple):
    """Who compares, and for whom."""

    actor: Actor
    user: Actor

    @property
    def is_own(self) -> bool:
        """Whether it is for whoever compares."""
        return self.actor.person_id == self.user.person_id


@dataclass(slots=True)
class Compared:
    """One column. price: as parts/price.html wants it, none where nothing is free or nobody is signed in; asks: (icon,
    words) of what has to be had or asked first; without: the address of the same page without it."""

    id: int
    row: ResultRow
    source: Instrument
    city: str
    asks: list[tuple[str, str]]
    figures: dict[str, str]
    modes: list[tuple[str, str]]
    without: str = ""
    price: dict[str, Any] | None = None
    total: Money | None = None
    marks: list[str] = field(default_factory=list)


def compared(
    numbers: Sequence[int], question: Question, asker: Asker | None, fund_id: str, now: datetime
) -> list[Compared]:
    """The instruments in the order in which they were named; those that do not exist are left out.

    fund_id: as typed. A constant number of statements for each of at most four.
    """
    user = asker.user if asker else None
    found = find(question, user, now, among=lambda index: index.members(numbers))
    hits = {hit.instrument_id: hit for hit in found.hits}
    order = [hits[number] for number in numbers if number in hits]
    rows = dict(
        zip(
            [hit.instrument_id for hit in order],
            result_rows(order, question, user, now, strips=False, number=found.index.number),
            strict=True,
        )
    )
    sources, things = _sources(list(rows)), bookables(found.index.number)
    columns = [
        _column(
            rows[hit.instrument_id], sources[hit.instrument_id], things[hit.instrument_id], hit, asker, now
        )
        for hit in order
        if hit.instrument_id in things
    ]
    if asker is not None:
        for column, hit in zip(columns, order, strict=True):
            _price(column, things[column.id], hit, asker, fund_id, now)
    _mark(columns, order)
    return columns


def tray(question: Question) -> dict[str, Any]:
    """What is ticked in a search to be compared, on whichever page: each with the address of the search without it."""
    found = instrument_rows(question.ticked) if question.ticked else {}
    items = [
        (in_language(found[number].name_en, found[number].name_zh), question.unticked(number).address())
        for number in question.ticked
        if number in found
    ]
    return {
        "items": items,
        "ticked": question.ticked,
        "full": len(question.ticked) >= MOST_COMPARED,
        "most": MOST_COMPARED,
        "empty": question.unticked().address(),
    }


def funds_to_choose(user: Actor) -> list[tuple[int, str]]:
    """The funds that whom it is for may charge, by name and code."""
    return [(fund.id, with_code(fund)) for fund in known(chargeable(user)).values()]


def address_of(numbers: Sequence[int], question: Question, fund_id: str | None) -> str:
    """Where this comparison is found again, by whoever gets its address. fund_id: None for whatever is usual."""
    when = [(name, value) for name, value in question.pairs() if name in ("from", "until", "hours", "for")]
    pairs = [*(("instrument", str(number)) for number in numbers), *when]
    return "/compare?" + urlencode([*pairs, *([("fund_id", fund_id)] if fund_id is not None else [])])


def figure_names(columns: Sequence[Compared]) -> list[str]:
    """The specifications that any of them states, those that most of them state first."""
    count: dict[str, int] = {}
    for column in columns:
        for name in column.figures:
            count[name] = count.get(name, 0) + 1
    return sorted(count, key=lambda name: -count[name])[:MOST_FIGURES]


def _sources(numbers: Sequence[int]) -> dict[int, Instrument]:
    thing = Instrument
    rows = db.session.scalars(
        select(thing)
        .where(thing.id.in_(numbers))
        .options(
            joinedload(thing.lab), joinedload(thing.institution), joinedload(thing.instrument_class),
            selectinload(thing.techniques),
        )
    )  # fmt: skip
    return {row.id: row for row in rows}


def _column(
    row: ResultRow, source: Instrument, thing: Bookable, hit: Hit, asker: Asker | None, now: datetime
) -> Compared:
    today = now.astimezone(thing.calendar.zone).date()
    asks = [("users", gettext("Open to: %(who)s", who=audience_words(source.audience)))]
    asks += qualification_lines(thing, asker.actor if asker and asker.is_own else None, today)
    if asker is not None and (approval := before_the_click(thing, asker.user)[0]):
        asks.append(("user-check", approval))
    return Compared(
        hit.instrument_id,
        row,
        source,
        place_of(source, source.lab, source.institution),
        asks,
        _figures(source.specifications),
        [(MODE_ICONS[mode], mode_words(mode)) for mode in MODES if getattr(source, mode)],
    )


def _figures(specifications: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {
        formats.own_words(each["name"]): " ".join(filter(None, (each.get("value"), each.get("unit"))))
        for each in specifications
        if each.get("name")
    }


def _price(column: Compared, thing: Bookable, hit: Hit, asker: Asker, fund_id: str, now: datetime) -> None:
    """What the first free span costs, as the booking form of the instrument would say it."""
    if hit.span is None:
        return
    given = {"fund_id": fund_id} | ({} if asker.is_own else {"user": str(asker.user.person_id)})
    wish = wish_of(hit.span.start, hit.span.end)
    column.price = price_for(thing, asker.actor, asker.user, given, wish, now)
    quoted = column.price["quote"]
    column.total = quoted["left"] if quoted else None
    if column.row.act and "?" in column.row.act.address:
        address, _, place = column.row.act.address.partition("#")
        column.row.act = column.row.act._replace(address=f"{address}&fund_id={fund_id}#{place}")


def _mark(columns: Sequence[Compared], hits: Sequence[Hit]) -> None:
    """Which is free first and which costs least, where there is anything to compare."""
    starts = {column.id: hit.span.start for column, hit in zip(columns, hits, strict=True) if hit.span}
    totals = {column.id: column.total for column in columns if column.total is not None}
    one_currency = len({total.currency for total in totals.values()}) == 1
    for column in columns:
        if len(set(starts.values())) > 1 and starts.get(column.id) == min(starts.values()):
            column.marks.append(gettext("Free first"))
        if one_currency and len(totals) > 1 and column.total == min(totals.values()) != max(totals.values()):
            column.marks.append(gettext("Lowest price"))


def class_name(source: Instrument) -> str:
    """What kind it is."""
    kind = source.instrument_class
    return in_language(kind.name_en, kind.name_zh) if kind is not None else ""
