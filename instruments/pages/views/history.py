"""The history of an instrument: every change to what is said of it, to its hours and rules, newest first."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason
from instruments.journal import reading
from instruments.pages.details import Names, mentioned, told
from instruments.pages.journal_money import Reader
from instruments.pages.views.doors import pages
from instruments.people import words
from instruments.people.rights import Action, Actor, Scope, may
from instruments.people.signing import the_actor
from instruments.web.paging import decode, encode

PAGE = 50
# Whoever keeps an instrument in the books sees what happened to it.
KEEPERS = (Action.INSTRUMENT_EDIT, Action.CATALOG_EXPORT, Action.JOURNAL_READ)


def keeps(actor: Actor | None, thing: Instrument) -> bool:
    """Whether this person edits, exports or audits the instrument."""
    return any(may(actor, action, Scope(thing.institution_id, thing.lab_id)) for action in KEEPERS)


@pages.get("/instruments/<int:instrument_id>/history")
def history(instrument_id: int) -> ResponseReturnValue:
    """What was changed, by whom, from what to what."""
    actor = the_actor()
    thing = db.session.get(Instrument, instrument_id)
    if thing is None:
        raise NotFound([Reason("no_instrument", None, N_("There is no such instrument. Look for another:"))])
    if not keeps(actor, thing):
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    cursor = decode(request.args.get("cursor"), (int,))
    wanted = reading.Filter(thing_kind="instrument", thing_id=instrument_id)
    rows = reading.page(thing.institution_id, wanted, cursor[0] if cursor else None, PAGE + 1)
    shown = rows[:PAGE]
    reader = Reader(actor, Scope(thing.institution_id, thing.lab_id))
    told_to = [(row, reader.detail("instrument", row.detail)) for row in shown]
    names = Names(each for row, detail in told_to for each in (("person", row.actor_id), *mentioned(detail)))
    own = url_for("pages.history", instrument_id=instrument_id)
    return render_template(
        "pages/history.html",
        thing=thing,
        entries=[(row, told(detail, names, actor.zone)) for row, detail in told_to],
        names=names,
        words=words,
        zone=actor.zone,
        first=own if cursor else None,
        next=f"{own}?cursor={encode([shown[-1].id])}" if len(rows) > PAGE else None,
    )
