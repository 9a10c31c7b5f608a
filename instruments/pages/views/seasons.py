"""The deeds on an institution's seasons: whom moved hours leave outside is said, which is known a floor up."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from instruments.availability.season_setting import add_season, change_season, season_in
from instruments.availability.views.holidays import the_institution
from instruments.availability.views.seasons import ADDRESS, EMPTY, editor, form_page, wish_typed
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.pages.falling_out import tell_outside_by_lab
from instruments.pages.views.doors import pages
from instruments.reservations.outside_hours import outside_hours
from instruments.web import clock
from instruments.web.refusals import show_or_raise


@pages.post(f"{ADDRESS}/new")
def create_season(institution_id: int) -> ResponseReturnValue:
    """Name it."""
    institution = the_institution(institution_id)
    actor, now = editor(institution_id), clock.now()
    wish, more = wish_typed()
    return _saved(
        institution_id,
        lambda: add_season(institution, wish, actor_id=actor.person_id, now=now, more=more),
        None,
    )


@pages.post(f"{ADDRESS}/<int:season_id>")
def save_season(institution_id: int, season_id: int) -> ResponseReturnValue:
    """Change it."""
    season = season_in(institution_id, season_id)
    actor, now = editor(institution_id), clock.now()
    wish, more = wish_typed()
    version = request.form.get("version", 0, type=int)
    return _saved(
        institution_id,
        lambda: change_season(season, wish, version=version, actor_id=actor.person_id, now=now, more=more),
        season_id,
    )


def _saved(institution_id: int, act: Callable[[], object], season_id: int | None) -> ResponseReturnValue:
    """Do it, say that it is done and how many it left outside the hours, by lab; or why it is refused."""
    now = clock.now()
    ids = db.session.scalars(select(Instrument.id).where(Instrument.institution_id == institution_id)).all()
    before = outside_hours(ids, now)
    try:
        perform(act)
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        typed = {name: request.form.get(name, default) for name, default in EMPTY.items()}
        if refusal.status == 412 and season_id is not None:
            typed["version"] = season_in(institution_id, season_id).version
        return form_page(the_institution(institution_id), typed, refusal, season_id), refusal.status
    flash(gettext("Season saved. What is over stays as it was; bookings that are made stay."), "free")
    tell_outside_by_lab(ids, now, known=before)
    return redirect(url_for("availability.seasons_page", institution_id=institution_id), 303)
