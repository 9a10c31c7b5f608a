"""The photo of an instrument: shown to everybody, changed by its lab."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog.editing import set_photo
from instruments.catalog.views.doors import pages, scope_of, the_instrument
from instruments.catalog.views.instruments import edit_again
from instruments.catalog.views.uploads import kept_photo, photo_answer, photo_path
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Action
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
    actor = require(Action.INSTRUMENT_EDIT, scope_of(the_instrument(instrument_id)))
    try:
        name = "" if request.form.get("remove") else _kept()
    except Refusal as refusal:
        return edit_again(instrument_id, refusal)
    now = clock.now()
    before = perform(lambda: set_photo(instrument_id, name, actor_id=actor.person_id, now=now))
    if before:
        photo_path(FOLDER, before).unlink(missing_ok=True)
    flash(gettext("The photo is changed.") if name else gettext("The photo is removed."), "free")
    return redirect(url_for("catalog.edit_page", instrument_id=instrument_id), 303)


def _kept() -> str:
    name = kept_photo(FOLDER)
    if not name:
        raise Refusal([Reason("no_photo", "photo", N_("Choose a photo."))])
    return name
