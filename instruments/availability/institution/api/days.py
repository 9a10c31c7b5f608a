"""Doors for programs: read the days of an institution, and correct them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from flask import Response

from instruments.availability import correcting
from instruments.availability.day_lines import LONGEST_RUN, NamedDay
from instruments.availability.institution.api.telling import api, days_told, editor, year_told
from instruments.availability.institution.schemas import DaySetIn, DaysOut, DaysQuery
from instruments.availability.institution_days import today_of
from instruments.availability.views.holidays import the_institution
from instruments.database.transactions import perform
from instruments.errors import N_, Reason
from instruments.people.bearer import token_required
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, asks, fitting, takes
from instruments.web.reasons import sent_as

DAYS = "/institutions/<int:institution_id>/days"
FAR = "2099-12-31"
# The name under which programs send what the acts call otherwise.
NAMES = {"lines": "first"}


@api.get(DAYS)
@token_required("catalog:read")
@asks(api, DaysQuery)
@api.output(DaysOut)
@api.doc(responses=[404])
def days(institution_id: int, query: DaysQuery) -> Response:
    """The days of a year that are not what their weekday says."""
    institution = the_institution(institution_id)
    return answer(year_told(institution, query.year or today_of(institution, clock.now()).year))


@api.post(DAYS)
@token_required("labs:write")
@takes(api, DaySetIn)
@api.output(DaysOut)
@api.doc(responses=[404])
def set_days(institution_id: int, wanted: Incoming[DaySetIn]) -> Response:
    """Say what days are; this counts before what was announced. The answer has the days that were set."""
    actor, now = editor(the_institution(institution_id)), clock.now()
    # What stands for a day or a kind that cannot be read: nothing is said against it.
    body, unread = fitting(wanted, first=FAR, kind="holiday")
    named, reasons = _named(body, {reason.field for reason in unread})
    replaces = body.replaces if all(reason.field != "kind" for reason in unread) else None

    def act() -> dict[str, Any]:
        institution = the_institution(institution_id)
        correcting.correct(
            institution, named, body.kind, replaces=replaces, today=today_of(institution, now),
            actor_id=actor.person_id, now=now, more=[*unread, *reasons],
        )  # fmt: skip
        return days_told(institution, body.first, body.last or body.first)

    with sent_as(NAMES):
        return answer(perform(act))


@api.delete(f"{DAYS}/<string:day>")
@token_required("labs:write")
@api.output({}, 204)
@api.doc(responses=[404, 422])
def take_day_back(institution_id: int, day: str) -> Response:
    """Take back what was set by hand: the announcement holds again, or the weekday. Taken back already, it stays so."""
    actor, now = editor(the_institution(institution_id)), clock.now()
    gone = correcting.day_from(day)

    def act() -> None:
        institution = the_institution(institution_id)
        correcting.take_back(
            institution, gone, today=today_of(institution, now), actor_id=actor.person_id, now=now
        )

    perform(act)
    return Response(status=204)


def _named(body: DaySetIn, unread: Collection[str | None]) -> tuple[list[NamedDay], list[Reason]]:
    """The days with their names; where one is not given, it is the other. And what stands against either."""
    count = 0 if {"first", "last"} & {*unread} else ((body.last or body.first) - body.first).days + 1
    reasons = []
    if not 0 < count <= LONGEST_RUN and not {"first", "last"} & {*unread}:
        sentence = N_("The days must run forward, %(most)s at most.")
        reasons.append(Reason("holiday_run", "last", sentence, {"most": LONGEST_RUN}))
        count = 0
    name_en, name_zh = body.name_en.strip(), body.name_zh.strip()
    if not (name_en or name_zh or {"name_en", "name_zh"} & {*unread}):
        reasons.append(Reason("name_missing", "name_en", N_("Write a name in at least one language.")))
    names = (name_en or name_zh, name_zh or name_en)
    return [NamedDay(body.first + timedelta(days=number), *names) for number in range(count)], reasons
