"""The page on which the manager of an institution chooses what everybody is told."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.availability.institution_days import today_of
from instruments.database.transactions import perform
from instruments.errors import Refusal
from instruments.people.rights import Action, Scope
from instruments.people.signing import require
from instruments.utilization.periods import read
from instruments.utilization.public.choosing import Choice, choose, overlapping, years
from instruments.utilization.public.telling import public_figures, told
from instruments.utilization.public.views.doors import pages, the_home
from instruments.utilization.views.words import period_words
from instruments.web import clock, versions
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

PAGE = "/institutions/<int:institution_id>/sharing/edit"


@pages.get(PAGE)
def choice(institution_id: int) -> ResponseReturnValue:
    """What is told now, and what could be."""
    require(Action.UTILIZATION_PUBLISH, Scope(institution_id=institution_id))
    return _page(institution_id)


@pages.post(PAGE)
def save(institution_id: int) -> ResponseReturnValue:
    """Tell something else from now on."""
    actor = require(Action.UTILIZATION_PUBLISH, Scope(institution_id=institution_id))
    form, home = request.form, the_home(institution_id)
    wanted = Choice(form.get("period", ""), form.get("hours") == "1", form.get("served") == "1")
    today = today_of(home, clock.now())

    def act() -> None:
        version = versions.typed()
        choose(actor, the_home(institution_id), wanted, version, today, clock.now())

    try:
        perform(act)
    except Refusal as refusal:
        show_or_raise(refusal, 412, 422)
        return _page(institution_id, refusal)
    flash(gettext("Saved. Everybody sees it now, and nothing else."), "free")
    return redirect(url_for(".choice", institution_id=institution_id), 303)


def _page(institution_id: int, refusal: Refusal | None = None) -> ResponseReturnValue:
    home = the_home(institution_id)
    chosen = public_figures(institution_id)
    offered = [
        period.code for period in years(today_of(home, clock.now())) if not overlapping(home.id, period)
    ]
    page = render_template(
        "utilization/sharing_form.html",
        home=home, chosen=chosen, told=told(chosen, clock.now()) if chosen else None,
        periods=[(code, period_words_of(code)) for code in offered], refused=by_field(refusal),
    )  # fmt: skip
    return page, refusal.status if refusal else 200


def period_words_of(code: str) -> str:
    """A year by its code, as people call it."""
    return period_words(read(code))
