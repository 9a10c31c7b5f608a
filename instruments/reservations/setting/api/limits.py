"""Doors of limits for programs that set them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, url_for

from instruments.availability.hours import today_at
from instruments.availability.owners import Owner
from instruments.availability.views.doors import lab_or_instrument
from instruments.database.transactions import perform
from instruments.errors import Reason, Refusal, together
from instruments.people.bearer import token_required
from instruments.reservations import limits
from instruments.reservations.dating import add_dated, dated_of, end_dated
from instruments.reservations.limiting import defaults_for, rules_row, set_rules, version_of
from instruments.reservations.setting.api.telling import INSTRUMENT, LAB, allowed, api
from instruments.reservations.setting.schemas import DatedIn, DatedOut, EndedOut, OwnLimits, SetLimitsOut
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, fitted, fitting, takes
from instruments.web.reasons import sent_as

# The names under which programs send what the acts call otherwise.
NAMES = {"since": "first", "until": "last"}


@api.get(f"{LAB}/limits", endpoint="limits_of_lab")
@api.get(f"{INSTRUMENT}/limits", endpoint="limits_of_instrument")
@token_required("labs:read")
@api.output(SetLimitsOut)
@api.doc(responses=[404])
def limits_of(lab_id: int | None = None, instrument_id: int | None = None) -> Response:
    """The limits set by a lab or for an instrument that I manage; what holds for me is at …/rules."""
    owner = lab_or_instrument(lab_id, instrument_id)
    allowed(owner)
    return _limits(owner)


@api.put(f"{LAB}/limits", endpoint="set_limits_of_lab")
@api.put(f"{INSTRUMENT}/limits", endpoint="set_limits_of_instrument")
@token_required("labs:write")
@takes(api, OwnLimits)
@api.output(SetLimitsOut)
@api.doc(responses=[404, 412, 428])
def set_limits(
    wanted: Incoming[OwnLimits], lab_id: int | None = None, instrument_id: int | None = None
) -> Response:
    """Set every limit; what is left out is null. Bookings that are made stay as they are. Needs If-Match."""
    owner, now = lab_or_instrument(lab_id, instrument_id), clock.now()
    actor, present = allowed(owner), version_of(owner)
    version = versions.matched(present)
    own = _own_limits(owner, wanted)
    perform(
        lambda: set_rules(
            actor,
            lab_or_instrument(lab_id, instrument_id),
            own,
            present if version is None else version,
            now,
        )
    )
    return _limits(lab_or_instrument(lab_id, instrument_id))


@api.post(f"{LAB}/dated-limits", endpoint="add_dated_of_lab")
@api.post(f"{INSTRUMENT}/dated-limits", endpoint="add_dated_of_instrument")
@token_required("labs:write")
@takes(api, DatedIn)
@api.output(DatedOut, 201)
@api.doc(responses=[404])
def add_dated_limits(
    wanted: Incoming[DatedIn], lab_id: int | None = None, instrument_id: int | None = None
) -> Response:
    """Set limits for reservations that start on certain dates."""
    owner, now = lab_or_instrument(lab_id, instrument_id), clock.now()
    actor, today = allowed(owner), today_at(owner, now)
    body, unread = fitting(wanted, first=today.isoformat(), limits={})
    own, unread = _limits_sent(wanted, unread)
    # What the two dates say together is left open where the first is not known.
    last = None if any(reason.field == "first" for reason in unread) else body.last
    dates, season_id = (body.first, last), body.season_id
    of, place = (
        ("lab", {"lab_id": lab_id})
        if instrument_id is None
        else ("instrument", {"instrument_id": instrument_id})
    )

    def act() -> Made:
        owner = lab_or_instrument(lab_id, instrument_id)
        made = add_dated(actor, owner, own, dates, now, unread, season_id=season_id)
        return Made(_dated(made), version_of(owner), url_for(f"setting_api.limits_of_{of}", **place))

    with sent_as(NAMES):
        return made_once(actor.person_id, now, act)


@api.delete(f"{LAB}/dated-limits/<int:number>", endpoint="end_dated_of_lab")
@api.delete(f"{INSTRUMENT}/dated-limits/<int:number>", endpoint="end_dated_of_instrument")
@token_required("labs:write")
@api.output(EndedOut)
@api.doc(responses=[404])
def end_dated_limits(number: int, lab_id: int | None = None, instrument_id: int | None = None) -> Response:
    """Take a set back that has not begun; one that holds ends with today."""
    actor, now = allowed(lab_or_instrument(lab_id, instrument_id)), clock.now()
    removed = perform(lambda: end_dated(actor, lab_or_instrument(lab_id, instrument_id), number, now))
    return answer({"taken_back": removed})


def _own_limits(owner: Owner, wanted: Incoming[OwnLimits]) -> dict[str, Any]:
    """Every limit, if all of it can be read and can stand; raises Refusal with every reason."""
    body, unread = fitting(wanted)
    own = body.model_dump()
    if unread:
        names = [reason.field or "" for reason in unread]
        raise Refusal(together(unread, limits.objections(own, defaults_for(owner), names)))
    return own


def _limits_sent(wanted: Incoming[DatedIn], unread: list[Reason]) -> tuple[dict[str, Any], list[Reason]]:
    """The limits within, as far as they can be read, and what could not: each limit by its own name."""
    sent = wanted.sent.get("limits")
    if not isinstance(sent, dict):
        return dict.fromkeys(limits.LIMITS), unread
    body, wrong = fitting(fitted(OwnLimits, sent, strict=True))
    return body.model_dump(), [*(reason for reason in unread if reason.field != "limits"), *wrong]


def _limits(owner: Owner) -> Response:
    version = version_of(owner)
    body = {
        "own": _own(rules_row(owner)),
        "otherwise": asdict(defaults_for(owner)),
        "dated": [_dated(each) for each in dated_of(owner, clock.now())],
        "version": version,
    }
    return answer(body, version=version)


def _own(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name, None) for name in limits.LIMITS}


def _dated(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "first": row.valid_from,
        "last": row.valid_to,
        "season_id": row.season_id,
        "limits": _own(row),
    }
