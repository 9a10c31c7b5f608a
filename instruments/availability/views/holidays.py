"""The page of an institution's public holidays: by year, for everybody who is signed in; changed by those who may."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.availability import correcting, day_lines
from instruments.availability.days import HOLIDAY
from instruments.availability.institution_days import rows_between, today_of, years_of
from instruments.availability.views.doors import pages
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Institution
from instruments.people.rights import Action, Scope, may
from instruments.people.signing import require, the_actor
from instruments.web import clock, formats
from instruments.web.reasons import by_field

ADDRESS = "/institutions/<int:institution_id>/holidays"


@pages.get(ADDRESS)
def holidays_page(institution_id: int) -> ResponseReturnValue:
    """The holidays of a year."""
    return _page(_the_institution(institution_id))


@pages.post(ADDRESS)
def add_holidays(institution_id: int) -> ResponseReturnValue:
    """Add the pasted lines, all of them or none."""
    institution = _the_institution(institution_id)
    actor = require(Action.HOLIDAYS_EDIT, Scope(institution_id=institution_id))
    lines = request.form.get("lines", "")
    now = clock.now()
    try:
        days = day_lines.read_lines(lines)
        today = today_of(institution, now)
        perform(
            lambda: correcting.correct(
                institution, days, HOLIDAY, today=today, actor_id=actor.person_id, now=now
            )
        )
    except Refusal as refusal:
        return _page(institution, lines, refusal), refusal.status
    flash(ngettext("%(num)s holiday added.", "%(num)s holidays added.", len(days)), "free")
    return redirect(url_for(".holidays_page", institution_id=institution_id, year=days[0].day.year), 303)


@pages.post(f"{ADDRESS}/<day>/remove")
def remove_holiday(institution_id: int, day: str) -> ResponseReturnValue:
    """Open the day again."""
    institution = _the_institution(institution_id)
    actor = require(Action.HOLIDAYS_EDIT, Scope(institution_id=institution_id))
    gone, now = correcting.day_from(day), clock.now()
    today = today_of(institution, now)
    try:
        perform(
            lambda: correcting.take_back(institution, gone, today=today, actor_id=actor.person_id, now=now)
        )
    except Refusal as refusal:
        return _page(institution, "", refusal), refusal.status
    flash(gettext("%(day)s is no holiday any more.", day=formats.day(gone)), "free")
    return redirect(url_for(".holidays_page", institution_id=institution_id, year=gone.year), 303)


def _the_institution(institution_id: int) -> Institution:
    institution = db.session.get(Institution, institution_id)
    if institution is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    return institution


def _page(institution: Institution, lines: str = "", refusal: Refusal | None = None) -> str:
    actor = the_actor()
    today = today_of(institution, clock.now())
    years = sorted({*years_of(institution.id), today.year, today.year + 1})
    year = request.args.get("year", default=today.year, type=int)
    if year not in years:
        year = today.year
    return render_template(
        "availability/holidays.html",
        institution=institution,
        days=rows_between(institution.id, date(year, 1, 1), date(year, 12, 31)),
        year_links=[
            (
                str(each),
                url_for(".holidays_page", institution_id=institution.id, year=each),
                each == year,
                None,
            )
            for each in years
        ],
        year=year,
        today=today,
        lines=lines,
        reasons=by_field(refusal),
        editable=may(actor, Action.HOLIDAYS_EDIT, Scope(institution_id=institution.id)),
    )
