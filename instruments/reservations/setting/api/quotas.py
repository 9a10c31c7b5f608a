"""Doors of quotas for programs that set them."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from instruments.availability.views.doors import lab_or_instrument
from instruments.database.transactions import perform
from instruments.errors import Reason
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.reservations import quota_owners, quota_setting
from instruments.reservations.quota_models import QuotaRow
from instruments.reservations.setting.api.telling import INSTITUTION, INSTRUMENT, LAB, api
from instruments.reservations.setting.schemas import EndedOut, SetQuotaIn, SetQuotaOut, SetQuotasOut
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, fitting, takes
from instruments.web.reasons import sent_as

QUOTA = "/quotas/<int:quota_id>"
# The names under which programs send what the acts call otherwise.
NAMES = {"since": "valid_from", "until": "valid_to"}


@api.get(f"{INSTITUTION}/quotas", endpoint="quotas_of_institution")
@api.get(f"{LAB}/quotas", endpoint="quotas_of_lab")
@api.get(f"{INSTRUMENT}/quotas", endpoint="quotas_of_instrument")
@token_required("labs:read")
@api.output(SetQuotasOut)
@api.doc(responses=[404])
def quotas_of(**place: int) -> Response:
    """The quotas that an institution, a lab or an instrument that I manage has set."""
    owner = _quota_owner(**place)
    _may_set(owner)
    return answer({"items": [_quota(row) for row in quota_setting.quotas_of(owner, clock.now())]})


@api.post(f"{INSTITUTION}/quotas", endpoint="add_to_institution")
@api.post(f"{LAB}/quotas", endpoint="add_to_lab")
@api.post(f"{INSTRUMENT}/quotas", endpoint="add_to_instrument")
@token_required("labs:write")
@takes(api, SetQuotaIn)
@api.output(SetQuotaOut, 201)
@api.doc(responses=[404])
def add_quota(wanted: Incoming[SetQuotaIn], **place: int) -> Response:
    """Add a quota."""
    actor, now = _may_set(_quota_owner(**place)), clock.now()
    wish, unread = _wish(wanted)

    def act() -> Made:
        row = quota_setting.add_quota(actor, _quota_owner(**place), wish, now, unread)
        return Made(_quota(row), row.version, url_for("setting_api.quota", quota_id=row.id))

    with sent_as(NAMES):
        return made_once(actor.person_id, now, act)


@api.get(QUOTA)
@token_required("labs:read")
@api.output(SetQuotaOut)
@api.doc(responses=[404])
def quota(quota_id: int) -> Response:
    """One quota that is not over; its ETag is what a change must name."""
    row = _own_quota(quota_id)[1]
    return answer(_quota(row), version=row.version)


@api.put(QUOTA)
@token_required("labs:write")
@takes(api, SetQuotaIn)
@api.output(SetQuotaOut)
@api.doc(responses=[404, 412, 428])
def change_quota(quota_id: int, wanted: Incoming[SetQuotaIn]) -> Response:
    """Say a quota anew; one that has begun keeps the day it began. Needs If-Match."""
    actor, row, now = *_own_quota(quota_id), clock.now()
    version = versions.matched(row.version) or row.version
    wish, unread = _wish(wanted)

    def act() -> None:
        owner = quota_owners.owner_of(quota_setting.the_quota(quota_id))
        quota_setting.change_quota(actor, owner, quota_id, version, wish, now, unread)

    with sent_as(NAMES):
        perform(act)
    row = quota_setting.the_quota(quota_id)
    return answer(_quota(row), version=row.version)


@api.delete(QUOTA)
@token_required("labs:write")
@api.output(EndedOut)
@api.doc(responses=[404])
def end_quota(quota_id: int) -> Response:
    """Take a quota back that has not begun; one that holds ends with today."""
    actor, now = _own_quota(quota_id)[0], clock.now()

    def act() -> bool:
        owner = quota_owners.owner_of(quota_setting.the_quota(quota_id))
        return quota_setting.end_quota(actor, owner, quota_id, now)

    return answer({"taken_back": perform(act)})


def _quota_owner(**place: int) -> quota_owners.Owner:
    institution_id = place.pop("institution_id", None)
    if institution_id is not None:
        return quota_owners.the_institution(institution_id)
    return lab_or_instrument(place.get("lab_id"), place.get("instrument_id"))


def _may_set(owner: quota_owners.Owner) -> Actor:
    return require(Action.RULES_EDIT, quota_owners.scope_of(owner))


def _own_quota(quota_id: int) -> tuple[Actor, QuotaRow]:
    owner = quota_owners.owner_of(quota_setting.the_quota(quota_id))
    actor = _may_set(owner)
    return actor, quota_setting.quota_row(owner, quota_id, clock.now())


def _wish(wanted: Incoming[SetQuotaIn]) -> tuple[quota_setting.QuotaWish, list[Reason]]:
    """The quota as far as it can be read, and what could not."""
    body, unread = fitting(wanted, amount=1, measured="hours", per="week", holder="person", over="instrument")
    # What the two dates say together is left open where the first is not known.
    until = None if any(reason.field == "valid_from" for reason in unread) else body.valid_to
    wish = quota_setting.QuotaWish(
        body.amount, body.measured, body.per, body.holder, body.over, tuple(body.circles), body.peak,
        body.short_notice_hours, body.valid_from, until, body.season_id,
    )  # fmt: skip
    return wish, unread


def _quota(row: QuotaRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in SetQuotaOut.model_fields}
    return told | {"circles": row.circles.split()}
