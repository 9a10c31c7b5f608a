"""Doors for programs: one instrument added, read whole, changed, retired and taken back, as on its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, url_for

from instruments.catalog import editing, published, retiring
from instruments.catalog.api.telling import api, tag_of, told
from instruments.catalog.cells import write
from instruments.catalog.columns import BY_KEY, Column
from instruments.catalog.edit_schemas import (
    LISTED,
    NOT_TEXTS,
    InstrumentChangeIn,
    InstrumentIn,
    InstrumentRecordOut,
    RetireIn,
)
from instruments.catalog.instrument_form import FIELDS, Typed, typed_of, values_of
from instruments.catalog.known import Known
from instruments.catalog.models import Instrument
from instruments.catalog.present import known_of
from instruments.catalog.schemas import InstrumentOut
from instruments.catalog.views.doors import scope_of, the_instrument
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, gathered, together
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, fitting, takes, whole

ONE = "/instruments/<int:instrument_id>"
# Called in the plural where several are listed.
SENT_AS = {"mode": "modes"}
NAMES = ("name_en", "name_zh")


@api.post("/labs/<int:lab_id>/instruments")
@token_required("labs:write")
@takes(api, InstrumentIn)
@api.output(InstrumentOut, 201)
def add_instrument(lab_id: int, wanted: Incoming[Any]) -> Response:
    """Add an instrument to a lab."""
    lab = db.session.get(Lab, lab_id)
    if lab is None:
        raise NotFound([Reason("no_lab", None, N_("There is no such lab."))])
    actor, now = require(Action.INSTRUMENT_EDIT, scope_of(lab)), clock.now()
    values = _values(wanted, known_of(lab.institution, instrument_id=0), FIELDS, {})

    def act() -> Made:
        number = editing.add_instrument(
            db.session.get_one(Lab, lab_id), values, actor_id=actor.person_id, now=now
        )
        body = published.one(number, contacts=True) or {}
        return Made(body, tag_of(body), url_for("catalog_api.instrument", instrument_id=number))

    return made_once(actor.person_id, now, act)


@api.get(f"{ONE}/record")
@token_required("labs:read")
@api.output(InstrumentRecordOut)
def record(instrument_id: int) -> Response:
    """All that is kept of an instrument, for whoever may change it; its ETag is that of the instrument."""
    thing = the_instrument(instrument_id)
    require(Action.INSTRUMENT_EDIT, scope_of(thing))
    known = known_of(thing.institution, instrument_id=instrument_id)
    return answer(_whole_record(known, instrument_id, thing.lab_id), version=_tag(instrument_id))


@api.patch(ONE)
@token_required("labs:write")
@takes(api, InstrumentChangeIn)
@api.output(InstrumentOut)
@api.doc(responses=[412, 428])
def change_instrument(instrument_id: int, wanted: Incoming[InstrumentChangeIn]) -> Response:
    """Change what is said of an instrument; what is left out stays, what is empty is emptied. Needs If-Match."""
    thing, now = the_instrument(instrument_id), clock.now()
    actor, version = _seen(thing)
    known = known_of(thing.institution, instrument_id=instrument_id)
    sent = fitting(wanted)[0].model_fields_set
    columns = [column for column in FIELDS if SENT_AS.get(column.key, column.key) in sent]
    values = _values(wanted, known, columns, known.instruments[instrument_id])
    if wanted.value is not None and wanted.value.lab_id is not None:
        values["lab_id"] = _other_lab(thing, wanted.value.lab_id)

    def act() -> None:
        editing.change_instrument(instrument_id, version, values, actor_id=actor.person_id, now=now)

    perform(act)
    return told(instrument_id)


@api.post(f"{ONE}/retire")
@token_required("labs:write")
@takes(api, RetireIn)
@api.output(InstrumentOut)
@api.doc(responses=[412, 428])
def retire(instrument_id: int, wanted: Incoming[RetireIn]) -> Response:
    """Take an instrument out of service from a day on; what was booked and measured on it stays. Needs If-Match."""
    (actor, version), now = _seen(the_instrument(instrument_id)), clock.now()
    body = whole(wanted)
    last, note, by = body.retired_on, body.note.strip(), actor.person_id
    perform(lambda: retiring.retire(instrument_id, version, last, note, actor_id=by, now=now))
    return told(instrument_id)


@api.post(f"{ONE}/take-back")
@token_required("labs:write")
@api.output(InstrumentOut)
@api.doc(responses=[412, 428])
def take_back(instrument_id: int) -> Response:
    """Put a retired instrument into service again, or give up that it shall be retired. Needs If-Match."""
    (actor, version), now = _seen(the_instrument(instrument_id)), clock.now()
    perform(lambda: retiring.take_back(instrument_id, version, actor_id=actor.person_id, now=now))
    return told(instrument_id)


def _seen(thing: Instrument) -> tuple[Actor, int]:
    """Who asks and may change it, and the version that the request names: that of what the instrument says now."""
    actor, version = require(Action.INSTRUMENT_EDIT, scope_of(thing)), thing.version
    versions.matched(_tag(thing.id))
    return actor, version


def _tag(instrument_id: int) -> str:
    return tag_of(published.one(instrument_id, contacts=True) or {})


def _other_lab(thing: Instrument, lab_id: int) -> int:
    lab = db.session.get(Lab, lab_id)
    if lab is None:
        raise Refusal([Reason("no_lab", "lab_id", N_("There is no such lab."))])
    require(Action.INSTRUMENT_EDIT, scope_of(lab))
    if lab.institution_id != thing.institution_id:
        raise Forbidden([Reason("forbidden", None, N_("Your roles do not allow this here."))])
    return lab_id


def _values(wanted: Incoming[Any], known: Known, columns: Sequence[Column], current: Any) -> dict[str, Any]:
    """{place: value} of these fields of what was sent. Raises Refusal with every reason."""
    body, unread = fitting(wanted)
    values: dict[str, Any] = {}
    unfit: list[Reason] = []
    with gathered(unfit):
        values = values_of(_typed(body), known, columns)
    found = [replace(each, field=SENT_AS.get(each.field or "", each.field)) for each in unfit]
    # Where another field cannot be read, a name that was sent is one all the same.
    names = {name: getattr(body, name).strip() for name in NAMES if name in body.model_fields_set}
    missing = editing.incomplete({**current, **names, **values})
    if reasons := together(together(unread, found), missing):
        raise Refusal(reasons)
    return values


def _typed(body: Any) -> Typed:
    """What was sent, as one would type it into the form."""
    texts = {column.key: _text(column, body) for column in FIELDS}
    rows = [(each.name.strip(), each.value.strip(), each.unit.strip()) for each in body.specifications]
    return Typed(texts, rows, list(body.modes))


def _text(column: Column, body: Any) -> str:
    if column.key in ("mode", "specifications"):
        return ""
    value = getattr(body, column.key)
    if column.key in LISTED:
        return write(column, tuple(value))
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _whole_record(known: Known, instrument_id: int, lab_id: int) -> dict[str, Any]:
    values = known.instruments[instrument_id]
    typed = typed_of(values, known)
    texts = {column.key: typed.texts[column.key] for column in FIELDS if column.key not in NOT_TEXTS}
    dates = {key: text or None for key, text in texts.items() if BY_KEY[key].kind == "date"}
    return (
        texts
        | dates
        | {
            "id": instrument_id,
            "lab_id": lab_id,
            "status": values["status"],
            "audience": values["audience"],
            "modes": list(typed.modes),
            "capacity": values["capacity"],
            "techniques": [known.technique_name(key) for key in values["techniques"]],
            "measured_quantities": list(values["measured_quantities"]),
            "specifications": [
                {"name": name, "value": value, "unit": unit} for name, value, unit in typed.specifications
            ],
            "version": values["version"],
        }
    )
