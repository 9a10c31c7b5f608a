"""The page of an institution's calendar: by year, for everybody who is signed in; changed by those who may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.availability import day_words
from instruments.availability.announced import REGIONS
from instruments.availability.days import ANNOUNCED, HOLIDAY, KINDS, MAKE_UP, counting
from instruments.availability.institution_days import (
    announced_kinds,
    is_provisional,
    known_years,
    region_of,
    rows_between,
    runs_of,
    today_of,
    years_of,
)
from instruments.availability.season_setting import seasons_of
from instruments.availability.seasons import Dates
from instruments.availability.views.doors import pages
from instruments.availability.year_picture import months_of, totals
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import require, the_actor
from instruments.web import clock
from instruments.web.language import in_language
from instruments.web.reasons import by_field

ADDRESS = "/institutions/<int:institution_id>/holidays"
NOTHING_TYPED: Mapping[str, Any] = {"kind": HOLIDAY, "lines": "", "replaces": ""}


@pages.get(ADDRESS)
def holidays_page(institution_id: int) -> ResponseReturnValue:
    """The days of a year."""
    return page(the_institution(institution_id))


def the_institution(institution_id: int) -> Institution:
    institution = db.session.get(Institution, institution_id)
    if institution is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return institution


def editor(institution_id: int) -> Actor:
    """Whoever asks, if they may change the days; raises otherwise."""
    return require(Action.HOLIDAYS_EDIT, Scope(institution_id=institution_id))


def address(institution_id: int, year: int | None) -> str:
    """The page of a year of the institution."""
    return url_for("availability.holidays_page", institution_id=institution_id, year=year)


def page(
    institution: Institution, typed: Mapping[str, Any] = NOTHING_TYPED, refusal: Refusal | None = None
) -> str:
    """The page, with what was typed and what stands against it."""
    today, region = today_of(institution, clock.now()), region_of(institution)
    years = sorted({*years_of(institution.id), today.year, today.year + 1})
    year = request.args.get("year", default=today.year, type=int)
    if year not in years:
        year = today.year
    rows = rows_between(institution.id, date(year, 1, 1), date(year, 12, 31))
    days = counting((row.as_day(), row.source) for row in rows)
    seasons = _seasons(institution.id, year)
    return render_template(
        "availability/holidays.html",
        institution=institution,
        region=gettext(REGIONS[region]) if region else "",
        provisional=is_provisional(region, year, known_years(institution.id), today),
        runs=runs_of(rows, today),
        overridden=announced_kinds(institution.id, [row.day for row in rows if row.source != ANNOUNCED]),
        months=months_of(year, days, today, [(kind, dates) for _, kind, dates in seasons]),
        seasons=[(name, dates) for name, _, dates in seasons],
        picture_words=_in_words(year, totals(year, days)),
        kinds={kind: gettext(words) for kind, words in day_words.KINDS.items()},
        sources={source: gettext(words) for source, words in day_words.SOURCES.items()},
        kind_choices=[
            (kind, gettext(day_words.KINDS[kind]), gettext(day_words.MEANINGS[kind])) for kind in KINDS
        ],
        year_links=[(str(each), address(institution.id, each), each == year, None) for each in years],
        year=year,
        today=today,
        typed=typed,
        reasons=by_field(refusal),
        editable=may(the_actor(), Action.HOLIDAYS_EDIT, Scope(institution_id=institution.id)),
    )


def _seasons(institution_id: int, year: int) -> list[tuple[str, str, Dates]]:
    """Name, kind and dates of each span of a season that touches the year, by date."""
    found = [
        (in_language(season.name_en, season.name_zh), season.kind, span.as_known().dates)
        for season in seasons_of(institution_id)
        for span in season.spans
        if span.first_day.year <= year <= span.last_day.year
    ]
    return sorted(found, key=lambda each: each[2])


def _in_words(year: int, found: Mapping[str, int]) -> str:
    off = ngettext("%(num)s day off", "%(num)s days off", found[HOLIDAY])
    worked = ngettext("%(num)s make-up workday", "%(num)s make-up workdays", found[MAKE_UP])
    return gettext("%(year)s: %(off)s, %(worked)s", year=year, off=off, worked=worked)
