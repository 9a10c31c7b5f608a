"""Doors for programs: what a lab or an instrument asks of users."""

from __future__ import annotations

from typing import Any

from flask import Response

from instruments.catalog.models import Instrument
from instruments.database.transactions import perform
from instruments.errors import Refusal, together
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Action, Scope
from instruments.people.signing import require
from instruments.qualifications.api.telling import (
    api,
)
from instruments.qualifications.models import QualificationRule
from instruments.qualifications.rule_setting import (
    FIELDS,
    WantedRule,
    clock_words,
    rule_objections,
    rule_row,
    set_rule,
)
from instruments.qualifications.schemas import (
    QualificationRuleOut,
    RuleIn,
)
from instruments.qualifications.subjects import Owner
from instruments.qualifications.views.doors import the
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, fitting, takes

NIGHT = ("night_from", "night_until")
RULE = "/<any(labs, instruments):kind>/<int:owner_id>/qualification-rule"


@api.get(RULE)
@token_required("labs:read")
@api.output(QualificationRuleOut)
def rule(kind: str, owner_id: int) -> Response:
    """What a lab, or an instrument for itself, asks of users."""
    owner = _owner(kind, owner_id)
    require(Action.RULES_EDIT, _scope(owner))
    return _rule(rule_row(owner))


@api.put(RULE)
@token_required("labs:write")
@takes(api, RuleIn)
@api.output(QualificationRuleOut)
@api.doc(responses=[412, 428])
def set_one_rule(kind: str, owner_id: int, wanted: Incoming[RuleIn]) -> Response:
    """Set all of it at once. Needs If-Match, "0" where nothing was ever set."""
    owner, now = _owner(kind, owner_id), clock.now()
    actor, row = require(Action.RULES_EDIT, _scope(owner)), rule_row(owner)
    version, said = versions.matched(row.version if row else 0), _wanted(wanted)
    perform(lambda: set_rule(actor, _owner(kind, owner_id), said, version, now))
    return _rule(rule_row(_owner(kind, owner_id)))


def _wanted(wanted: Incoming[RuleIn]) -> WantedRule:
    """The rule, if all of it can be read and can stand; raises Refusal with every reason."""
    body, unread = fitting(wanted)
    said = body.model_dump() | {name: _minute(getattr(body, name)) for name in NIGHT}
    if unread:
        # What the two times say together is left open where one of them is not known.
        is_dark = {reason.field for reason in unread} & {*NIGHT}
        found = rule_objections(WantedRule(**said))
        raise Refusal(together(unread, [each for each in found if not (is_dark and each.field in NIGHT)]))
    return WantedRule(**said)


def _rule(row: QualificationRule | None) -> Response:
    source = row or WantedRule()
    body: dict[str, Any] = {name: getattr(source, name) for name in FIELDS}
    for name in NIGHT:
        body[name] = clock_words(body[name]) or None
    body |= {"in_force": row.in_force if row else True, "version": row.version if row else 0}
    return answer(body, version=body["version"])


def _owner(kind: str, owner_id: int) -> Owner:
    return the(Lab, owner_id) if kind == "labs" else the(Instrument, owner_id)


def _scope(owner: Owner) -> Scope:
    return Scope(owner.institution_id, owner.id if isinstance(owner, Lab) else owner.lab_id)


def _minute(text: str | None) -> int | None:
    return None if text is None else int(text[:2]) * 60 + int(text[3:])
