"""The door of changes of many instruments for programs: tried first, then made as it was tried."""

from __future__ import annotations

import orjson
from apiflask import APIBlueprint
from flask import Response, request

from instruments.availability.week import parse_week
from instruments.availability.week_changes import AsLab, NewWeek
from instruments.database.transactions import perform
from instruments.errors import N_, PreconditionMissing, Reason, Refusal, gathered, together
from instruments.people.audience import kept
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.reservations.bulk.changing import Change, carry_out, preview
from instruments.reservations.bulk.limits import LimitsAsLab, SetLimits
from instruments.reservations.bulk.outcome import Outcome
from instruments.reservations.bulk.schemas import ManyIn, ManyOut
from instruments.reservations.hours import wire
from instruments.web import clock
from instruments.web.incoming import Incoming, fitting, takes
from instruments.web.reasons import in_full

api = APIBlueprint("bulk_api", __name__, url_prefix="/api/v1", tag="Many at once")


@api.post("/instruments/changes")
@token_required("labs:write")
@takes(api, ManyIn)
@api.output(ManyOut)
@api.doc(responses=[412, 428])
def change_many(wanted: Incoming[ManyIn]) -> Response:
    """Change the hours or limits of many instruments, all of it or nothing. Needs the ETag of a dry run as If-Match."""
    body, change = _asked(wanted)
    actor, now = the_actor(), clock.now()
    if body.dry_run:
        return _answer(preview(actor, body.instrument_ids, change, now)[0], done=False)
    seen = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not seen:
        sentence = N_("Try it first with dry_run, and send the ETag of that as If-Match.")
        raise PreconditionMissing([Reason("if_match", "If-Match", sentence)])
    found = perform(lambda: carry_out(actor, body.instrument_ids, change, seen, now))
    return _answer(found, done=True)


def _asked(wanted: Incoming[ManyIn]) -> tuple[ManyIn, Change]:
    """The body and its change. Raises Refusal with every reason why either cannot be read or cannot stand."""
    (body, unread), found, change = fitting(wanted, instrument_ids=[1]), list[Reason](), None
    with gathered(found):
        change = _change(body)
    if (reasons := together(unread, found)) or change is None:
        raise Refusal(reasons)
    return body, change


def _change(body: ManyIn) -> Change:
    match body.what:
        case "lab_limits":
            return LimitsAsLab()
        case "limits":
            given = body.limits.model_dump() if body.limits else {}
            return SetLimits(tuple((name, value) for name, value in given.items() if value is not None))
        case _:
            return _hours(body)


def _hours(body: ManyIn) -> Change:
    reasons = []
    if body.valid_from is None:
        reasons.append(Reason("required", "valid_from", N_("Say from which date on.")))
    if body.what == "lab_hours" and body.valid_from is not None:
        return AsLab(body.valid_from)
    week = ""
    if body.what == "hours":
        with gathered(reasons):
            week = str(parse_week(body.week, "week"))
    if reasons or body.valid_from is None:
        raise Refusal(reasons)
    return NewWeek(week, body.valid_from, body.valid_to, kept(body.circles))


def _answer(found: Outcome, *, done: bool) -> Response:
    content = {
        "done": done,
        "changed": [
            {"before": before, "after": after, "instrument_ids": numbers}
            for (before, after), numbers in found.groups().items()
        ],
        "refused": [
            {"instrument_id": number, "code": reason.code, "message": in_full(reason)}
            for number, reason in found.refused.items()
        ],
        "same": list(found.same),
        "touched": wire.outside(found.touched),
    }
    answer = Response(orjson.dumps(content), mimetype="application/json")
    answer.headers["ETag"] = f'"{found.seen}"'
    return answer
