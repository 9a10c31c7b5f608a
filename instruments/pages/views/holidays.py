"""The deeds on an institution's days off: whom they leave outside the hours is said, which is known a floor up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import select

from instruments.availability import correcting, day_lines, taking_over
from instruments.availability.announced import REGIONS
from instruments.availability.institution_days import today_of
from instruments.availability.views.holidays import (
    ADDRESS,
    NOTHING_TYPED,
    address,
    editor,
    page,
    the_institution,
)
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.pages.falling_out import tell_outside_by_lab
from instruments.pages.views.doors import pages
from instruments.people.models import Institution
from instruments.reservations.outside_hours import outside_hours
from instruments.web import clock, formats
from instruments.web.fields import day_typed


@pages.post(ADDRESS)
def add_holidays(institution_id: int) -> ResponseReturnValue:
    """Set the pasted days, all of them or none."""
    institution = the_institution(institution_id)
    actor, now = editor(institution_id), clock.now()
    typed = {name: request.form.get(name, default) for name, default in NOTHING_TYPED.items()}
    reasons: list[Reason] = []
    replaces = day_typed("replaces", reasons)
    days = day_lines.read_lines(typed["lines"], reasons)
    today = today_of(institution, now)
    return _done(
        institution,
        now,
        lambda: correcting.correct(
            institution,
            days,
            typed["kind"],
            replaces=replaces,
            today=today,
            actor_id=actor.person_id,
            now=now,
            more=reasons,
        ),
        ngettext("%(num)s day set.", "%(num)s days set.", len(days)),
        days[0].day.year if days else None,
        typed,
    )


@pages.post(f"{ADDRESS}/<day>/remove")
def remove_holiday(institution_id: int, day: str) -> ResponseReturnValue:
    """Take back what was set by hand."""
    institution = the_institution(institution_id)
    actor, now = editor(institution_id), clock.now()
    gone, today = correcting.day_from(day), today_of(institution, now)
    last = correcting.day_from(request.form.get("last", day))
    told = formats.short_days(gone, last) if last > gone else formats.day(gone)
    return _done(
        institution,
        now,
        lambda: correcting.take_back(institution, gone, last, today=today, actor_id=actor.person_id, now=now),
        gettext("What was set for %(day)s is taken back.", day=told),
        gone.year,
    )


@pages.post(f"{ADDRESS}/follow")
def follow_calendar(institution_id: int) -> ResponseReturnValue:
    """Follow a country's calendar, or none."""
    institution = the_institution(institution_id)
    actor, now = editor(institution_id), clock.now()
    region = request.form.get("region", "")
    if calendar := REGIONS.get(region):
        told = gettext("The institution follows %(calendar)s.", calendar=gettext(calendar))
    else:
        told = gettext("The institution follows no national calendar any more.")
    return _done(
        institution,
        now,
        lambda: taking_over.follow(institution, region, actor_id=actor.person_id, now=now),
        told,
    )


@pages.post(f"{ADDRESS}/<int:year>/confirm")
def confirm_year(institution_id: int, year: int) -> ResponseReturnValue:
    """Say that the days of a provisional year stand."""
    institution = the_institution(institution_id)
    actor, now = editor(institution_id), clock.now()
    return _done(
        institution,
        now,
        lambda: taking_over.confirm(institution, year, actor_id=actor.person_id, now=now),
        gettext("The days of %(year)s are confirmed.", year=year),
        year,
    )


def _done(
    institution: Institution,
    now: datetime,
    act: Callable[[], object],
    told: str,
    year: int | None = None,
    typed: Mapping[str, str] = NOTHING_TYPED,
) -> ResponseReturnValue:
    """Do it, say that it is done and how many it left outside the hours, by lab, and show the days; or why it is refused."""
    ids = db.session.scalars(select(Instrument.id).where(Instrument.institution_id == institution.id)).all()
    before = outside_hours(ids, now)
    try:
        perform(act)
    except Refusal as refusal:
        return page(institution, typed, refusal), refusal.status
    flash(told, "free")
    tell_outside_by_lab(ids, now, known=before)
    return redirect(address(institution.id, year), 303)
