"""Doors of approval for programs: which bookings a lab decides on, and what one instrument has instead."""

from __future__ import annotations

from typing import Any

from flask import Response

from instruments.availability.owners import Owner
from instruments.availability.views.doors import lab_or_instrument
from instruments.database.transactions import perform
from instruments.errors import Refusal, together
from instruments.people.audience import CIRCLES
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.reservations.approval_rules import ApprovalRule, objections
from instruments.reservations.approval_setting import (
    Wanted,
    approval_rule_row,
    end_approval_rule,
    rule_of_lab,
    set_approval_rule,
)
from instruments.reservations.models import ApprovalRuleRow
from instruments.reservations.setting.api.telling import INSTRUMENT, LAB, allowed, api
from instruments.reservations.setting.schemas import ApprovalRuleIn, ApprovalRuleOut
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, fitting, takes

OF_LAB, OF_INSTRUMENT = f"{LAB}/approval-rule", f"{INSTRUMENT}/approval-rule"


@api.get(OF_LAB, endpoint="approval_rule_of_lab")
@api.get(OF_INSTRUMENT, endpoint="approval_rule_of_instrument")
@token_required("labs:read")
@api.output(ApprovalRuleOut)
@api.doc(responses=[404])
def approval_rule(lab_id: int | None = None, instrument_id: int | None = None) -> Response:
    """Whose bookings a lab, or an instrument for itself, wants to approve; `lab_rule` is what holds without an own one."""
    owner = lab_or_instrument(lab_id, instrument_id)
    allowed(owner)
    return _told(owner)


@api.put(OF_LAB, endpoint="set_approval_rule_of_lab")
@api.put(OF_INSTRUMENT, endpoint="set_approval_rule_of_instrument")
@token_required("labs:write")
@takes(api, ApprovalRuleIn)
@api.output(ApprovalRuleOut)
@api.doc(responses=[404, 412, 428])
def set_rule_of_approval(
    wanted: Incoming[ApprovalRuleIn], lab_id: int | None = None, instrument_id: int | None = None
) -> Response:
    """Set all of it; an instrument's holds in place of its lab's. Open requests stay as they were asked. Needs If-Match,
    "0" where nothing was ever set."""
    owner, now = lab_or_instrument(lab_id, instrument_id), clock.now()
    actor, version = allowed(owner), versions.matched(_version(approval_rule_row(owner)))
    rule = _whole(wanted)
    perform(lambda: set_approval_rule(actor, lab_or_instrument(lab_id, instrument_id), rule, version, now))
    return _told(lab_or_instrument(lab_id, instrument_id))


@api.delete(OF_LAB, endpoint="end_approval_rule_of_lab")
@api.delete(OF_INSTRUMENT, endpoint="end_approval_rule_of_instrument")
@token_required("labs:write")
@api.output(ApprovalRuleOut)
@api.doc(responses=[404, 412, 428])
def end_rule_of_approval(lab_id: int | None = None, instrument_id: int | None = None) -> Response:
    """End it: a lab approves no bookings any more, for an instrument its lab's rule holds again. Needs If-Match."""
    owner, now = lab_or_instrument(lab_id, instrument_id), clock.now()
    actor, version = allowed(owner), versions.matched(_version(approval_rule_row(owner)))
    perform(lambda: end_approval_rule(actor, lab_or_instrument(lab_id, instrument_id), version, now))
    return _told(lab_or_instrument(lab_id, instrument_id))


def _whole(wanted: Incoming[ApprovalRuleIn]) -> Wanted:
    """The rule, if all of it can be read and can stand; raises Refusal with every reason."""
    body, unread = fitting(wanted, circles=[])
    found = objections(body.circles, body.above_minutes, body.deadline_hours)
    if reasons := together(unread, found):
        raise Refusal(reasons)
    return Wanted(
        frozenset(body.circles),
        body.above_minutes,
        body.managers_only,
        body.deadline_hours,
        body.own_together,
    )


def _version(row: ApprovalRuleRow | None) -> int:
    return row.version if row else 0


def _told(owner: Owner) -> Response:
    row, is_lab = approval_rule_row(owner), isinstance(owner, Lab)
    of_lab = None if isinstance(owner, Lab) else rule_of_lab(owner.lab_id)
    body = {
        "own": is_lab if row is None else row.in_force,
        "circles": [circle for circle in CIRCLES if row and getattr(row, f"for_{circle}")],
        "above_minutes": row and row.above_minutes,
        "managers_only": row.managers_only if row else False,
        "deadline_hours": row.deadline_hours if row else 24,
        "own_together": row.own_together if row else False,
        "lab_rule": of_lab and _in_force(of_lab),
        "version": _version(row),
    }
    return answer(body, version=body["version"])


def _in_force(rule: ApprovalRule) -> dict[str, Any]:
    told = {
        name: getattr(rule, name)
        for name in ("above_minutes", "managers_only", "deadline_hours", "own_together")
    }
    return told | {"circles": [circle for circle in CIRCLES if circle in rule.circles]}
