"""The page of an institution's public holidays: by year, for everybody who is signed in; changed by those who may."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.availability import holidays
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
        days = holidays.read_lines(lines)
        today = _today(institution)
        perform(
            lambda: holidays.add_holidays(institution, days, today=today, actor_id=actor.person_id, now=now)
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
    try:
        gone = date.fromisoformat(day)
    except ValueError:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))]) from None
    now, today = clock.now(), _today(institution)
    try:
        perform(
            lambda: holidays.remove_holiday(institution, gone, today=today, actor_id=actor.person_id, now=now)
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


def _today(institution: Institution) -> date:
    return clock.now().astimezone(ZoneInfo(institution.zone)).date()


def _page(institution: Institution, lines: str = "", refusal: Refusal | None = None) -> str:
    actor = the_actor()
    today = _today(institution)
    years = sorted({*holidays.years_of(institution.id), today.year, today.year + 1})
    year = request.args.get("year", default=today.year, type=int)
    if year not in years:
        year = today.year
    return render_template(
        "availability/holidays.html",
        institution=institution,
        days=holidays.holidays_of(institution.id, year),
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
