"""The photo of an instrument: shown to everybody, changed by its lab."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

from flask import Response, abort, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog.editing import set_photo
from instruments.catalog.pictures import keep_photo
from instruments.catalog.views.doors import pages, scope_of, the_instrument
from instruments.catalog.views.instruments import edit_again
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.web import clock
from instruments.web.access import public

FOLDER = "photos"
DAY_SECONDS = 86_400


def _path(name: str) -> Path:
    return Path(current_app.config["FILES_DIR"]) / FOLDER / name


@pages.get("/instruments/<int:instrument_id>/photo")
@public
def photo(instrument_id: int) -> ResponseReturnValue:
    """The photo; 404 without one."""
    name = the_instrument(instrument_id).photo
    path = _path(name)
    if not name or not path.is_file():
        abort(404)
    response = Response(path.read_bytes(), mimetype="image/jpeg")
    response.set_etag(name.partition(".")[0])
    response.headers["Cache-Control"] = f"public, max-age={DAY_SECONDS}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Content-Disposition"] = "inline"
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
        _path(before).unlink(missing_ok=True)
    flash(gettext("The photo is changed.") if name else gettext("The photo is removed."), "free")
    return redirect(url_for("catalog.edit_page", instrument_id=instrument_id), 303)


def _kept() -> str:
    file = request.files.get("photo")
    if file is None or not file.filename:
        raise Refusal([Reason("no_photo", "photo", N_("Choose a photo."))])
    name = f"{secrets.token_hex(16)}.jpg"
    target = _path(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "photo"
        file.save(source)
        file.close()
        keep_photo(source, target)
    return name
