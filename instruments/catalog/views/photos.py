"""The photo of an instrument: shown to everybody, changed by its lab."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog.editing import set_photo
from instruments.catalog.views.doors import pages, scope_of, the_instrument
from instruments.catalog.views.instruments import edit_again
from instruments.catalog.views.uploads import drop_from, kept_photo, photo_answer
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.web import clock
from instruments.web.access import public

FOLDER = "photos"
DAY_SECONDS = 86_400


@pages.get("/instruments/<int:instrument_id>/photo")
@public
def photo(instrument_id: int) -> ResponseReturnValue:
    """The photo; 404 without one."""
    name = the_instrument(instrument_id).photo
    response = photo_answer(FOLDER, name, f"public, max-age={DAY_SECONDS}")
    response.set_etag(name.partition(".")[0])
    return response.make_conditional(request)


@pages.post("/instruments/<int:instrument_id>/photo")
def change_photo(instrument_id: int) -> ResponseReturnValue:
    """Take a new photo, or with `remove` none."""
    actor = edits(instrument_id)
    try:
        name = "" if request.form.get("remove") else _kept()
    except Refusal as refusal:
        return edit_again(instrument_id, refusal)
    show_photo(instrument_id, name, actor)
    flash(gettext("The photo is changed.") if name else gettext("The photo is removed."), "free")
    return redirect(url_for("catalog.edit_page", instrument_id=instrument_id), 303)


def edits(instrument_id: int) -> Actor:
    """Who asks, if they may change the instrument; raises NotFound, or Forbidden."""
    return require(Action.INSTRUMENT_EDIT, scope_of(the_instrument(instrument_id)))


def show_photo(instrument_id: int, name: str, actor: Actor) -> None:
    """Show a photo that was kept, or none, and remove the one before."""
    now = clock.now()
    before = perform(lambda: set_photo(instrument_id, name, actor_id=actor.person_id, now=now))
    drop_from(FOLDER, before)


def _kept() -> str:
    name = kept_photo(FOLDER)
    if not name:
        raise Refusal([Reason("no_photo", "photo", N_("Choose a photo."))])
    return name
