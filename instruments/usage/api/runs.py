"""The door for programs that record operators' runs."""

from __future__ import annotations

from flask import Response, url_for

from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.usage import listing
from instruments.usage.answer_schemas import UseOut
from instruments.usage.api.telling import api, facts_of, told
from instruments.usage.facts import Customer, Run
from instruments.usage.running import record_run
from instruments.usage.schemas import RunIn
from instruments.web import clock
from instruments.web.answers import Made, made_once
from instruments.web.incoming import Incoming, fitting, takes


@api.post("/usage/runs")
@token_required("usage:write")
@takes(api, RunIn)
@api.output(UseOut, 201)
@api.doc(responses=[404])
def record(wanted: Incoming[RunIn]) -> Response:
    """Record a run without a reservation, for one or more customers; confirmed at once unless it is to wait."""
    actor, now = the_actor(), clock.now()
    body, reasons = fitting(wanted, customers=[])
    spans = tuple((int(each.start.timestamp()), int(each.end.timestamp())) for each in body.spans)
    customers = tuple(Customer(**each.model_dump()) for each in body.customers)
    run = Run(body.instrument_id, spans, customers, facts_of(body.facts))

    def act() -> Made:
        number = record_run(actor, run, now, confirm=body.confirm, already=reasons)
        row = listing.one_whole(number)
        return Made(told([row])[0], row.version, url_for("usage_api.use", use_id=number))

    return made_once(actor.person_id, now, act)
