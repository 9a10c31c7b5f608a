"""The front page: one box, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.errors import Refusal
from instruments.pages import filters
from instruments.pages.comparing import tray
from instruments.pages.results import ResultRow, result_rows
from instruments.pages.searching_for import offered, searched
from instruments.pages.views.doors import pages
from instruments.pages.wait_needs import wait_instead
from instruments.pages.words import facet_words
from instruments.people.customer import Payer
from instruments.people.signing import PLATFORM_ZONE, current_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.demand.tasks import note_search
from instruments.search.find import MOST_PRICED, PAGE, Found, find
from instruments.search.loosening import Way, ways
from instruments.search.question import VIEWS, Question, read
from instruments.search.unmet import sought
from instruments.web import clock, formats
from instruments.web.access import public
from instruments.web.reasons import by_field

LENGTHS = (0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 24, 48, 72)
NEAREST = 3


@pages.get("/")
@public
def search() -> ResponseReturnValue:
    """Find and book an instrument; the address holds the whole question."""
    now, actor = clock.now(), current_actor()
    zone = ZoneInfo(actor.zone) if actor else PLATFORM_ZONE
    question, reasons = read(request.args.to_dict(flat=False), now, zone)
    wanted = searched(question, actor, now)
    question, user, payer = wanted.question, wanted.user, wanted.payer
    reasons += wanted.reasons
    found = find(question, user, now, payer=payer)
    if question.page > found.pages:
        question = replace(question, page=found.pages)
        found = find(question, user, now, payer=payer)
    loosened = ways(found, user, now)
    page = render_template(
        "pages/search.html",
        question=question,
        found=found,
        results=result_rows(
            found.hits,
            question,
            user,
            now,
            strips=question.view == "list",
            number=found.index.number,
            payer=payer,
        ),
        nearest=_nearest(found, loosened, user, now, payer),
        offered=offered(wanted, actor, now),
        tray=tray(question),
        compare_kept=filters.kept(question, "instrument")
        | ({"page": [str(question.page)]} if question.page > 1 else {}),
        soonest=_asks_for_anything(found, loosened),
        ways=[_way(way, found) for way in loosened],
        asked=_asked(question),
        lengths=lengths(question.length),
        brief=_brief(question),
        filters=filters.panel(found),
        chips=filters.chips(found),
        kept=lambda *names: filters.kept(question, *names),
        views={view: replace(question, view=view, page=1).address() for view in VIEWS},
        pager=_pager(question, found),
        reasons=by_field(Refusal(reasons)),
        wait=wait_instead(found, user),
        instruments=found.index.everything.bit_count(),
        institutions=len(found.index.by_facet["institution"]),
        fact=_fact(found),
        looked_until=_looked_until(found),
        most_priced=MOST_PRICED,
    )
    if user is not None and not reasons and question.page == 1 and (not found.total or found.none_free):
        note_search(sought(found.index, question, found.narrowed.matches), user, now)
    return page, 422 if reasons else 200


def _asked(question: Question) -> dict[str, Any]:
    """The box as it is filled in: what was typed, else the defaults, so that nothing about the answer is hidden."""
    typed = question.typed
    hours = f"{question.length / timedelta(hours=1):g}"
    return {
        "q": typed.get("q", ""),
        "from": question.first_day.isoformat(),
        "until": question.last_day.isoformat(),
        "hours": hours,
    }


def lengths(chosen: timedelta) -> list[tuple[str, str]]:
    """How long one can look for, the chosen length among them, as (hours, words)."""
    hours = sorted({*LENGTHS, chosen / timedelta(hours=1)})
    return [(f"{each:g}", formats.length(timedelta(hours=each))) for each in hours]


def _brief(question: Question) -> str:
    """When and how long, in one line, for phones."""
    return gettext(
        "%(days)s · %(length)s",
        days=formats.short_days(question.first_day, question.last_day),
        length=formats.length(question.length),
    )


def _pager(question: Question, found: Found) -> dict[str, Any]:
    first = (question.page - 1) * PAGE + 1
    words = gettext(
        "%(first)s–%(last)s of %(total)s",
        first=formats.count(first),
        last=formats.count(first + len(found.hits) - 1),
        total=formats.count(found.total),
    )
    return {
        "words": words if found.pages > 1 and found.hits else "",
        "previous": replace(question, page=question.page - 1).address() if question.page > 1 else None,
        "next": replace(question, page=question.page + 1).address() if question.page < found.pages else None,
        "beyond": _beyond(found) if found.beyond and question.page == found.pages else "",
        "all": replace(question, sort="relevance", page=1).address(),
    }


def _beyond(found: Found) -> str:
    """What is said on the last page when more match than can be paged through."""
    return gettext(
        "These are the first %(shown)s of %(total)s. Narrow the search by a word or a filter to see what is free "
        "among the others.",
        shown=formats.count(found.pages * PAGE),
        total=formats.count(found.total),
    )


def _looked_until(found: Found) -> str:
    """How far was looked, on the reader's wall, which is named where it is not everybody's."""
    own = formats.other_zone(PLATFORM_ZONE.key)
    until = formats.moment(found.looked_until, found.question.zone.key)
    return formats.listing([until, own]) if own else until


def _fact(found: Found) -> str:
    """The one sentence about an answer that is empty."""
    question = found.question
    if found.total:
        return ngettext(
            "The only instrument that fits is not free for %(length)s up to %(day)s",
            "None of %(total)s instruments is free for %(length)s up to %(day)s",
            found.total,
            total=formats.count(found.total),
            length=formats.length(question.length),
            day=formats.day(question.last_day),
        )
    if question.words and question.choices:
        return gettext("No instrument fits “%(words)s” and these filters", words=question.words)
    if question.words:
        return gettext("No instrument fits “%(words)s”", words=question.words)
    if question.choices:
        return gettext("No instrument fits these filters together")
    return gettext("No instrument is published here yet")


def _way(way: Way, found: Found) -> dict[str, str]:
    """A button that changes the question, and what it would find."""
    address, count = way.question.address(), formats.count(way.count)
    span = way.hit.span if way.hit else None
    zone = bookable(way.hit.instrument_id).calendar.zone.key if way.hit else found.question.zone.key
    match way.kind:
        case "length" if span:
            length = formats.length(way.question.length)
            words = gettext("Search %(length)s", length=length)
            note = gettext(
                "The longest is %(length)s, %(time)s", length=length, time=formats.when(span, zone)
            )
            return {"words": words, "address": address, "note": note}
        case "later" if span:
            words = gettext(
                "Look up to %(day)s", day=formats.day(span.start.astimezone(found.question.zone).date())
            )
            return {
                "words": words,
                "address": address,
                "note": gettext("Nearest: %(time)s", time=formats.when(span, zone)),
            }
        case "spelling":
            return {"words": gettext("Search “%(words)s”", words=way.value), "address": address, "note": ""}
        case "q":
            words = gettext("Without “%(word)s”: %(count)s", word=way.value, count=count)
        case _:
            what = (
                filters.value_words(found.index, way.kind, way.value, found.question.whom)
                if way.value
                else facet_words(way.kind)
            )
            words = gettext("Without %(filter)s: %(count)s", filter=what, count=count)
    return {"words": words, "address": address, "note": ""}


def _asks_for_anything(found: Found, loosened: Sequence[Way]) -> bool:
    """Whether nothing of the question is left in the change that `_nearest` shows the first rows of."""
    return (
        not found.total
        and bool(loosened)
        and not (loosened[0].question.words or loosened[0].question.choices)
    )


def _nearest(
    found: Found, loosened: Sequence[Way], actor: Any, now: Any, payer: Payer | None
) -> list[ResultRow]:
    """The first rows of the most promising change, or the nearest free span itself."""
    hits = [way.hit for way in loosened if way.hit]
    if found.total or not loosened:
        own = [result_rows([way.hit], way.question, actor, now, payer=payer) for way in loosened if way.hit]
        return [row for rows in own for row in rows] if hits else []
    best = loosened[0].question
    return result_rows(find(best, actor, now, payer=payer).hits[:NEAREST], best, actor, now, payer=payer)
