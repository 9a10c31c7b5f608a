"""Doors for programs: what came of an instrument year by year."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from instruments.database.transactions import perform
from instruments.people.bearer import token_required
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.usage.answer_schemas import OutputOut, OutputsOut
from instruments.usage.api.telling import api
from instruments.usage.outputs import Output, enter, outputs_of, take_back, the_output
from instruments.usage.schemas import OutputIn
from instruments.usage.views.doors import place, the_instrument
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, takes, whole

OF_INSTRUMENT = "/instruments/<int:instrument_id>/outputs"
ONE = "/outputs/<int:number>"


@api.get(OF_INSTRUMENT)
@token_required("usage:read")
@api.output(OutputsOut)
@api.doc(responses=[404])
def outputs(instrument_id: int) -> Response:
    """What came of an instrument, the latest year first."""
    the_instrument(instrument_id)
    return answer({"items": [_told(row) for row in outputs_of(instrument_id)]})


@api.post(OF_INSTRUMENT)
@token_required("usage:write")
@takes(api, OutputIn)
@api.output(OutputOut, 201)
@api.doc(responses=[404])
def enter_output(instrument_id: int, wanted: Incoming[OutputIn]) -> Response:
    """Enter something for an instrument of a lab that I run."""
    actor, now = require(Action.OUTPUT_EDIT, place(the_instrument(instrument_id).lab)), clock.now()
    output = Output(instrument_id, **whole(wanted).model_dump())

    def act() -> Made:
        number = enter(actor, output, the_instrument(instrument_id).lab, now)
        row = the_output(number)
        return Made(_told(row), row.version, url_for("usage_api.output", number=number))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("usage:read")
@api.output(OutputOut)
@api.doc(responses=[404])
def output(number: int) -> Response:
    """One entry; its ETag is what taking it back must name."""
    row = the_output(number)
    return answer(_told(row), version=row.version)


@api.delete(ONE)
@token_required("usage:write")
@api.output(OutputOut)
@api.doc(responses=[404, 412, 428])
def take_output_back(number: int) -> Response:
    """Take an entry back; it stays in the journal. Needs If-Match."""
    row = the_output(number)
    lab = the_instrument(row.instrument_id).lab
    actor, now = require(Action.OUTPUT_EDIT, place(lab)), clock.now()
    version = versions.matched(row.version)
    perform(lambda: take_back(actor, number, version, the_instrument(row.instrument_id).lab, now))
    return answer(_told(row), version=row.version)


def _told(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in OutputOut.model_fields}
