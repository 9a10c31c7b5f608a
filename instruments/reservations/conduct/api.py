"""Doors of conduct for programs: what labs record, appeals, and the kinds that a lab knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask import Response, url_for

from instruments.availability.views.doors import scope_of
from instruments.database.transactions import perform
from instruments.errors import Reason
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor
from instruments.people.signing import require, the_actor
from instruments.reservations.conduct import listing
from instruments.reservations.conduct.appealing import appeal, decide
from instruments.reservations.conduct.kinds import Wanted as WantedKind
from instruments.reservations.conduct.kinds import add_kind, change_kind, kinds_of, the_kind
from instruments.reservations.conduct.models import Violation, ViolationKind
from instruments.reservations.conduct.recording import Wanted, record_violation, withdraw
from instruments.reservations.conduct.rules import MOST_KEPT, Consequence
from instruments.reservations.conduct.schemas import (
    AppealDecisionIn,
    AppealIn,
    KindIn,
    KindOut,
    KindsOut,
    ViolationIn,
    ViolationOut,
    ViolationsOut,
    ViolationsQuery,
    WithdrawIn,
)
from instruments.reservations.conduct.views.doors import the_lab
from instruments.web import clock, paging, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, fitting, takes, whole

api = APIBlueprint("conduct_api", __name__, url_prefix="/api/v1", tag="Violations")
ONE = "/violations/<int:violation_id>"
KINDS = "/labs/<int:lab_id>/violation-kinds"


@api.get("/violations")
@token_required("reservations:read")
@asks(api, ViolationsQuery)
@api.output(ViolationsOut)
@api.doc(responses=[404])
def violations(query: ViolationsQuery) -> Response:
    """What labs recorded of me, or what one lab recorded."""
    actor, after = the_actor(), paging.decode(query.cursor, (int,))
    last = after[0] if after else None
    if query.lab_id is None:
        rows = listing.mine(actor.person_id, last, query.limit)
    else:
        require(Action.VIOLATION_SEE, scope_of(the_lab(query.lab_id)))
        rows = listing.of_lab(query.lab_id, query.view, clock.now(), last, query.limit)
    shown, following = paging.page(rows, query.limit, lambda row: [row.id])
    return answer({"items": [_told(row) for row in shown], "next": following})


@api.post("/violations")
@token_required("labs:write")
@takes(api, ViolationIn)
@api.output(ViolationOut, 201)
@api.doc(responses=[404, 409])
def record(wanted: Incoming[ViolationIn]) -> Response:
    """Record a violation for a lab that I work at. The person is told."""
    actor, now = the_actor(), clock.now()
    body, unread = fitting(wanted, kind_id=1, happened_on="2000-01-01", reason="–")
    require(Action.VIOLATION_RECORD, scope_of(the_lab(body.lab_id)))
    asked = Wanted(body.kind_id, body.reason, body.happened_on, body.mail, body.reservation_id, body.another)

    def act() -> Made:
        number = record_violation(actor, the_lab(body.lab_id), asked, now, unread).id
        row = listing.the_violation(actor, number, now)
        return Made(_told(row), row.version, url_for("conduct_api.violation", violation_id=number))

    return made_once(actor.person_id, now, act)


@api.get(ONE)
@token_required("reservations:read")
@api.output(ViolationOut)
def violation(violation_id: int) -> Response:
    """One violation, of mine or of a lab whose violations I see; its ETag is what a change must name."""
    return _one(the_actor(), violation_id)


@api.post(f"{ONE}/appeal")
@token_required("reservations:write")
@takes(api, AppealIn)
@api.output(ViolationOut)
@api.doc(responses=[412, 428])
def appeal_one(violation_id: int, wanted: Incoming[AppealIn]) -> Response:
    """Appeal against a violation of mine. Needs If-Match."""
    return _answered(
        violation_id,
        wanted,
        lambda actor, body, version, now: appeal(actor, violation_id, body.words, version, now),
    )


@api.post(f"{ONE}/decide")
@token_required("labs:write")
@takes(api, AppealDecisionIn)
@api.output(ViolationOut)
@api.doc(responses=[412, 428])
def decide_one(violation_id: int, wanted: Incoming[AppealDecisionIn]) -> Response:
    """Uphold or lift what was appealed against; never who recorded it. Needs If-Match."""
    return _answered(
        violation_id,
        wanted,
        lambda actor, body, version, now: decide(
            actor, violation_id, body.decision, body.reason, version, now
        ),
    )


@api.post(f"{ONE}/withdraw")
@token_required("labs:write")
@takes(api, WithdrawIn)
@api.output(ViolationOut)
@api.doc(responses=[412, 428])
def withdraw_one(violation_id: int, wanted: Incoming[WithdrawIn]) -> Response:
    """Take back what I recorded. Needs If-Match."""
    return _answered(
        violation_id,
        wanted,
        lambda actor, body, version, now: withdraw(actor, violation_id, body.reason, version, now),
    )


@api.get(KINDS)
@token_required("labs:read")
@api.output(KindsOut)
@api.doc(responses=[404])
def kinds(lab_id: int) -> Response:
    """The kinds of violation that a lab knows, for its staff and whoever decides on appeals."""
    require(Action.VIOLATION_SEE, scope_of(the_lab(lab_id)))
    return answer({"items": [_kind(row) for row in kinds_of(lab_id)]})


@api.post(KINDS)
@token_required("labs:write")
@takes(api, KindIn)
@api.output(KindOut, 201)
@api.doc(responses=[404])
def create_kind(lab_id: int, wanted: Incoming[KindIn]) -> Response:
    """Add a kind to a lab that I manage."""
    actor, now = require(Action.RULES_EDIT, scope_of(the_lab(lab_id))), clock.now()
    asked, unread = _asked(wanted)

    def act() -> Made:
        row = add_kind(actor, the_lab(lab_id), asked, now, unread)
        return Made(_kind(row), row.version, url_for("conduct_api.kind", kind_id=row.id))

    return made_once(actor.person_id, now, act)


@api.get("/violation-kinds/<int:kind_id>")
@token_required("labs:read")
@api.output(KindOut)
@api.doc(responses=[404])
def kind(kind_id: int) -> Response:
    """One kind; its ETag is what a change must name."""
    row = the_kind(kind_id)
    require(Action.VIOLATION_SEE, scope_of(the_lab(row.lab_id)))
    return _whole_kind(row)


@api.put("/violation-kinds/<int:kind_id>")
@token_required("labs:write")
@takes(api, KindIn)
@api.output(KindOut)
@api.doc(responses=[404, 412, 428])
def amend_kind(kind_id: int, wanted: Incoming[KindIn]) -> Response:
    """Say anew what a kind is and leads to; what was recorded stays as it was. Needs If-Match."""
    row, now = the_kind(kind_id), clock.now()
    actor = require(Action.RULES_EDIT, scope_of(the_lab(row.lab_id)))
    version, (asked, unread), lab_id = versions.matched(row.version), _asked(wanted), row.lab_id
    perform(lambda: change_kind(actor, the_lab(lab_id), the_kind(kind_id), asked, version, now, unread))
    return _whole_kind(the_kind(kind_id))


def _answered(
    violation_id: int,
    wanted: Incoming[Any],
    act: Callable[[Actor, Any, int | None, datetime], Violation],
) -> Response:
    """Do it to a violation that the actor sees: 404, 428, 412, and only then the body."""
    actor, now = the_actor(), clock.now()
    version = versions.matched(listing.the_violation(actor, violation_id, now).version)
    body = whole(wanted)
    perform(lambda: act(actor, body, version, now).id)
    return _one(actor, violation_id)


def _asked(wanted: Incoming[KindIn]) -> tuple[WantedKind, list[Reason]]:
    """The kind as far as it can be read, and what could not. Nobody is suspended longer than what is not known."""
    body, unread = fitting(wanted, name_en="–", name_zh="–", expires_days=MOST_KEPT)
    names = (" ".join(name.split()) for name in (body.name_en, body.name_zh))
    rule = Consequence(body.suspended_days, body.after, body.expires_days)
    return WantedKind(*names, rule, body.in_use), unread


def _one(actor: Actor, violation_id: int) -> Response:
    row = listing.the_violation(actor, violation_id, clock.now())
    return answer(_told(row), version=row.version)


def _told(row: Any) -> dict[str, Any]:
    zone = ZoneInfo(row.zone)

    def there(moment: datetime | None) -> datetime | None:
        return moment and moment.astimezone(zone)

    return {
        "id": row.id,
        "lab": _named(row.lab_id, row.lab_en, row.lab_zh),
        "kind": _named(row.kind_id, row.kind_en, row.kind_zh),
        "person": _named(row.person_id, row.person_en, row.person_zh),
        "reservation_id": row.reservation_id,
        "happened_on": row.happened_on,
        "reason": row.reason,
        "recorded_by": _named(row.recorded_by_id, row.recorder_en, row.recorder_zh),
        "recorded_at": there(row.recorded_at),
        "expires_at": there(row.expires_at),
        "suspended_until": there(row.suspended_until),
        "state": row.state,
        "appealed_at": there(row.appealed_at),
        "appeal": row.appeal,
        "decided_at": there(row.decided_at),
        "answer": row.answer,
        "version": row.version,
    }


def _named(number: int, name_en: str, name_zh: str) -> dict[str, Any]:
    return {"id": number, "name_en": name_en, "name_zh": name_zh}


def _kind(row: ViolationKind) -> dict[str, Any]:
    return {name: getattr(row, name) for name in KindOut.model_fields}


def _whole_kind(row: ViolationKind) -> Response:
    return answer(_kind(row), version=row.version)
