"""Doors of an institution's calendar for programs: read its days, correct them, name seasons."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from apiflask import APIBlueprint
from flask import Response, url_for

from instruments.availability import correcting
from instruments.availability.day_lines import LONGEST_RUN, NamedDay
from instruments.availability.institution.schemas import (
    DayOut,
    DaySetIn,
    DaysOut,
    DaysQuery,
    SeasonIn,
    SeasonOut,
    SeasonsOut,
)
from instruments.availability.institution_days import (
    is_provisional,
    known_years,
    region_of,
    rows_between,
    today_of,
)
from instruments.availability.season_models import Season
from instruments.availability.season_setting import (
    SeasonWish,
    add_season,
    change_season,
    remove_season,
    season_in,
    seasons_of,
)
from instruments.availability.views.holidays import the_institution
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal
from instruments.people.bearer import token_required
from instruments.people.models import Institution
from instruments.people.rights import Action, Actor, Scope
from instruments.people.signing import require
from instruments.web import clock, versions
from instruments.web.answers import Made, answer, made_once
from instruments.web.incoming import Incoming, asks, takes, whole

api = APIBlueprint("institution_api", __name__, url_prefix="/api/v1", tag="Days and seasons")
DAYS = "/institutions/<int:institution_id>/days"
SEASONS = "/institutions/<int:institution_id>/seasons"


@api.get(DAYS)
@token_required("catalog:read")
@asks(api, DaysQuery)
@api.output(DaysOut)
@api.doc(responses=[404])
def days(institution_id: int, query: DaysQuery) -> Response:
    """The days of a year that are not what their weekday says."""
    institution = the_institution(institution_id)
    today, region = today_of(institution, clock.now()), region_of(institution)
    year = query.year or today.year
    return answer(
        {
            "year": year,
            "region": region,
            "provisional": is_provisional(region, year, known_years(institution_id), today),
            "items": _days(institution, date(year, 1, 1), date(year, 12, 31)),
        }
    )


@api.post(DAYS)
@token_required("labs:write")
@takes(api, DaySetIn)
@api.output(DaysOut)
@api.doc(responses=[404])
def set_days(institution_id: int, wanted: Incoming[DaySetIn]) -> Response:
    """Say what days are; this counts before what was announced. The answer has the days that were set."""
    actor, now = _editor(the_institution(institution_id)), clock.now()
    body = whole(wanted)
    named = _named(body)

    def act() -> dict[str, Any]:
        institution = the_institution(institution_id)
        today, region = today_of(institution, now), region_of(institution)
        correcting.correct(
            institution, named, body.kind,
            replaces=body.replaces, today=today, actor_id=actor.person_id, now=now,
        )  # fmt: skip
        known, year = known_years(institution_id), body.first.year
        return {
            "year": year,
            "region": region,
            "provisional": is_provisional(region, year, known, today),
            "items": _days(institution, body.first, body.last or body.first),
        }

    return answer(perform(act))


@api.delete(f"{DAYS}/<string:day>")
@token_required("labs:write")
@api.output({}, 204)
@api.doc(responses=[404, 422])
def take_day_back(institution_id: int, day: str) -> Response:
    """Take back what was set by hand: the announcement holds again, or the weekday. Taken back already, it stays so."""
    actor, now = _editor(the_institution(institution_id)), clock.now()
    gone = correcting.day_from(day)

    def act() -> None:
        institution = the_institution(institution_id)
        correcting.take_back(
            institution, gone, today=today_of(institution, now), actor_id=actor.person_id, now=now
        )

    perform(act)
    return Response(status=204)


@api.get(SEASONS)
@token_required("catalog:read")
@api.output(SeasonsOut)
@api.doc(responses=[404])
def seasons(institution_id: int) -> Response:
    """The seasons of an institution, by name."""
    the_institution(institution_id)
    return answer({"items": [_season(row) for row in seasons_of(institution_id)]})


@api.post(SEASONS)
@token_required("labs:write")
@takes(api, SeasonIn)
@api.output(SeasonOut, 201)
@api.doc(responses=[404])
def name_season(institution_id: int, wanted: Incoming[SeasonIn]) -> Response:
    """Name a season."""
    actor, now = _editor(the_institution(institution_id)), clock.now()
    wish = _wish(whole(wanted))

    def act() -> Made:
        row = add_season(the_institution(institution_id), wish, actor_id=actor.person_id, now=now)
        place = {"institution_id": institution_id, "season_id": row.id}
        return Made(_season(row), row.version, url_for("institution_api.season", **place))

    return made_once(actor.person_id, now, act)


@api.get(f"{SEASONS}/<int:season_id>")
@token_required("catalog:read")
@api.output(SeasonOut)
@api.doc(responses=[404])
def season(institution_id: int, season_id: int) -> Response:
    """One season; its ETag is what a change must name."""
    row = season_in(institution_id, season_id)
    return answer(_season(row), version=row.version)


@api.put(f"{SEASONS}/<int:season_id>")
@token_required("labs:write")
@takes(api, SeasonIn)
@api.output(SeasonOut)
@api.doc(responses=[404, 412, 428])
def replace_season(institution_id: int, season_id: int, wanted: Incoming[SeasonIn]) -> Response:
    """Rename a season or move its dates; what refers to it moves along, what is over stays. Needs If-Match."""
    actor, now = _editor(the_institution(institution_id)), clock.now()
    present = season_in(institution_id, season_id).version
    version, wish = versions.matched(present), _wish(whole(wanted))
    perform(
        lambda: change_season(
            season_in(institution_id, season_id), wish,
            version=present if version is None else version, actor_id=actor.person_id, now=now,
        )
    )  # fmt: skip
    row = season_in(institution_id, season_id)
    return answer(_season(row), version=row.version)


@api.delete(f"{SEASONS}/<int:season_id>")
@token_required("labs:write")
@api.output({}, 204)
@api.doc(responses=[404, 412, 422, 428])
def forget_season(institution_id: int, season_id: int) -> Response:
    """Forget a season that nothing refers to. Needs If-Match."""
    actor, now = _editor(the_institution(institution_id)), clock.now()
    present = season_in(institution_id, season_id).version
    version = versions.matched(present)
    perform(
        lambda: remove_season(
            season_in(institution_id, season_id),
            version=present if version is None else version, actor_id=actor.person_id, now=now,
        )
    )  # fmt: skip
    return Response(status=204)


def _editor(institution: Institution) -> Actor:
    return require(Action.HOLIDAYS_EDIT, Scope(institution_id=institution.id))


def _days(institution: Institution, first: date, last: date) -> list[dict[str, Any]]:
    rows = rows_between(institution.id, first, last)
    return [{name: getattr(row, name) for name in DayOut.model_fields} for row in rows]


def _named(body: DaySetIn) -> list[NamedDay]:
    """The days with their names; where one is not given, it is the other. Raises Refusal."""
    count = ((body.last or body.first) - body.first).days + 1
    reasons = []
    if not 0 < count <= LONGEST_RUN:
        sentence = N_("The days must run forward, %(most)s at most.")
        reasons.append(Reason("holiday_run", "last", sentence, {"most": LONGEST_RUN}))
    name_en, name_zh = body.name_en.strip(), body.name_zh.strip()
    if not (name_en or name_zh):
        reasons.append(Reason("name_missing", "name_en", N_("Write a name in at least one language.")))
    if reasons:
        raise Refusal(reasons)
    names = (name_en or name_zh, name_zh or name_en)
    return [NamedDay(body.first + timedelta(days=number), *names) for number in range(count)]


def _wish(body: SeasonIn) -> SeasonWish:
    spans = [(span.first, span.last) for span in body.spans]
    if any(last < first for first, last in spans):
        raise Refusal([Reason("span_order", "spans", N_("The last day lies before the first."))])
    return SeasonWish(body.kind, body.name_en.strip(), body.name_zh.strip(), spans)


def _season(row: Season) -> dict[str, Any]:
    spans = [{"first": span.first_day, "last": span.last_day} for span in row.spans]
    told = {name: getattr(row, name) for name in SeasonOut.model_fields if name != "spans"}
    return told | {"spans": spans}
