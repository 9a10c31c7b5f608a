"""What the doors of opening hours for programs share: who may, a change that can be tried first, and how it is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from apiflask import APIBlueprint
from flask import Response, request

from instruments.availability import differing, hours
from instruments.availability.owners import Owner, instruments_of, lab_of
from instruments.availability.proposed import Change
from instruments.availability.views.doors import scope_of, the_owner
from instruments.catalog.models import Instrument
from instruments.errors import N_, NotFound, Reason, Refusal, gathered, together
from instruments.people.rights import Action
from instruments.people.signing import require
from instruments.reservations.hours import wire
from instruments.reservations.outside_hours import falling_outside, outside_hours
from instruments.web import clock, idempotency, versions
from instruments.web.incoming import Incoming, fitting, whole
from instruments.web.reasons import sent_as

api = APIBlueprint("hours_api", __name__, url_prefix="/api/v1", tag="Opening hours")
ADDRESS = "/<any(labs, instruments):kind>/<int:owner_id>/hours"
# The names under which programs send what the acts call otherwise.
NAMES = {"since": "valid_from", "first": "valid_from", "until": "valid_to", "last": "valid_to"}


@dataclass(frozen=True)
class Plan:
    """A deed that can be tried first: what it would change, and how it is done."""

    change: Change
    act: Callable[[], object]


def allowed(kind: str, owner_id: int) -> Owner:
    """The owner of an address, for who may change its hours; raises otherwise."""
    owner = the_owner(kind, owner_id)
    require(Action.HOURS_EDIT, scope_of(owner))
    return owner


def by(owner: Owner) -> dict[str, Any]:
    """Who does it, and when."""
    return {"actor_id": require(Action.HOURS_EDIT, scope_of(owner)).person_id, "now": clock.now()}


def changed(
    kind: str, owner_id: int, wanted: Incoming[Any], planned: Callable[[Owner, Any], Plan], **instead: object
) -> Response:
    """Do it once for its Idempotency-Key, or only try it: 404, 403, 428, 412, and only then the body.

    instead: what stands for a field that cannot be read, so that the others are judged all the same.
    """
    owner = allowed(kind, owner_id)
    with sent_as(NAMES):
        if wanted.value is None or wanted.reasons:
            versions.matched(_state(owner))
            raise Refusal(together(*_against(owner, wanted, planned, instead)))
        if wanted.value.dry_run:
            _, left_out = _looked_at(owner, wanted, planned)
            return _json(_told(owner) | {"outside": wire.outside(left_out)}, _state(owner))
        kept = _done_once(kind, owner_id, wanted, planned)
    # What lies outside now is never kept: somebody may have booked since, or in the same moment.
    now_outside = outside_hours(instruments_of(the_owner(kind, owner_id)), clock.now())
    body = orjson.loads(kept.body) | {"outside_now": wire.outside(now_outside)}
    return _json(body, kept.etag)


def _against(
    owner: Owner, wanted: Incoming[Any], planned: Callable[[Owner, Any], Plan], instead: Mapping[str, object]
) -> tuple[list[Reason], list[Reason]]:
    """Why something cannot be read, and what stands against the rest of it."""
    body, unread = fitting(wanted, **instead)
    found: list[Reason] = []
    with gathered(found), sent_as(NAMES):
        planned(owner, body)
    return unread, found


def _done_once(
    kind: str, owner_id: int, wanted: Incoming[Any], planned: Callable[[Owner, Any], Plan]
) -> idempotency.KeptAnswer:
    key, person_id = request.headers.get("Idempotency-Key"), by(the_owner(kind, owner_id))["actor_id"]
    if reasons := list(idempotency.key_objections(key)):
        raise Refusal(reasons)

    def act() -> idempotency.KeptAnswer:
        owner = allowed(kind, owner_id)
        plan, left_out = _looked_at(owner, wanted, planned)
        plan.act()
        owner = the_owner(kind, owner_id)
        body = _told(owner) | {"outside": wire.outside(left_out)}
        return idempotency.KeptAnswer(200, "", _state(owner), orjson.dumps(body))

    return idempotency.once(
        person_id, key, request.path.encode() + b"\n" + request.get_data(), clock.now(),
        lambda: _looked_at(allowed(kind, owner_id), wanted, planned), act,
    )  # fmt: skip


def _looked_at(
    owner: Owner, wanted: Incoming[Any], planned: Callable[[Owner, Any], Plan]
) -> tuple[Plan, Sequence[int]]:
    """The plan on the state that was named, and whom it would leave outside. Raises 428, 412, Refusal."""
    versions.matched(_state(owner))
    plan = planned(owner, whole(wanted))
    return plan, falling_outside(instruments_of(owner), plan.change, clock.now())


def nothing() -> NotFound:
    """There are no such hours."""
    return NotFound([Reason("no_hours", None, N_("There are no such hours."))])


def published(owner: Owner) -> Response:
    """What the owner publishes, with its ETag."""
    return _json(_told(owner), _state(owner))


def _state(owner: Owner) -> str:
    """Stands for all that the owner publishes; differs as soon as any of it changes."""
    days = differing.days_of(owner, hours.today_at(owner, clock.now()))
    text = f"{hours.state_of(hours.weeks_of(owner))}/{' '.join(f'{row.id}.{row.version}' for row in days)}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _told(owner: Owner) -> dict[str, Any]:
    weeks = hours.weeks_of(owner)
    days = differing.days_of(owner, hours.today_at(owner, clock.now()))
    return {
        "lab_id": lab_of(owner).id,
        "instrument_id": owner.id if isinstance(owner, Instrument) else None,
        "zone": lab_of(owner).zone,
        "weeks": [wire.week(row, hours.last_day(row, weeks)) for row in weeks],
        "days": [wire.days(row) for row in days],
        "outside": None,
        "outside_now": None,
    }


def _json(body: dict[str, Any], state: str) -> Response:
    answer = Response(orjson.dumps(body), mimetype="application/json")
    answer.set_etag(state)
    return answer
