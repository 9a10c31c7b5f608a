"""Doors of series for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import wraps
from typing import Any

from apiflask import APIBlueprint
from flask import Response, request, url_for
from sqlalchemy import Row

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Reason, Refusal, together
from instruments.funds.whose import note_looks
from instruments.people.bearer import token_required
from instruments.people.rights import Actor
from instruments.people.signing import the_actor
from instruments.reservations import wire as singles
from instruments.reservations.bookable import bookable
from instruments.reservations.booking import BookingRequest
from instruments.reservations.judging import wish_of
from instruments.reservations.lookup import looks_at_others, require_change
from instruments.reservations.moving import Change
from instruments.reservations.paying.schemas import payment_of
from instruments.reservations.series import wire
from instruments.reservations.series.changing import (
    Done,
    Which,
    answer_series,
    cancel_series,
    change_series,
)
from instruments.reservations.series.finding import reservations_of, series_row, version_of, visible
from instruments.reservations.series.making import book_series, refusal_of
from instruments.reservations.series.planning import CONFLICT, SeriesRequest, plan
from instruments.reservations.series.repetition import Repetition
from instruments.reservations.series.schemas import (
    WEEKDAYS,
    ChangeDecisionIn,
    PlanOut,
    SeriesAnswerIn,
    SeriesCancelIn,
    SeriesChangeIn,
    SeriesDecisionIn,
    SeriesIn,
    SeriesOut,
)  # fmt: skip
from instruments.reservations.series.settling import DROP, LEAVE, Decision
from instruments.reservations.users import second_named, user_sent
from instruments.timespan import Pair
from instruments.web import clock, idempotency, versions
from instruments.web.incoming import Incoming, fitting, takes
from instruments.web.reasons import sent_as

# The names under which programs send what the form of the page calls otherwise.
NAMES = {**singles.CONTRACT_NAMES, "repeat_until": "until", "repeats": "every"}

api = APIBlueprint("reservation_series_api", __name__, url_prefix="/api/v1", tag="Series")


@api.post("/reservation-series/plan")
@token_required("reservations:write")
@takes(api, SeriesIn)
@api.output(PlanOut)
@api.doc(responses=[404])
def plan_one(wanted: Incoming[SeriesIn]) -> Response:
    """Say what would become of each date of a series: every rule asked, as if those before it were booked.

    Nothing is written, nothing is held. A conflict comes with its reasons and the nearest free span.
    """
    actor, now = the_actor(), clock.now()
    with sent_as(NAMES):
        user, asked = _read(wanted, actor, now)
        return _json(wire.planned(plan(actor, user, asked, now)))


@api.post("/reservation-series")
@token_required("reservations:write")
@takes(api, SeriesIn)
@api.output(SeriesOut, 201)
@api.doc(responses=[404, 409])
def create(wanted: Incoming[SeriesIn]) -> Response:
    """Book every date of a series that `decisions` do not leave out, all of them or none.

    409 when times are taken, 422 with every reason of every date; ask for the plan to see the ways out.
    """
    actor, now, key = the_actor(), clock.now(), request.headers.get("Idempotency-Key")
    with sent_as(NAMES):
        user, asked = _read(wanted, actor, now, list(idempotency.key_objections(key)))

    def act() -> idempotency.KeptAnswer:
        made = book_series(actor, user, asked, now)
        row, rows = series_row(made.id, actor), reservations_of(made.id)
        address = url_for("reservation_series_api.one", series_id=made.id)
        etag = versions.etag(version_of(row, rows))
        return idempotency.KeptAnswer(201, address, etag, singles.encoded(wire.series(row, rows, actor)))

    try:
        answer = idempotency.once(
            actor.person_id, key, request.get_data(), now, lambda: _foreseen(actor, user, asked, now), act
        )
    except Refusal as refusal:
        raise _by_contract(refusal) from refusal
    return Response(
        answer.body,
        answer.status,
        {"Location": answer.location, "ETag": answer.etag},
        mimetype="application/json",
    )


def changeable(view: Callable[..., Response]) -> Callable[..., Response]:
    """Only who may change a series, and knows its version, gets as far as saying how: 404, 403, 428, 412."""

    @wraps(view)
    def guarded(series_id: int, **given: Any) -> Response:
        actor = the_actor()
        row = series_row(series_id, actor)
        require_change(actor, row)
        rows = reservations_of(series_id)
        return view(row=row, rows=rows, version=versions.matched(version_of(row, rows)), **given)

    return guarded


@api.get("/reservation-series/<int:series_id>")
@token_required("reservations:read")
@api.output(SeriesOut)
@api.doc(responses=[304])
def one(series_id: int) -> Response:
    """One series with its reservations; its ETag is what a change must name."""
    actor = the_actor()
    found = versions.conditional(_series(series_id, actor))
    shown = visible(reservations_of(series_id), actor)
    priced = wire.known_prices(shown, actor)
    if seen := looks_at_others(actor, [row for row in shown if row.id in priced]):
        perform(lambda: note_looks(actor, seen, clock.now(), "price"))
    return found


@api.patch("/reservation-series/<int:series_id>")
@token_required("reservations:write")
@changeable
@takes(api, SeriesChangeIn)
@api.output(SeriesOut)
@api.doc(responses=[409, 412, 428])
def amend(
    row: Row[Any], rows: Sequence[Row[Any]], version: int | None, wanted: Incoming[SeriesChangeIn]
) -> Response:
    """Move one of a series, it and those that follow, or all to come; or change what they say. Needs If-Match."""
    actor, now, body = the_actor(), clock.now(), _whole(wanted)
    which = _which(body.scope, body.reservation_id, rows, body.leave)
    which = replace(which, decisions=_decisions(body.decisions, rows, which))
    title = None if body.title is None else body.title.strip(" ")
    change = Change(
        body.start, body.end, body.purpose, title, body.show_name, body.reason, body.override_reason.strip(),
        body.hazardous, second_named(body.second_person, now),
    )  # fmt: skip
    return _done(row, actor, lambda: change_series(actor, row.id, which, change, version, now))


@api.post("/reservation-series/<int:series_id>/cancel")
@token_required("reservations:write")
@changeable
@takes(api, SeriesCancelIn)
@api.output(SeriesOut)
@api.doc(responses=[412, 428])
def cancel_one(
    row: Row[Any], rows: Sequence[Row[Any]], version: int | None, wanted: Incoming[SeriesCancelIn]
) -> Response:
    """Cancel one of a series, it and those that follow, or all to come, with a reason. Needs If-Match."""
    actor, now, body = the_actor(), clock.now(), _whole(wanted)
    which = _which(body.scope, body.reservation_id, rows, body.leave)
    return _done(row, actor, lambda: cancel_series(actor, row.id, which, body.reason, version, now))


@api.post("/reservation-series/<int:series_id>/approve")
@token_required("reservations:write")
@takes(api, SeriesAnswerIn)
@api.output(SeriesOut)
@api.doc(responses=[412, 428])
def approve_one(series_id: int, wanted: Incoming[SeriesAnswerIn]) -> Response:
    """Approve for the lab all that a series asks for. Needs If-Match."""
    return _answered(series_id, wanted, approves=True)


@api.post("/reservation-series/<int:series_id>/decline")
@token_required("reservations:write")
@takes(api, SeriesAnswerIn)
@api.output(SeriesOut)
@api.doc(responses=[412, 428])
def decline_one(series_id: int, wanted: Incoming[SeriesAnswerIn]) -> Response:
    """Decline for the lab all that a series asks for, with a message. Needs If-Match."""
    return _answered(series_id, wanted, approves=False)


def _answered(series_id: int, wanted: Incoming[SeriesAnswerIn], *, approves: bool) -> Response:
    actor, now = the_actor(), clock.now()
    row = series_row(series_id, actor)
    version = versions.matched(version_of(row, reservations_of(series_id)))
    said = _whole(wanted).message
    return _done(row, actor, lambda: answer_series(actor, series_id, approves, said, version, now))


def _read(
    wanted: Incoming[SeriesIn], actor: Actor, now: datetime, more: Sequence[Reason] = ()
) -> tuple[Actor, SeriesRequest]:
    """Who it is for, and what is asked. Raises Refusal with all that cannot be read, and with what stands against the rest
    as a rule: of which dates nobody knows, none is judged."""
    body, unread = fitting(wanted, times=1)
    unread += more
    if not unread:
        return _asked(body, actor, now)
    try:
        user, asked = _asked(body, actor, now)
        plan(actor, user, asked, now, with_offers=False)
    except Refusal as refusal:
        if refusal.status != Refusal.status:
            raise
        raise Refusal(together(unread, _by_contract(refusal).reasons)) from refusal
    raise Refusal(unread)


def _asked(body: SeriesIn, actor: Actor, now: datetime) -> tuple[Actor, SeriesRequest]:
    user = user_sent(body.user, actor, body.instrument_id, now)
    group_id = body.group_id if body.group_id is not None else user.only_group
    booking = BookingRequest(
        body.instrument_id, body.start, body.end, body.purpose, body.title.strip(" "), group_id, body.show_name,
        override=body.override_reason.strip(), hazardous=body.hazardous,
        second_id=second_named(body.second_person, now), payment=payment_of(body),
    )  # fmt: skip
    at = Repetition.at(body.start, body.end, bookable(body.instrument_id).calendar.zone)
    rule = Repetition(
        at.first, at.starts, at.ends, at.nights, body.every,
        frozenset(WEEKDAYS.index(day) for day in body.weekdays), body.until, body.times, body.skip_holidays,
    )  # fmt: skip
    decisions = dict(map(_decision, body.decisions))
    if len(decisions) < len(body.decisions):
        raise Refusal([Reason("decision", "decisions", _ONE_THING)])
    return user, SeriesRequest(booking, rule, decisions)


_ONE_THING = N_("Decide one thing about each date: skip it, or give its start and end.")


def _decision(each: SeriesDecisionIn) -> tuple[int, Pair | None]:
    if each.start is not None and each.end is not None and not each.skip:
        return each.position, wish_of(each.start, each.end)
    if each.skip and each.start is None and each.end is None:
        return each.position, None
    raise Refusal([Reason("decision", "decisions", _ONE_THING)])


def _foreseen(actor: Actor, user: Actor, asked: SeriesRequest, now: datetime) -> None:
    """Refuse early, without a lock, what the plan already shows to conflict."""
    found = plan(actor, user, asked, now, with_offers=False)
    conflicts = [(row.span, Refusal(row.reasons)) for row in found.having(CONFLICT) if row.span is not None]
    if conflicts:
        raise refusal_of(conflicts, found.thing)


def _which(scope: str, reservation_id: int | None, rows: Sequence[Row[Any]], leaves: bool) -> Which:
    """Which are meant; raises Refusal when the reservation that they are counted from is none of the series."""
    place = next((each.position for each in rows if each.id == reservation_id), None)
    if place is None and (reservation_id is not None or scope != "all"):
        sentence = N_("Name a reservation of this series, from which they are counted.")
        raise Refusal([Reason("not_of_series", "reservation_id", sentence)])
    return Which(scope, -1 if place is None else place, leaves)


def _decisions(
    given: Sequence[ChangeDecisionIn], rows: Sequence[Row[Any]], which: Which
) -> dict[int, Decision]:
    """What was decided about single ones, by place. Raises Refusal."""
    places = {each.id: each.position for each in rows}
    if any(each.reservation_id not in places for each in given):
        sentence = N_("One of these is no reservation of this series.")
        raise Refusal([Reason("not_of_series", "decisions", sentence)])
    if not all(which.takes(places[each.reservation_id]) for each in given):
        sentence = N_("One of these is not among those that you change.")
        raise Refusal([Reason("not_changed", "decisions", sentence)])
    found = {places[each.reservation_id]: _of_one(each) for each in given}
    if len(found) < len(given):
        sentence = N_("Decide one thing about each reservation.")
        raise Refusal([Reason("decision", "decisions", sentence)])
    return found


def _of_one(each: ChangeDecisionIn) -> Decision:
    if each.choice == "take" and each.start is not None and each.end is not None:
        return wish_of(each.start, each.end)
    if each.choice == "take" or each.start is not None or each.end is not None:
        sentence = N_("Give a start and an end with “take”, and with nothing else.")
        raise Refusal([Reason("decision", "decisions", sentence)])
    return LEAVE if each.choice == "leave" else DROP


def _done(row: Row[Any], actor: Actor, act: Callable[[], Done]) -> Response:
    try:
        done = perform(act)
    except Refusal as refusal:
        db.session.rollback()
        raise _by_contract(wire.with_dates(refusal, bookable(row.instrument_id).calendar.zone)) from refusal
    left = refusal_of(done.left, bookable(row.instrument_id)).reasons if done.left else ()
    return _series(row.id, actor, left)


def _by_contract(refusal: Refusal) -> Refusal:
    refusal.reasons = tuple(_named(reason) for reason in refusal.reasons)
    return refusal


def _named(reason: Reason) -> Reason:
    return replace(reason, field=NAMES.get(reason.field or "", reason.field))


def _whole(wanted: Incoming[Any], more: Sequence[Reason] = ()) -> Any:
    """The body, if all of it fits."""
    misfits = [*wanted.reasons, *more]
    if wanted.value is None or misfits:
        raise Refusal(misfits)
    return wanted.value


def _series(series_id: int, actor: Actor, left: Sequence[Reason] = ()) -> Response:
    row, rows = series_row(series_id, actor), reservations_of(series_id)
    return _json(wire.series(row, rows, actor, left), {"ETag": versions.etag(version_of(row, rows))})


def _json(body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(singles.encoded(body), 200, headers, mimetype="application/json")
