"""Doors for programs that set how uses are kept."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response

from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import lab_or_instrument, scope_of
from instruments.database.transactions import perform
from instruments.errors import Refusal, together
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.usage.answer_schemas import SettingsOut
from instruments.usage.api.telling import api
from instruments.usage.rules import FIELDS, UsageRules, objections
from instruments.usage.schemas import SettingsIn
from instruments.usage.setting import rules_of_lab, set_usage, settings_row
from instruments.web import clock, versions
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, fitting, takes

LAB, INSTRUMENT = "/labs/<int:lab_id>/usage-settings", "/instruments/<int:instrument_id>/usage-settings"


@api.get(LAB, endpoint="settings_of_lab")
@api.get(INSTRUMENT, endpoint="settings_of_instrument")
@token_required("labs:read")
@api.output(SettingsOut)
@api.doc(responses=[404])
def settings(lab_id: int | None = None, instrument_id: int | None = None) -> Response:
    """How the uses of a lab or an instrument that I manage are kept; the ETag is what a change must name."""
    owner = lab_or_instrument(lab_id, instrument_id)
    require(Action.RULES_EDIT, scope_of(owner))
    return _told(owner)


@api.put(LAB, endpoint="set_settings_of_lab")
@api.put(INSTRUMENT, endpoint="set_settings_of_instrument")
@token_required("labs:write")
@takes(api, SettingsIn)
@api.output(SettingsOut)
@api.doc(responses=[404, 412, 428])
def set_settings(
    wanted: Incoming[SettingsIn], lab_id: int | None = None, instrument_id: int | None = None
) -> Response:
    """Set all of it; what is left out is null. Needs If-Match."""
    owner, now = lab_or_instrument(lab_id, instrument_id), clock.now()
    actor, present = require(Action.RULES_EDIT, scope_of(owner)), _version(owner)
    versions.matched(present)
    body, unread = fitting(wanted)
    own = body.model_dump()
    if unread:
        raise Refusal(together(unread, objections(own)))
    perform(lambda: set_usage(actor, lab_or_instrument(lab_id, instrument_id), own, present, now))
    return _told(lab_or_instrument(lab_id, instrument_id))


def _version(owner: Owner) -> int:
    row = settings_row(owner)
    return row.version if row else 0


def _told(owner: Owner) -> Response:
    row, version = settings_row(owner), _version(owner)
    otherwise = UsageRules() if isinstance(owner, Lab) else rules_of_lab(lab_of(owner).id)
    own = {name: getattr(row, name, None) for name in FIELDS}
    return answer({"own": own, "otherwise": asdict(otherwise), "version": version}, version=version)
