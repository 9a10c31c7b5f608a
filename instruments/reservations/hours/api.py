"""Doors of opening hours for programs: what a lab or an instrument publishes, and changes of it, which can be tried first."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response, request

from instruments.availability import differing, hours
from instruments.availability.closures import instruments_of
from instruments.availability.opening import ValidDay, ValidWeek
from instruments.availability.owners import Owner, lab_of
from instruments.availability.proposed import (
    Change,
    both,
    following_the_lab,
    with_days,
    with_week,
    without_days,
    without_week,
)
from instruments.availability.views.doors import scope_of, the_owner
from instruments.availability.week import parse_week
from instruments.catalog.models import Instrument
from instruments.database.transactions import perform
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.bearer import token_required, token_welcome
from instruments.people.models import Lab
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.reservations.hours import wire
from instruments.reservations.hours.schemas import DaysIn, FollowIn, HoursOut, OutsideOut, TakeBackIn, WeekIn
from instruments.reservations.outside_hours import falling_outside, outside_hours
from instruments.web import clock, versions
from instruments.web.incoming import Incoming, takes

api = APIBlueprint("hours_api", __name__, url_prefix="/api/v1", tag="Opening hours")
ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/hours"
# The names under which programs send what the acts call otherwise.
NAMES = {"since": "valid_from", "first": "valid_from", "until": "valid_to", "last": "valid_to"}


@dataclass(frozen=True)
class Plan:
    """A deed that can be tried first: what it would change, and how it is done."""

    change: Change
    act: Callable[[], object]


@api.get(ADDRESS)
@token_welcome()
@api.output(HoursOut)
@api.doc(responses=[304, 404])
def published_hours(kind: str, owner_id: int) -> Response:
    """What a lab or an instrument publishes; the ETag is what a change must name."""
    return _answer(the_owner(kind, owner_id)).make_conditional(request)


@api.get(f"{ADDRESS}/outside")
@token_required("labs:read")
@api.output(OutsideOut)
@api.doc(responses=[404])
def outside(kind: str, owner_id: int) -> Response:
    """The live reservations that lie outside the published hours, for whoever may change these."""
    owner = _allowed(kind, owner_id)
    return _json(wire.outside(outside_hours(instruments_of(owner), clock.now())))


@api.post(ADDRESS)
@token_required("labs:write")
@takes(api, WeekIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def publish(kind: str, owner_id: int, wanted: Incoming[WeekIn]) -> Response:
    """Publish a week. Days that are over and reservations stay as they are. Needs If-Match."""

    def planned(owner: Owner, body: WeekIn) -> Plan:
        reasons = hours.date_reasons(owner, body.valid_from, body.valid_to, clock.now())
        try:
            week = parse_week(body.week, "week")
        except Refusal as refused:
            raise Refusal([*refused.reasons, *reasons]) from None
        if reasons:
            raise Refusal(reasons)
        valid = ValidWeek(week, body.valid_from, body.valid_to, frozenset(body.circles))
        seen, by = hours.state_of(hours.weeks_of(owner)), _by(owner)
        return Plan(
            with_week(valid, of_lab=isinstance(owner, Lab)),
            lambda: hours.publish_week(
                owner, week, since=body.valid_from, until=body.valid_to, circles=body.circles, seen=seen, **by
            ),
        )

    return _changed(kind, owner_id, wanted, planned)


@api.post(f"{ADDRESS}/follow-lab")
@token_required("labs:write")
@takes(api, FollowIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def follow_lab(kind: str, owner_id: int, wanted: Incoming[FollowIn]) -> Response:
    """Let the hours of the lab hold for its instrument from a date on. Needs If-Match."""

    def planned(owner: Owner, body: FollowIn) -> Plan:
        if not isinstance(owner, Instrument):
            raise _nothing()
        seen, by = hours.state_of(hours.weeks_of(owner)), _by(owner)
        return Plan(
            following_the_lab(body.valid_from),
            lambda: hours.follow_lab(owner, since=body.valid_from, seen=seen, **by),
        )

    return _changed(kind, owner_id, wanted, planned)


@api.post(f"{ADDRESS}/<int:hours_id>/take-back")
@token_required("labs:write")
@takes(api, TakeBackIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def take_back(kind: str, owner_id: int, hours_id: int, wanted: Incoming[TakeBackIn]) -> Response:
    """Take back a week that has not begun. Needs If-Match."""

    def planned(owner: Owner, _body: TakeBackIn) -> Plan:
        weeks, by = hours.weeks_of(owner), _by(owner)
        row = next((row for row in weeks if row.id == hours_id), None)
        if row is None:
            raise _nothing()
        circles = frozenset(row.circles.split())
        gone = ValidWeek(parse_week(row.week), row.valid_from, row.valid_to, circles)
        seen = hours.state_of(weeks)
        return Plan(
            without_week(gone, of_lab=isinstance(owner, Lab)),
            lambda: hours.drop_plan(owner, hours_id, seen=seen, **by),
        )

    return _changed(kind, owner_id, wanted, planned)


@api.post(f"{ADDRESS}/days")
@token_required("labs:write")
@takes(api, DaysIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def add_days(kind: str, owner_id: int, wanted: Incoming[DaysIn]) -> Response:
    """Let days differ from the week: closed, or with hours of their own, also on a holiday. Needs If-Match."""

    def planned(owner: Owner, body: DaysIn) -> Plan:
        asked, by = _days(body), _by(owner)
        day = ValidDay(differing.read_wanted(owner, asked, by["now"]), asked.first, asked.last, asked.reason)
        return Plan(
            with_days(day, of_lab=isinstance(owner, Lab)), lambda: differing.add_days(owner, asked, **by)
        )

    return _changed(kind, owner_id, wanted, planned)


@api.put(f"{ADDRESS}/days/<int:number>")
@token_required("labs:write")
@takes(api, DaysIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def change_days(kind: str, owner_id: int, number: int, wanted: Incoming[DaysIn]) -> Response:
    """Say anew what is not over of days that differ. Needs If-Match."""

    def planned(owner: Owner, body: DaysIn) -> Plan:
        row, asked, by = differing.the_days(owner, number), _days(body), _by(owner)
        spans = differing.read_wanted(owner, asked, by["now"], row)
        of_lab, version = isinstance(owner, Lab), row.version
        day = ValidDay(spans, asked.first, asked.last, asked.reason)
        return Plan(
            both(without_days(wire.valid_day(row), of_lab=of_lab), with_days(day, of_lab=of_lab)),
            lambda: differing.change_days(row, asked, version=version, **by),
        )

    return _changed(kind, owner_id, wanted, planned)


@api.post(f"{ADDRESS}/days/<int:number>/take-back")
@token_required("labs:write")
@takes(api, TakeBackIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def take_back_days(kind: str, owner_id: int, number: int, wanted: Incoming[TakeBackIn]) -> Response:
    """Let the week hold again; of days that have begun, those that are over stay. Needs If-Match."""

    def planned(owner: Owner, _body: TakeBackIn) -> Plan:
        row, by = differing.the_days(owner, number), _by(owner)
        version = row.version
        return Plan(
            without_days(wire.valid_day(row), of_lab=isinstance(owner, Lab)),
            lambda: differing.remove_days(row, version=version, **by),
        )

    return _changed(kind, owner_id, wanted, planned)


def _allowed(kind: str, owner_id: int) -> Owner:
    owner = the_owner(kind, owner_id)
    require(Action.HOURS_EDIT, scope_of(owner))
    return owner


def _by(owner: Owner) -> dict[str, Any]:
    return {"actor_id": require(Action.HOURS_EDIT, scope_of(owner)).person_id, "now": clock.now()}


def _changed(
    kind: str, owner_id: int, wanted: Incoming[Any], planned: Callable[[Owner, Any], Plan]
) -> Response:
    """Do it, or only try it: 404, 403, 428, 412, and only then the body."""
    owner = _allowed(kind, owner_id)
    versions.matched(_state(owner))
    if wanted.value is None or wanted.reasons:
        raise Refusal(wanted.reasons)
    try:
        plan = planned(owner, wanted.value)
        left_out = falling_outside(instruments_of(owner), plan.change, clock.now())
        if not wanted.value.dry_run:
            perform(plan.act)
    except Refusal as refusal:
        raise _renamed(refusal) from refusal
    return _answer(the_owner(kind, owner_id), left_out)


def _renamed(refusal: Refusal) -> Refusal:
    """The same refusal about the fields as programs send them."""
    refusal.reasons = tuple(
        Reason(
            each.code,
            NAMES.get(each.field or "", each.field),
            each.message,
            each.values,
            each.remedy,
            each.fix,
        )
        for each in refusal.reasons
    )
    return refusal


def _days(body: DaysIn) -> differing.WantedDays:
    return differing.WantedDays(body.valid_from, body.valid_to or body.valid_from, body.times, body.reason)


def _nothing() -> NotFound:
    return NotFound([Reason("no_hours", None, N_("There are no such hours."))])


def _state(owner: Owner) -> str:
    """Stands for all that the owner publishes; differs as soon as any of it changes."""
    days = differing.days_of(owner, hours.today_at(owner, clock.now()))
    text = f"{hours.state_of(hours.weeks_of(owner))}/{' '.join(f'{row.id}.{row.version}' for row in days)}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _answer(owner: Owner, left_out: Sequence[int] | None = None) -> Response:
    weeks = hours.weeks_of(owner)
    days = differing.days_of(owner, hours.today_at(owner, clock.now()))
    body = {
        "lab_id": lab_of(owner).id,
        "instrument_id": owner.id if isinstance(owner, Instrument) else None,
        "zone": lab_of(owner).zone,
        "weeks": [wire.week(row, hours.last_day(row, weeks)) for row in weeks],
        "days": [wire.days(row) for row in days],
        "outside": None if left_out is None else wire.outside(left_out),
    }
    answer = _json(body)
    answer.set_etag(_state(owner))
    return answer


def _json(body: dict[str, Any]) -> Response:
    return Response(orjson.dumps(body), mimetype="application/json")
