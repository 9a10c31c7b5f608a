"""Doors of weekly hours for programs: what is published, and changes of it, which can be tried first."""

from __future__ import annotations

from flask import Response

from instruments.availability import hours
from instruments.availability.hours_in_season import in_season, publish_in_season
from instruments.availability.models import OpeningHours
from instruments.availability.opening import ValidWeek
from instruments.availability.owners import Owner, lab_of
from instruments.availability.proposed import ending, following_the_lab, with_week, without_week
from instruments.availability.season_setting import season_in, season_objections
from instruments.availability.views.doors import the_owner
from instruments.availability.week import Week, parse_week
from instruments.catalog.models import Instrument
from instruments.errors import N_, Reason, Refusal
from instruments.people.bearer import token_required, token_welcome
from instruments.people.models import Lab
from instruments.reservations.hours.api.doing import ADDRESS, Plan, api, by, changed, nothing, published
from instruments.reservations.hours.schemas import FollowIn, HoursOut, TakeBackIn, WeekIn
from instruments.web import clock, versions
from instruments.web.incoming import Incoming, takes


@api.get(ADDRESS)
@token_welcome()
@api.output(HoursOut)
@api.doc(responses=[304, 404])
def published_hours(kind: str, owner_id: int) -> Response:
    """What a lab or an instrument publishes; the ETag is what a change must name."""
    return versions.conditional(published(the_owner(kind, owner_id)))


@api.post(ADDRESS)
@token_required("labs:write")
@takes(api, WeekIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def publish(kind: str, owner_id: int, wanted: Incoming[WeekIn]) -> Response:
    """Publish a week, from a date on or for the coming dates of a season. What is over and reservations stay as they are.
    Needs If-Match."""
    unread = {reason.field for reason in wanted.reasons}

    def planned(owner: Owner, body: WeekIn) -> Plan:
        # Where the season cannot be read, nothing is known of the dates.
        reasons = [] if "season_id" in unread else _date_reasons(owner, body)
        try:
            week = parse_week(body.week, "week")
        except Refusal as refused:
            raise Refusal([*refused.reasons, *reasons]) from None
        if reasons:
            raise Refusal(reasons)
        if body.season_id is not None:
            return _in_season(owner, week, body)
        valid = ValidWeek(week, body.valid_from, body.valid_to, frozenset(body.circles))
        seen, who = hours.state_of(hours.weeks_of(owner)), by(owner)
        return Plan(
            with_week(valid, of_lab=isinstance(owner, Lab)),
            lambda: hours.publish_week(
                owner,
                week,
                since=body.valid_from,
                until=body.valid_to,
                circles=body.circles,
                seen=seen,
                **who,
            ),
        )

    return changed(kind, owner_id, wanted, planned, week="closed")


@api.post(f"{ADDRESS}/follow-lab")
@token_required("labs:write")
@takes(api, FollowIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def follow_lab(kind: str, owner_id: int, wanted: Incoming[FollowIn]) -> Response:
    """Let the hours of the lab hold for its instrument from a date on. Needs If-Match."""

    def planned(owner: Owner, body: FollowIn) -> Plan:
        if not isinstance(owner, Instrument):
            raise nothing()
        seen, who = hours.state_of(hours.weeks_of(owner)), by(owner)
        return Plan(
            following_the_lab(body.valid_from),
            lambda: hours.follow_lab(owner, since=body.valid_from, seen=seen, **who),
        )

    return changed(kind, owner_id, wanted, planned)


@api.post(f"{ADDRESS}/<int:hours_id>/take-back")
@token_required("labs:write")
@takes(api, TakeBackIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def take_back(kind: str, owner_id: int, hours_id: int, wanted: Incoming[TakeBackIn]) -> Response:
    """Take back a week that has not begun. Needs If-Match."""

    def planned(owner: Owner, _body: TakeBackIn) -> Plan:
        weeks, who = hours.weeks_of(owner), by(owner)
        row = next((row for row in weeks if row.id == hours_id), None)
        if row is None:
            raise nothing()
        gone = _valid(row)
        seen = hours.state_of(weeks)
        return Plan(
            without_week(gone, of_lab=isinstance(owner, Lab)),
            lambda: hours.drop_plan(owner, hours_id, seen=seen, **who),
        )

    return changed(kind, owner_id, wanted, planned)


@api.post(f"{ADDRESS}/<int:hours_id>/end")
@token_required("labs:write")
@takes(api, TakeBackIn)
@api.output(HoursOut)
@api.doc(responses=[404, 412, 428])
def end_for_some(kind: str, owner_id: int, hours_id: int, wanted: Incoming[TakeBackIn]) -> Response:
    """End a week that is for some with today: from tomorrow on they have the hours of everybody. Needs If-Match."""

    def planned(owner: Owner, _body: TakeBackIn) -> Plan:
        weeks, who = hours.weeks_of(owner), by(owner)
        row = next((row for row in weeks if row.id == hours_id), None)
        if row is None:
            raise nothing()
        seen, today = hours.state_of(weeks), hours.today_at(owner, who["now"])
        return Plan(
            ending(_valid(row), today, of_lab=isinstance(owner, Lab)),
            lambda: hours.end_today(owner, hours_id, seen=seen, **who),
        )

    return changed(kind, owner_id, wanted, planned)


def _date_reasons(owner: Owner, body: WeekIn) -> list[Reason]:
    """What stands against the dates, or the season in their place."""
    if body.season_id is not None:
        if body.valid_from is not None or body.valid_to is not None:
            sentence = N_("The season says the dates: send either it, or dates of your own.")
            return [Reason("season_or_dates", "season_id", sentence)]
        return season_objections(lab_of(owner).institution_id, body.season_id)
    if body.valid_from is None:
        return [Reason("missing", "valid_from", N_("Say from which date on, or for which season."))]
    return hours.date_reasons(owner, body.valid_from, body.valid_to, clock.now())


def _in_season(owner: Owner, week: Week, body: WeekIn) -> Plan:
    """Publish in the coming dates of a season, with which it then moves."""
    institution_id, number, who = lab_of(owner).institution_id, body.season_id or 0, by(owner)
    seen, season = hours.state_of(hours.weeks_of(owner)), season_in(institution_id, number)
    return Plan(
        in_season(owner, week, season, body.circles, who["now"]),
        lambda: publish_in_season(
            owner, week, season_in(institution_id, number), circles=body.circles, seen=seen, **who
        ),
    )


def _valid(row: OpeningHours) -> ValidWeek:
    """A published week, as the rules have it."""
    return ValidWeek(parse_week(row.week), row.valid_from, row.valid_to, frozenset(row.circles.split()))
