"""The deeds on an institution's days off: whom they leave outside the hours is said, which is known a floor up."""

from __future__ import annotations

from collections.abc import Callable
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
    try:
        tell = _done(
            institution_id,
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
        )
    except Refusal as refusal:
        return page(institution, typed, refusal), refusal.status
    flash(ngettext("%(num)s day set.", "%(num)s days set.", len(days)), "free")
    tell()
    return redirect(address(institution_id, days[0].day.year), 303)


@pages.post(f"{ADDRESS}/<day>/remove")
def remove_holiday(institution_id: int, day: str) -> ResponseReturnValue:
    """Take back what was set by hand."""
    institution = the_institution(institution_id)
    actor, now = editor(institution_id), clock.now()
    gone, today = correcting.day_from(day), today_of(institution, now)
    last = correcting.day_from(request.form.get("last", day))
    try:
        tell = _done(
            institution_id,
            now,
            lambda: correcting.take_back(
                institution, gone, last, today=today, actor_id=actor.person_id, now=now
            ),
        )
    except Refusal as refusal:
        return page(institution, refusal=refusal), refusal.status
    told = formats.short_days(gone, last) if last > gone else formats.day(gone)
    flash(gettext("What was set for %(day)s is taken back.", day=told), "free")
    tell()
    return redirect(address(institution_id, gone.year), 303)


@pages.post(f"{ADDRESS}/follow")
def follow_calendar(institution_id: int) -> ResponseReturnValue:
    """Follow a country's calendar, or none."""
    institution = the_institution(institution_id)
    actor, now = editor(institution_id), clock.now()
    region = request.form.get("region", "")
    try:
        tell = _done(
            institution_id,
            now,
            lambda: taking_over.follow(institution, region, actor_id=actor.person_id, now=now),
        )
    except Refusal as refusal:
        return page(institution, refusal=refusal), refusal.status
    if region:
        flash(gettext("The institution follows %(calendar)s.", calendar=gettext(REGIONS[region])), "free")
    else:
        flash(gettext("The institution follows no national calendar any more."), "free")
    tell()
    return redirect(address(institution_id, None), 303)


@pages.post(f"{ADDRESS}/<int:year>/confirm")
def confirm_year(institution_id: int, year: int) -> ResponseReturnValue:
    """Say that the days of a provisional year stand."""
    institution = the_institution(institution_id)
    actor, now = editor(institution_id), clock.now()
    try:
        tell = _done(
            institution_id,
            now,
            lambda: taking_over.confirm(institution, year, actor_id=actor.person_id, now=now),
        )
    except Refusal as refusal:
        return page(institution, refusal=refusal), refusal.status
    flash(gettext("The days of %(year)s are confirmed.", year=year), "free")
    tell()
    return redirect(address(institution_id, year), 303)


def _done(institution_id: int, now: datetime, act: Callable[[], object]) -> Callable[[], None]:
    """Do it; what comes back says, after what was done, how many it left outside the hours, by lab. Raises Refusal."""
    ids = db.session.scalars(select(Instrument.id).where(Instrument.institution_id == institution_id)).all()
    before = outside_hours(ids, now)
    perform(act)
    return lambda: tell_outside_by_lab(ids, now, known=before)
