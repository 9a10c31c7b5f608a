"""Doors for programs: the outside calendars whose busy time closes a lab or an instrument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from instruments.availability.owners import Owner, lab_of
from instruments.availability.views.doors import lab_or_instrument, scope_of
from instruments.calendars import subscribing, tasks
from instruments.calendars.api.doors import api
from instruments.calendars.blocks import MOST_BYTES
from instruments.calendars.models import CalendarSubscription
from instruments.calendars.schemas import CalendarFileIn, SubscriptionIn, SubscriptionOut, SubscriptionsOut
from instruments.calendars.subscribing import owner_of, the_subscription
from instruments.calendars.views.subscriptions import drop_kept, keep_sent
from instruments.calendars.words import state_of, unread_of
from instruments.database.transactions import perform
from instruments.jobs import alarm
from instruments.people.bearer import token_required
from instruments.people.rights import Action, Actor
from instruments.people.signing import require
from instruments.web import clock
from instruments.web.answers import answer
from instruments.web.incoming import Incoming, fitting, takes, whole
from instruments.web.limits import limiter
from instruments.web.multipart import AFile, Arriving, OnlyTheFile, kept_for_a_deed, takes_files

OF_LAB = "/labs/<int:lab_id>/calendars"
OF_INSTRUMENT = "/instruments/<int:instrument_id>/calendars"
ONE = "/calendars/<int:number>"
THE_FILE = AFile("An iCalendar file.", ("text/calendar",), MOST_BYTES, needed=True)


@api.get(OF_LAB, endpoint="of_lab")
@api.get(OF_INSTRUMENT, endpoint="of_instrument")
@token_required("labs:read")
@api.output(SubscriptionsOut)
@api.doc(responses=[404])
def subscriptions(lab_id: int | None = None, instrument_id: int | None = None) -> Response:
    """The outside calendars subscribed here."""
    owner = lab_or_instrument(lab_id, instrument_id)
    _allowed(owner)
    return answer({"items": [_told(row) for row in subscribing.subscriptions_of(owner)]})


@api.post(OF_LAB, endpoint="add_to_lab")
@api.post(OF_INSTRUMENT, endpoint="add_to_instrument")
@token_required("labs:write")
@takes(api, SubscriptionIn)
@api.output(SubscriptionOut, 202)
@api.doc(responses=[404])
def subscribe(
    wanted: Incoming[SubscriptionIn], lab_id: int | None = None, instrument_id: int | None = None
) -> Response:
    """Subscribe to an address; the worker fetches and reads it, and busy there is closed here."""
    actor, now = _allowed(lab_or_instrument(lab_id, instrument_id)), clock.now()
    body, unread = fitting(wanted, address="")
    number = perform(
        lambda: (
            subscribing.add_address(
                lab_or_instrument(lab_id, instrument_id),
                body.name,
                body.address,
                actor_id=actor.person_id,
                now=now,
                more=unread,
            ).id
        )
    )
    alarm.wake("calendars.refresh", number)
    return answer(_told(the_subscription(number)), 202)


@api.post(f"{OF_LAB}/files", endpoint="add_file_to_lab")
@api.post(f"{OF_INSTRUMENT}/files", endpoint="add_file_to_instrument")
@limiter.limit("60 per hour")
@token_required("labs:write")
@takes_files(api, CalendarFileIn, file=THE_FILE)
@api.output(SubscriptionOut, 202)
@api.doc(responses=[404])
def add_file(
    arriving: Arriving[CalendarFileIn], lab_id: int | None = None, instrument_id: int | None = None
) -> Response:
    """Keep a calendar file; the worker reads it, and busy in it is closed here."""
    actor, now = _allowed(lab_or_instrument(lab_id, instrument_id)), clock.now()
    arrived = arriving.read()
    body, file = whole(arrived), arrived.files["file"]
    called = file.filename or ""
    with kept_for_a_deed(file, keep_sent, drop_kept) as kept:
        number = perform(
            lambda: (
                subscribing.add_file(
                    lab_or_instrument(lab_id, instrument_id),
                    body.name,
                    called,
                    kept.take(),
                    actor_id=actor.person_id,
                    now=now,
                ).id
            )
        )
    alarm.wake("calendars.refresh", number)
    return answer(_told(the_subscription(number)), 202)


@api.put(f"{ONE}/file")
@limiter.limit("60 per hour")
@token_required("labs:write")
@takes_files(api, OnlyTheFile, file=THE_FILE)
@api.output(SubscriptionOut, 202)
@api.doc(responses=[404])
def newer_file(number: int, arriving: Arriving[OnlyTheFile]) -> Response:
    """Let a newer file take the place of the last; the worker reads it, and until then the last one counts."""
    _mine(number)
    arrived = arriving.read()
    whole(arrived)
    with kept_for_a_deed(arrived.files["file"], keep_sent, drop_kept) as kept:
        left = _do(number, lambda row, **by: subscribing.newer_file(row, kept.take(), **by))
    drop_kept(left)
    alarm.wake("calendars.refresh", number)
    return answer(_told(the_subscription(number)), 202)


@api.get(ONE)
@token_required("labs:read")
@api.output(SubscriptionOut)
@api.doc(responses=[404])
def subscription(number: int) -> Response:
    """How it stands with one."""
    _mine(number)
    return answer(_told(the_subscription(number)))


@api.post(f"{ONE}/refresh")
@token_required("labs:write")
@api.output(SubscriptionOut)
@api.doc(responses=[404])
def refresh(number: int) -> Response:
    """Ask it again now."""
    _mine(number)
    perform(lambda: subscribing.ask_now(the_subscription(number), clock.now()))
    alarm.wake("calendars.refresh", number)
    return answer(_told(the_subscription(number)))


@api.post(f"{ONE}/pause")
@token_required("labs:write")
@api.output(SubscriptionOut)
@api.doc(responses=[404])
def pause(number: int) -> Response:
    """Ask it no more; what it closed stays closed."""
    _do(number, subscribing.pause)
    return answer(_told(the_subscription(number)))


@api.post(f"{ONE}/resume")
@token_required("labs:write")
@api.output(SubscriptionOut)
@api.doc(responses=[404])
def resume(number: int) -> Response:
    """Ask it again."""
    _do(number, subscribing.resume)
    alarm.wake("calendars.refresh", number)
    return answer(_told(the_subscription(number)))


@api.delete(ONE)
@token_required("labs:write")
@api.output({}, 204)
@api.doc(responses=[404])
def remove(number: int) -> Response:
    """End it; what it closed from now on is open again."""
    tasks.files().forget(_do(number, subscribing.remove))
    return Response(status=204)


def _allowed(owner: Owner) -> Actor:
    return require(Action.CALENDARS_EDIT, scope_of(owner))


def _mine(number: int) -> Actor:
    return _allowed(owner_of(the_subscription(number)))


def _do(number: int, act: Callable[..., Any]) -> Any:
    actor, now = _mine(number), clock.now()
    return perform(lambda: act(the_subscription(number), actor_id=actor.person_id, now=now))


def _told(row: CalendarSubscription) -> dict[str, Any]:
    state, zone = state_of(row, clock.now()), ZoneInfo(lab_of(owner_of(row)).zone)
    return {
        "id": row.id,
        "lab_id": row.lab_id,
        "instrument_id": row.instrument_id,
        "name": row.name,
        "host": row.host,
        "state": state.code,
        "why": state.why,
        "unread": [{"line": line, "why": why} for line, why in unread_of(row).rows],
        "succeeded_at": row.succeeded_at and row.succeeded_at.astimezone(zone),
    }
