"""What came of an instrument: papers, patents, awards, year by year; for whoever signs in, entered by its lab."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from instruments.catalog.models import Instrument
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal
from instruments.people.rights import Action, may
from instruments.people.signing import require, the_actor
from instruments.usage.outputs import WORDS, Output, enter, outputs_of, take_back, the_output
from instruments.usage.views.doors import number_in, pages, place, tapped, the_instrument
from instruments.web import clock, formats, versions
from instruments.web.language import in_language
from instruments.web.reasons import by_field
from instruments.web.refusals import show_or_raise

ADDRESS = "/instruments/<int:instrument_id>/outputs"


@pages.get(ADDRESS)
def outputs_page(instrument_id: int) -> ResponseReturnValue:
    """All of it, and for the lab the form."""
    the_actor()
    thing = the_instrument(instrument_id)
    return _page(thing, {"year": formats.local(clock.now(), thing.lab.zone).year, "number": 1})


@pages.post(ADDRESS)
def enter_output(instrument_id: int) -> ResponseReturnValue:
    """Enter one."""
    thing = the_instrument(instrument_id)
    actor, now = require(Action.OUTPUT_EDIT, place(thing.lab)), clock.now()
    reasons: list[Reason] = []
    wanted = _typed(instrument_id, reasons)
    try:
        perform(lambda: enter(actor, wanted, the_instrument(instrument_id).lab, now, reasons))
    except Refusal as refusal:
        show_or_raise(refusal, 422)
        return _page(the_instrument(instrument_id), request.form, refusal), refusal.status
    flash(gettext("Entered."), "free")
    return redirect(url_for(".outputs_page", instrument_id=instrument_id), 303)


@pages.post("/outputs/<int:number>/take-back")
def take_output_back(number: int) -> ResponseReturnValue:
    """Take one back."""
    row = the_output(number)
    thing = the_instrument(row.instrument_id)
    actor, now, version = require(Action.OUTPUT_EDIT, place(thing.lab)), clock.now(), versions.typed()
    address = url_for(".outputs_page", instrument_id=thing.id)
    return tapped(
        lambda: take_back(actor, number, version, the_instrument(row.instrument_id).lab, now),
        gettext("Taken back."),
        address,
    )


def _typed(instrument_id: int, reasons: list[Reason]) -> Output:
    year, number = number_in("year", reasons), number_in("number", reasons)
    form = request.form
    words = {name: " ".join(form.get(name, "").split()) for name in ("title", "reference")}
    return Output(instrument_id, year or 0, form.get("kind", ""), 1 if number is None else number, **words)


def _page(thing: Instrument, typed: Any, refusal: Refusal | None = None) -> str:
    rows = outputs_of(thing.id)
    years = [(year, list(found)) for year, found in groupby(rows, key=lambda row: row.year)]
    return render_template(
        "usage/outputs.html",
        thing=thing, lab=thing.lab, name=in_language(thing.name_en, thing.name_zh), typed=typed, years=years,
        kinds=[(kind, gettext(words)) for kind, words in WORDS.items()], reasons=by_field(refusal),
        words={kind: gettext(words) for kind, words in WORDS.items()},
        enters=may(the_actor(), Action.OUTPUT_EDIT, place(thing.lab)),
    )  # fmt: skip
