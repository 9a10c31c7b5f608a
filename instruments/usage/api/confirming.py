"""Doors for programs of the lab: confirm, describe, correct, say who it was."""

from __future__ import annotations

from flask import Response

from instruments.database.transactions import perform
from instruments.errors import gathered
from instruments.people.bearer import token_required
from instruments.people.signing import the_actor
from instruments.reservations.bookable import bookable
from instruments.reservations.users import user_typed
from instruments.usage.amending import amend
from instruments.usage.answer_schemas import UseOut, UsesConfirmedOut
from instruments.usage.api.telling import ONE, api, changed, facts_of, matched
from instruments.usage.coming_late import confirm_anew, leave_as_it_is
from instruments.usage.confirming import Said, confirm, confirm_many, describe
from instruments.usage.correcting import correct, say_who
from instruments.usage.lookup import use_row
from instruments.usage.schemas import (
    AmendIn,
    ConfirmManyIn,
    ConfirmUseIn,
    CorrectIn,
    EmptyIn,
    FactsIn,
    LeaveIn,
    UserIn,
)
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, fitting, takes, whole


@api.post("/usage/confirm")
@token_required("usage:write")
@takes(api, ConfirmManyIn)
@api.output(UsesConfirmedOut)
@api.doc(responses=[404])
def confirm_some(wanted: Incoming[ConfirmManyIn]) -> Response:
    """Confirm many, with what is said of each; those that are flagged, not finished or changed since are left."""
    actor, now, body = the_actor(), clock.now(), whole(wanted)
    said = dict.fromkeys(body.ids, Said()) | {
        each.id: Said(facts_of(each, apart=("id", "version")), each.version) for each in body.uses
    }
    done, left = perform(lambda: confirm_many(actor, said, now))
    return answer({"confirmed": done, "left": left})


@api.post(f"{ONE}/confirm")
@token_required("usage:write")
@takes(api, ConfirmUseIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def confirm_one(use_id: int, wanted: Incoming[ConfirmUseIn]) -> Response:
    """Confirm a finished use with what was counted. Needs If-Match."""
    matched(use_id, the_actor())
    body, reasons = fitting(wanted)
    facts = facts_of(body)
    return changed(use_id, lambda actor, version, now: confirm(actor, use_id, facts, version, now, reasons))


@api.patch(ONE)
@token_required("usage:write")
@takes(api, FactsIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def describe_one(use_id: int, wanted: Incoming[FactsIn]) -> Response:
    """Say what a use was for and how it was, before it is confirmed. Needs If-Match."""
    matched(use_id, the_actor())
    body, reasons = fitting(wanted)
    facts = facts_of(body)
    return changed(use_id, lambda actor, version, now: describe(actor, use_id, facts, version, now, reasons))


@api.post(f"{ONE}/correct")
@token_required("usage:write")
@takes(api, CorrectIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def correct_one(use_id: int, wanted: Incoming[CorrectIn]) -> Response:
    """Set the time of a layer anew, with a reason that stays visible. Needs If-Match."""
    matched(use_id, the_actor())
    body, reasons = fitting(wanted)
    spans = [(int(each.start.timestamp()), int(each.end.timestamp())) for each in body.spans]
    return changed(
        use_id,
        lambda actor, version, now: correct(
            actor, use_id, body.layer, spans, body.reason, version, now, reasons
        ),
    )


@api.post(f"{ONE}/amend")
@token_required("usage:write")
@takes(api, AmendIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def amend_one(use_id: int, wanted: Incoming[AmendIn]) -> Response:
    """Say anew what was counted of a confirmed use, with a reason that stays visible; it is charged anew. Needs If-Match."""
    matched(use_id, the_actor())
    body, reasons = fitting(wanted)
    facts = facts_of(body, apart=("reason",))
    return changed(
        use_id, lambda actor, version, now: amend(actor, use_id, facts, body.reason, version, now, reasons)
    )


@api.post(f"{ONE}/confirm-anew")
@token_required("usage:write")
@takes(api, EmptyIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def confirm_one_anew(use_id: int, wanted: Incoming[EmptyIn]) -> Response:
    """Confirm a use flagged `late` with what was reported since; it is charged anew. Needs If-Match."""
    whole(wanted)
    return changed(use_id, lambda actor, version, now: confirm_anew(actor, use_id, version, now))


@api.post(f"{ONE}/leave")
@token_required("usage:write")
@takes(api, LeaveIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def leave_one(use_id: int, wanted: Incoming[LeaveIn]) -> Response:
    """Leave a use flagged `late` as it was confirmed, with a reason that stays visible. Needs If-Match."""
    matched(use_id, the_actor())
    body, reasons = fitting(wanted)
    return changed(
        use_id, lambda actor, version, now: leave_as_it_is(actor, use_id, body.reason, version, now, reasons)
    )


@api.post(f"{ONE}/user")
@token_required("usage:write")
@takes(api, UserIn)
@api.output(UseOut)
@api.doc(responses=[404, 412, 428])
def name_user(use_id: int, wanted: Incoming[UserIn]) -> Response:
    """Say who used what only a device reported. Needs If-Match."""
    actor, user = the_actor(), None
    matched(use_id, actor)
    thing = bookable(use_row(use_id, actor).instrument_id)
    body, reasons = fitting(wanted)
    with gathered(reasons):
        user = user_typed(body.user, actor, thing, clock.now())
    return changed(
        use_id,
        lambda actor, version, now: say_who(
            actor, use_id, user, body.group_id, version, now, body.fund_id, reasons
        ),
    )
