"""The door for programs that answer several requests of a lab at once, under the rules of its page of approvals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import Response

from instruments.availability.views.doors import scope_of
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, together
from instruments.people import labs
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.reservations import waiting
from instruments.reservations.answering.schemas import AnsweredOut, AnswersIn
from instruments.reservations.approval_rules import Request, may_be_approved_together
from instruments.reservations.approving import approve, decline
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, fitting, takes
from instruments.web.reasons import as_listed

api = APIBlueprint("answering_api", __name__, url_prefix="/api/v1", tag="Answering several requests")
GONE = Reason(
    "no_request", None, N_("That request is no longer open: it was answered, withdrawn or expired.")
)


@api.post("/labs/<int:lab_id>/approvals")
@token_required("reservations:write")
@takes(api, AnswersIn)
@api.output(AnsweredOut)
@api.doc(responses=[404])
def answer_several(lab_id: int, wanted: Incoming[AnswersIn]) -> Response:
    """Decline several requests, or approve several of the own institution under one rule that lets its requests be
    approved together. Each is a deed of its own; what cannot be answered is told."""
    lab, now = labs.get(lab_id), clock.now()
    actor = require(Action.APPROVAL_DECIDE, scope_of(lab))
    body, unread = fitting(wanted, requests=[{"reservation_id": 1, "version": 1}])
    chosen = {each.reservation_id: each.version for each in body.requests}
    rows = waiting.requests_among(lab_id, list(chosen))
    approving = body.decision == "approve"
    if reasons := together(unread, _objections(rows, body.message, approving=approving)):
        raise Refusal(reasons)
    still_open = {row.id for row in rows}
    refused = {
        number: why
        for number in chosen
        if (
            why := _not_answered(actor, number, body.message, chosen, now, approving=approving)
            if number in still_open
            else [GONE]
        )
    }
    told = [{"reservation_id": number, "reasons": as_listed(why)} for number, why in refused.items()]
    return answer({"answered": [number for number in chosen if number not in refused], "refused": told})


def _objections(rows: Sequence[Any], message: str, *, approving: bool) -> list[Reason]:
    """Why these cannot be answered in one."""
    if not approving:
        if message.strip():
            return []
        remedy = N_("A few words are enough; who asked reads them.")
        return [Reason("no_reason", "message", N_("Say why you decline."), {}, remedy)]
    asked = [Request(row.rule_id, row.circle, row.own_together) for row in rows]
    if not asked or may_be_approved_together(asked):
        return []
    sentence = N_("Only requests of the own institution under one rule are approved several at once.")
    return [Reason("not_together", "requests", sentence)]


def _not_answered(
    actor: Actor, number: int, message: str, seen: Mapping[int, int], now: datetime, *, approving: bool
) -> Sequence[Reason]:
    """Answer one; why it could not be, if so."""
    act = approve if approving else decline
    try:
        perform(lambda: act(actor, number, message, seen[number], now))
    except Refusal as refusal:
        db.session.rollback()
        return refusal.reasons
    return ()
