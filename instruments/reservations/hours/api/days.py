"""Doors for programs of days that differ from the week."""

from __future__ import annotations

from flask import Response

from instruments.availability import differing
from instruments.availability.hours import today_at
from instruments.availability.opening import ValidDay
from instruments.availability.owners import Owner
from instruments.availability.proposed import both, with_days, without_days
from instruments.availability.views.doors import the_owner
from instruments.people.bearer import token_required
from instruments.people.models import Lab
from instruments.reservations.hours import wire
from instruments.reservations.hours.api.doing import ADDRESS, Plan, api, by, changed
from instruments.reservations.hours.schemas import DaysIn, HoursOut, TakeBackIn
from instruments.web import clock
from instruments.web.incoming import Incoming, takes


@api.post(f"{ADDRESS}/days")
@token_required("labs:write")
@takes(api, DaysIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def add_days(kind: str, owner_id: int, wanted: Incoming[DaysIn]) -> Response:
    """Let days differ from the week: closed, or with hours of their own, also on a holiday. Needs If-Match."""

    def planned(owner: Owner, body: DaysIn) -> Plan:
        asked, who = _days(body), by(owner)
        day = ValidDay(differing.read_wanted(owner, asked, who["now"]), asked.first, asked.last, asked.reason)
        return Plan(
            with_days(day, of_lab=isinstance(owner, Lab)), lambda: differing.add_days(owner, asked, **who)
        )

    return changed(kind, owner_id, wanted, planned, **_instead(wanted, kind, owner_id))


@api.put(f"{ADDRESS}/days/<int:number>")
@token_required("labs:write")
@takes(api, DaysIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def change_days(kind: str, owner_id: int, number: int, wanted: Incoming[DaysIn]) -> Response:
    """Say anew what is not over of days that differ. Needs If-Match."""

    def planned(owner: Owner, body: DaysIn) -> Plan:
        row, asked, who = differing.the_days(owner, number), _days(body), by(owner)
        spans = differing.read_wanted(owner, asked, who["now"], row)
        of_lab, version = isinstance(owner, Lab), row.version
        day = ValidDay(spans, asked.first, asked.last, asked.reason)
        return Plan(
            both(without_days(wire.valid_day(row), of_lab=of_lab), with_days(day, of_lab=of_lab)),
            lambda: differing.change_days(row, asked, version=version, **who),
        )

    return changed(kind, owner_id, wanted, planned, **_instead(wanted, kind, owner_id))


@api.post(f"{ADDRESS}/days/<int:number>/take-back")
@token_required("labs:write")
@takes(api, TakeBackIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def take_back_days(kind: str, owner_id: int, number: int, wanted: Incoming[TakeBackIn]) -> Response:
    """Let the week hold again; of days that have begun, those that are over stay. Needs If-Match."""

    def planned(owner: Owner, _body: TakeBackIn) -> Plan:
        row, who = differing.the_days(owner, number), by(owner)
        version = row.version
        return Plan(
            without_days(wire.valid_day(row), of_lab=isinstance(owner, Lab)),
            lambda: differing.remove_days(row, version=version, **who),
        )

    return changed(kind, owner_id, wanted, planned)


def _instead(wanted: Incoming[DaysIn], kind: str, owner_id: int) -> dict[str, object]:
    """What stands for fields that cannot be read: for the first day one that suits the last."""
    first = today_at(the_owner(kind, owner_id), clock.now()).isoformat()
    if all(reason.field != "valid_to" for reason in wanted.reasons):
        first = wanted.sent.get("valid_to") or first
    return {"valid_from": first, "times": "closed", "reason": "–"}


def _days(body: DaysIn) -> differing.WantedDays:
    return differing.WantedDays(body.valid_from, body.valid_to or body.valid_from, body.times, body.reason)
