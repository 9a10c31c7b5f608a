"""What a dashboard keeps: saving a view under a name, giving it up, and setting targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.signing import require, the_actor
from instruments.typed import decimal
from instruments.utilization import asking
from instruments.utilization.asking import PAGES, View
from instruments.utilization.boards import saving, targets
from instruments.utilization.boards.subjects import subject_of
from instruments.utilization.definitions import DEFINITIONS, SHARE
from instruments.utilization.places import the_place
from instruments.utilization.user_places import check_seen, whose_of
from instruments.utilization.views import board, users
from instruments.utilization.views.doors import pages
from instruments.web import clock
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise


def _sent() -> View:
    """The view that the form came from, if whoever sends it may see it."""
    names = ("of", "period", "per", "class", "against", "open", "by")
    view = asking.read({name: request.form.get(name, "") for name in names}, clock.now().date())
    check_seen(view, the_actor())
    return view


@pages.post("/utilization/views")
def save_view() -> ResponseReturnValue:
    """Save the view that is shown."""
    view = _sent()
    shared = request.form.get("for") == "institution"
    name = request.form.get("name", "").strip()
    act = partial(saving.save, the_actor(), name, view, clock.now(), shared=shared)
    return _done(act, gettext("The view is saved."), view)


@pages.post("/utilization/views/<int:view_id>/give-up")
def give_view_up(view_id: int) -> ResponseReturnValue:
    """Take a saved view away."""
    view = _sent()
    act = partial(saving.give_up, the_actor(), view_id, clock.now())
    return _done(act, gettext("The view is given up."), view)


@pages.post("/utilization/targets")
def set_target() -> ResponseReturnValue:
    """Set what the opened figure is to reach; an empty field takes it back."""
    view = _sent()
    subject = subject_of(view, the_actor())
    actor = require(subject.action, subject.scope)
    figure, is_empty = request.form.get("figure", ""), not request.form.get("value", "").strip()

    def act() -> None:
        targets.set_target(actor, subject, figure, _typed(figure), clock.now())

    words = gettext("The target is taken back.") if is_empty else gettext("The target is saved.")
    return _done(act, words, view, "#tiles")


def _typed(figure: str) -> Decimal | None:
    """A percentage or hours as they were typed; None where nothing was."""
    text = request.form.get("value", "").strip().rstrip("%％").strip()
    if not text:
        return None
    value = decimal(text)
    if value is None:
        raise Refusal([Reason("number", "value", N_("Write a number."))])
    shared = figure in DEFINITIONS and DEFINITIONS[figure].unit == SHARE
    return value / 100 if shared else value


def _done(act: Callable[[], Any], words: str, view: View, where: str = "") -> ResponseReturnValue:
    try:
        perform(act)
    except Refusal as refusal:
        reasons = by_field(show_or_raise(refusal, 422))
        return _shown(view, reasons), 422
    flash(words, "free")
    return redirect(view.address() + where, 303)


def _shown(view: View, reasons: Mapping[str, Any]) -> str:
    """The page of a view with what was typed into its form, and why that was not done."""
    if view.kind in PAGES:
        return users.page_of(whose_of(view, the_actor()), view, reasons, typed=request.form)
    return board.page_of(view, the_place(view, the_actor()), reasons, typed=request.form)
