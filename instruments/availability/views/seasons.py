"""The pages of an institution's seasons: the list for everybody who is signed in, the form for those who may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability import day_lines, day_words
from instruments.availability.institution_days import today_of
from instruments.availability.season_models import Season
from instruments.availability.season_setting import (
    SeasonWish,
    remove_season,
    season_in,
    seasons_of,
)
from instruments.availability.seasons import EXAMS, KINDS
from instruments.availability.views.doors import pages
from instruments.availability.views.holidays import the_institution
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import require, the_actor
from instruments.web import clock
from instruments.web.reasons import by_field

ADDRESS = "/institutions/<int:institution_id>/seasons"
EMPTY: Mapping[str, Any] = {"kind": EXAMS, "name_en": "", "name_zh": "", "spans": "", "version": 0}


@pages.get(ADDRESS)
def seasons_page(institution_id: int) -> ResponseReturnValue:
    """All of them, each with its dates."""
    institution = the_institution(institution_id)
    return render_template(
        "availability/seasons.html",
        institution=institution,
        seasons=seasons_of(institution_id),
        kinds={kind: gettext(words) for kind, words in day_words.SEASONS.items()},
        today=today_of(institution, clock.now()),
        editable=may(the_actor(), Action.HOLIDAYS_EDIT, Scope(institution_id=institution_id)),
    )


@pages.get(f"{ADDRESS}/new")
def new_season(institution_id: int) -> ResponseReturnValue:
    """The form of a new one."""
    institution = the_institution(institution_id)
    editor(institution_id)
    return form_page(institution, EMPTY)


@pages.get(f"{ADDRESS}/<int:season_id>")
def season_form(institution_id: int, season_id: int) -> ResponseReturnValue:
    """The form that changes one."""
    institution = the_institution(institution_id)
    editor(institution_id)
    return form_page(institution, _filled(season_in(institution_id, season_id)), season_id=season_id)


@pages.post(f"{ADDRESS}/<int:season_id>/remove")
def forget_season(institution_id: int, season_id: int) -> ResponseReturnValue:
    """Forget one that nothing refers to."""
    season = season_in(institution_id, season_id)
    actor, now = editor(institution_id), clock.now()
    version = request.form.get("version", 0, type=int)
    try:
        perform(lambda: remove_season(season, version=version, actor_id=actor.person_id, now=now))
    except Refusal as refusal:
        db.session.rollback()
        season = season_in(institution_id, season_id)
        return form_page(the_institution(institution_id), _filled(season), refusal, season_id), refusal.status
    flash(gettext("The season is removed."), "free")
    return redirect(url_for(".seasons_page", institution_id=institution_id), 303)


def editor(institution_id: int) -> Actor:
    """Who may change seasons; raises Forbidden."""
    return require(Action.HOLIDAYS_EDIT, Scope(institution_id=institution_id))


def wish_typed() -> tuple[SeasonWish, Sequence[Reason]]:
    """What was typed, and what of it cannot be read."""
    form = request.form
    names = (form.get("name_en", "").strip(), form.get("name_zh", "").strip())
    try:
        spans, more = day_lines.read_runs(form.get("spans", "")), ()
    except Refusal as refusal:
        spans, more = [], refusal.reasons
    return SeasonWish(form.get("kind", ""), *names, spans), more


def _filled(season: Season) -> Mapping[str, Any]:
    lines = (
        f"{span.first_day} – {span.last_day}" if span.last_day > span.first_day else str(span.first_day)
        for span in season.spans
    )
    return {name: getattr(season, name) for name in EMPTY if name != "spans"} | {"spans": "\n".join(lines)}


def form_page(
    institution: Institution, typed: Mapping[str, Any], refusal: Refusal | None = None,
    season_id: int | None = None,
) -> str:  # fmt: skip
    """The form with what was typed, and what stands against it."""
    return render_template(
        "availability/season_form.html",
        institution=institution,
        typed=typed,
        season_id=season_id,
        kinds=[(kind, gettext(day_words.SEASONS[kind])) for kind in KINDS],
        reasons=by_field(refusal),
    )
