"""The pages that add, change and retire an instrument."""

from __future__ import annotations

import dataclasses
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog import editing, instrument_form, retiring
from instruments.catalog.cells import Unreadable, read
from instruments.catalog.columns import BY_KEY
from instruments.catalog.instrument_form import Typed, typed_in, typed_of, values_of
from instruments.catalog.listing import technique_names
from instruments.catalog.models import Instrument
from instruments.catalog.present import classes, known_of
from instruments.catalog.views.doors import labs_to_edit, pages, scope_of, the_instrument
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require, the_actor
from instruments.web import clock, formats
from instruments.web.reasons import by_field

SPARE_ROWS = 3
NOTHING: dict[str, Any] = {"mode": ("self_operated",), **instrument_form.DEFAULTS}


@pages.get("/instruments/new")
def new_page() -> ResponseReturnValue:
    """The empty form."""
    lab = _chosen_lab(request.args.get("lab", type=int))
    return _page(None, lab, typed_of(NOTHING, known_of(lab.institution, instrument_id=0)))


@pages.post("/instruments/new")
def add() -> ResponseReturnValue:
    """Add it, or say why not."""
    lab = _chosen_lab(request.form.get("lab", type=int))
    actor = require(Action.INSTRUMENT_EDIT, scope_of(lab))
    typed = typed_in(request.form.getlist)
    lab_id, now = lab.id, clock.now()
    try:
        values = values_of(typed, known_of(lab.institution, instrument_id=0))
        number = perform(
            lambda: editing.add_instrument(
                db.session.get_one(Lab, lab_id), values, actor_id=actor.person_id, now=now
            )
        )
    except Refusal as refusal:
        return _page(None, db.session.get_one(Lab, lab_id), typed, refusal), refusal.status
    flash(gettext("Added. Give it a photo, and look at its opening hours."), "free")
    return redirect(url_for("catalog.edit_page", instrument_id=number), 303)


@pages.get("/instruments/<int:instrument_id>/edit")
def edit_page(instrument_id: int) -> ResponseReturnValue:
    """The form, filled."""
    thing = _allowed(instrument_id)
    known = known_of(thing.institution, instrument_id=instrument_id)
    return _page(thing, thing.lab, typed_of(known.instruments[instrument_id], known))


@pages.post("/instruments/<int:instrument_id>/edit")
def edit(instrument_id: int) -> ResponseReturnValue:
    """Save what changed, or say why not."""
    thing = _allowed(instrument_id)
    lab = _chosen_lab(request.form.get("lab", thing.lab_id, type=int))
    if lab.institution_id != thing.institution_id:
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    typed = typed_in(request.form.getlist)
    actor, lab_id, now = the_actor(), lab.id, clock.now()
    version = request.form.get("version", type=int)
    try:
        values = values_of(typed, known_of(thing.institution, instrument_id=instrument_id))
        changed = perform(
            lambda: editing.change_instrument(
                instrument_id, version or 0, {**values, "lab_id": lab_id}, actor_id=actor.person_id, now=now
            )
        )
    except Refusal as refusal:
        return _page(
            the_instrument(instrument_id), db.session.get_one(Lab, lab_id), typed, refusal
        ), refusal.status
    flash(gettext("Saved.") if changed else gettext("Nothing was different, so nothing was changed."), "free")
    return redirect(f"/instruments/{instrument_id}", 303)


@pages.post("/instruments/<int:instrument_id>/retire")
def retire(instrument_id: int) -> ResponseReturnValue:
    """Retire it from a day on, or with `back` take it back into service."""
    _allowed(instrument_id)
    actor, now = the_actor(), clock.now()
    version = request.form.get("version", type=int) or 0
    back = request.form.get("back") == "1"
    try:
        if back:
            perform(lambda: retiring.take_back(instrument_id, version, actor_id=actor.person_id, now=now))
        else:
            on = _retired_on(request.form.get("retire_on", ""))
            note = request.form.get("retire_note", "").strip()[:300]
            perform(
                lambda: retiring.retire(instrument_id, version, on, note, actor_id=actor.person_id, now=now)
            )
    except Refusal as refusal:
        return edit_again(instrument_id, refusal)
    flash(_retired_words(instrument_id) if not back else gettext("It is in service."), "free")
    return redirect(f"/instruments/{instrument_id}", 303)


def _retired_words(instrument_id: int) -> str:
    thing = the_instrument(instrument_id)
    if thing.status == "retired" or thing.retired_on is None:
        return gettext("Retired. What was measured on it stays on record.")
    return gettext("Its last day in service is %(day)s.", day=formats.day(thing.retired_on))


def edit_again(instrument_id: int, refusal: Refusal) -> ResponseReturnValue:
    """The form of an instrument as it is, with what is wrong in one of the small forms below it."""
    thing = the_instrument(instrument_id)
    known = known_of(thing.institution, instrument_id=instrument_id)
    typed = typed_of(known.instruments[instrument_id], known)
    # The form above has a field of this name already.
    reasons = [
        dataclasses.replace(reason, field="retire_on") if reason.field == "retired_on" else reason
        for reason in refusal.reasons
    ]
    return _page(thing, thing.lab, typed, below=Refusal(reasons)), refusal.status


def _retired_on(text: str) -> Any:
    try:
        return read(BY_KEY["retired_on"], text)
    except Unreadable as refused:
        reason = refused.reason
        raise Refusal(
            [Reason(reason.code, "retired_on", reason.message, reason.values, reason.remedy)]
        ) from None


def _allowed(instrument_id: int) -> Instrument:
    thing = the_instrument(instrument_id)
    require(Action.INSTRUMENT_EDIT, scope_of(thing))
    return thing


def _chosen_lab(lab_id: int | None) -> Lab:
    """The lab that is asked for, or the first that the actor may change."""
    if lab_id is None:
        labs = labs_to_edit(the_actor())
        if labs:
            return labs[0]
        raise Forbidden([Reason("no_lab", None, N_("You manage no lab that could have an instrument."))])
    lab = db.session.get(Lab, lab_id)
    if lab is None:
        raise NotFound([Reason("no_lab", None, N_("There is no such lab."))])
    require(Action.INSTRUMENT_EDIT, scope_of(lab))
    return lab


def _page(
    thing: Instrument | None,
    lab: Lab,
    typed: Typed,
    refusal: Refusal | None = None,
    below: Refusal | None = None,
) -> str:
    """The form. refusal: of the form; below: of the photo or of retiring, which are forms of their own."""
    labs = labs_to_edit(the_actor())
    if thing is not None:
        labs = [each for each in labs if each.institution_id == thing.institution_id]
    return render_template(
        "catalog/instrument_form.html",
        thing=thing,
        lab=lab,
        labs=labs,
        typed=typed.texts,
        modes=typed.modes,
        rows=[*typed.specifications, *[("", "", "")] * SPARE_ROWS],
        columns=BY_KEY,
        labels={column.key: gettext(column.en) for column in instrument_form.FIELDS}
        | {"retire_on": gettext("Last day in service"), "photo": gettext("Photo")},
        national=instrument_form.NATIONAL_FIELDS,
        choices=instrument_form.CHOICES,
        classes=sorted(classes().items()),
        techniques=technique_names(),
        reasons=by_field(refusal),
        reasons_below=by_field(below),
        sent=request.form,
        today=clock.now().date(),
    )
