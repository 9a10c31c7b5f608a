"""The page where a lab chooses with whose hours it opens on make-up workdays."""

from __future__ import annotations

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability import day_words, hours
from instruments.availability.days import MAKE_UP
from instruments.availability.institution_days import pick_of, rows_between
from instruments.availability.making_up import choose_make_up_hours
from instruments.availability.views.doors import pages, scope_of
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.web import clock
from instruments.web.reasons import by_field

ADDRESS = "/labs/<int:lab_id>/make-up-days"
AHEAD = timedelta(days=400)


@pages.get(ADDRESS)
def make_up_page(lab_id: int) -> ResponseReturnValue:
    """What the lab chose, and which make-up workdays come."""
    lab = the_lab(lab_id)
    return _page(lab, pick_of(lab, hours.today_at(lab, clock.now())))


@pages.post(ADDRESS)
def choose_make_up(lab_id: int) -> ResponseReturnValue:
    """Choose."""
    lab, takes, now = the_lab(lab_id), request.form.get("takes", ""), clock.now()
    actor = require(Action.HOURS_EDIT, scope_of(lab))
    try:
        perform(lambda: choose_make_up_hours(lab, takes, actor_id=actor.person_id, now=now))
    except Refusal as refusal:
        return _page(lab, takes, refusal), refusal.status
    flash(gettext("The hours of make-up workdays are chosen."), "free")
    return redirect(url_for(".make_up_page", lab_id=lab_id), 303)


def the_lab(lab_id: int) -> Lab:
    """The lab, for who may change its hours; raises otherwise."""
    lab = db.session.get(Lab, lab_id)
    if lab is None:
        raise NotFound([Reason("not_found", None, N_("There is nothing at this address."))])
    require(Action.HOURS_EDIT, scope_of(lab))
    return lab


def _page(lab: Lab, takes: str, refusal: Refusal | None = None) -> str:
    today: date = hours.today_at(lab, clock.now())
    rows = rows_between(lab.institution_id, today, today + AHEAD)
    return render_template(
        "availability/make_up.html",
        lab=lab,
        takes=takes,
        options=[(code, gettext(words)) for code, words in day_words.TAKES.items()],
        coming=[row for row in rows if row.kind == MAKE_UP],
        reasons=by_field(refusal),
    )
