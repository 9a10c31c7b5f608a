"""The pages of an institution's seasons: the list for everybody who is signed in, the form for those who may."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability import day_lines, day_words
from instruments.availability.institution_days import today_of
from instruments.availability.season_models import Season
from instruments.availability.season_setting import (
    SeasonWish,
    add_season,
    change_season,
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
from instruments.web.refusals import show_or_raise

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
    _editor(institution_id)
    return _form(institution, EMPTY)


@pages.post(f"{ADDRESS}/new")
def create_season(institution_id: int) -> ResponseReturnValue:
    """Name it."""
    institution = the_institution(institution_id)
    actor, now = _editor(institution_id), clock.now()
    wish, more = _wish()
    return _saved(
        institution_id,
        lambda: add_season(institution, wish, actor_id=actor.person_id, now=now, more=more),
        None,
    )


@pages.get(f"{ADDRESS}/<int:season_id>")
def season_form(institution_id: int, season_id: int) -> ResponseReturnValue:
    """The form that changes one."""
    institution = the_institution(institution_id)
    _editor(institution_id)
    return _form(institution, _filled(season_in(institution_id, season_id)), season_id=season_id)


@pages.post(f"{ADDRESS}/<int:season_id>")
def save_season(institution_id: int, season_id: int) -> ResponseReturnValue:
    """Change it."""
    season = season_in(institution_id, season_id)
    actor, now = _editor(institution_id), clock.now()
    wish, more = _wish()
    version = request.form.get("version", 0, type=int)
    return _saved(
        institution_id,
        lambda: change_season(season, wish, version=version, actor_id=actor.person_id, now=now, more=more),
        season_id,
    )


@pages.post(f"{ADDRESS}/<int:season_id>/remove")
def forget_season(institution_id: int, season_id: int) -> ResponseReturnValue:
    """Forget one that nothing refers to."""
    season = season_in(institution_id, season_id)
    actor, now = _editor(institution_id), clock.now()
    version = request.form.get("version", 0, type=int)
    try:
        perform(lambda: remove_season(season, version=version, actor_id=actor.person_id, now=now))
    except Refusal as refusal:
        db.session.rollback()
        season = season_in(institution_id, season_id)
        return _form(the_institution(institution_id), _filled(season), refusal, season_id), refusal.status
    flash(gettext("The season is removed."), "free")
    return redirect(url_for(".seasons_page", institution_id=institution_id), 303)


def _editor(institution_id: int) -> Actor:
    return require(Action.HOLIDAYS_EDIT, Scope(institution_id=institution_id))


def _wish() -> tuple[SeasonWish, Sequence[Reason]]:
    """What was typed, and what of it cannot be read."""
    form = request.form
    names = (form.get("name_en", "").strip(), form.get("name_zh", "").strip())
    try:
        spans, more = day_lines.read_runs(form.get("spans", "")), ()
    except Refusal as refusal:
        spans, more = [], refusal.reasons
    return SeasonWish(form.get("kind", ""), *names, spans), more


def _saved(institution_id: int, act: Callable[[], object], season_id: int | None) -> ResponseReturnValue:
    try:
        perform(act)
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        typed = {name: request.form.get(name, default) for name, default in EMPTY.items()}
        if refusal.status == 412 and season_id is not None:
            typed["version"] = season_in(institution_id, season_id).version
        return _form(the_institution(institution_id), typed, refusal, season_id), refusal.status
    flash(gettext("Season saved. What is over stays as it was; bookings that are made stay."), "free")
    return redirect(url_for(".seasons_page", institution_id=institution_id), 303)


def _filled(season: Season) -> Mapping[str, Any]:
    lines = (
        f"{span.first_day} – {span.last_day}" if span.last_day > span.first_day else str(span.first_day)
        for span in season.spans
    )
    return {name: getattr(season, name) for name in EMPTY if name != "spans"} | {"spans": "\n".join(lines)}


def _form(
    institution: Institution, typed: Mapping[str, Any], refusal: Refusal | None = None,
    season_id: int | None = None,
) -> str:  # fmt: skip
    return render_template(
        "availability/season_form.html",
        institution=institution,
        typed=typed,
        season_id=season_id,
        kinds=[(kind, gettext(day_words.SEASONS[kind])) for kind in KINDS],
        reasons=by_field(refusal),
    )
