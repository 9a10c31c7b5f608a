"""Answer a request for the lab: approve, decline, propose another time; and accept what was proposed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.reservations.asking import OTHERWISE_DUE_HOURS, may_decide, part_of, request_of, settle
from instruments.reservations.bookable import bookable
from instruments.reservations.booking import is_overlap, refused_by_database
from instruments.reservations.judging import judge, wish_of
from instruments.reservations.lookup import reservation_row
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.moving import require_version
from instruments.reservations.paying.binding import let_go, lock_payers, rebind
from instruments.reservations.paying.recalling import payment_of
from instruments.reservations.texts import reason_objections
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import lock_holders
from instruments.timespan import instant

_TABLE: Any = Reservation.__table__
_APPROVAL: Any = Approval.__table__


def require_decider(actor: Actor, row: Any, request: Any) -> None:
    """Raises Forbidden unless the actor answers for the lab on this reservation."""
    managers_only = request is not None and request.managers_only
    if may_decide(actor, row, managers_only):
        return
    if actor.person_id in (row.user_id, row.booker_id):
        sentence, remedy = (
            N_("Nobody decides on what they asked for or booked."),
            N_("Another of the lab does."),
        )
    elif managers_only and may_decide(actor, row, False):
        sentence = N_("Here only the managers of the lab decide.")
        remedy = N_("Ask one of them, or their deputy.")
    else:
        sentence, remedy = N_("You do not answer for this lab."), N_("Its managers and operators do.")
    raise Forbidden([Reason("not_decider", None, sentence, {}, remedy)])


def approve(
    actor: Actor, reservation_id: int, message: str, version: int | None, now: datetime, series: int = 0
) -> int:
    """Confirm what was asked for, and return its new version, inside a deed; series: see asking.part_of.

    Raises NotFound, Forbidden, Stale (412), or Refusal: no longer open, or the lab has proposed another time.
    """
    row, request = _open(actor, reservation_id, version, now)
    if request.proposed_at is not None:
        sentence = N_("You proposed this time; who asked has to accept it.")
        raise Refusal([Reason("proposed", None, sentence, {}, N_("Wait for their answer, or decline."))])
    said = _checked(message, "message")
    return _decided(actor, row, "approved", {"state": "confirmed"}, said, now, series)


def decline(
    actor: Actor, reservation_id: int, reason: str, version: int | None, now: datetime, series: int = 0
) -> int:
    """Decline what was asked for, with a reason, and return its new version, inside a deed. Raises as `approve`."""
    row, _ = _open(actor, reservation_id, version, now)
    said = _checked(reason, "reason")
    if not said:
        remedy = N_("A few words are enough; who asked reads them.")
        raise Refusal([Reason("no_reason", "reason", N_("Say why you decline."), {}, remedy)])
    return _decided(actor, row, "declined", {"state": "declined", "reason": said}, said, now, series)


def propose(
    actor: Actor,
    user: Actor,
    reservation_id: int,
    span: tuple[datetime, datetime],
    message: str,
    version: int | None,
    now: datetime,
) -> int:
    """Propose another time to who asked, and return the new version, inside a deed.

    The reservation moves there, still only requested: the proposed span is really held, so that accepting it
    cannot fail; the one that was asked for is free again. Raises as `approve`, and as a booking does.
    """
    row, _ = _open(actor, reservation_id, version, now)
    said = _checked(message, "message")
    start, end = span
    if (start, end) == (row.starts_at, row.ends_at):
        sentence = N_("This is the time that was asked for.")
        raise Refusal([Reason("same_time", "start", sentence, {}, N_("Choose another, or approve it."))])
    asking = Asking(
        actor, user, row.group_id, row.id, int(row.created_at.timestamp()),
        hazardous=row.hazardous, second_id=row.second_id, payment=payment_of(row.id),
    )  # fmt: skip
    known = bookable(row.instrument_id)
    lock_holders(asking, known)
    lock_payers(asking.payment)
    thing = judge(wish_of(start, end), row.instrument_id, asking, now, locked=known).thing
    first, asked = wish_of(start, end)[0], int(now.timestamp())
    rule = thing.approval
    due = rule.due(asked, first) if rule else min(asked + OTHERWISE_DUE_HOURS * 3600, first)
    try:
        _update(row, {"starts_at": start, "ends_at": end, "held_until": end}, now)
    except IntegrityError as error:
        if not is_overlap(error):
            raise
        raise refused_by_database(bookable(row.instrument_id), start, end) from error
    spans = (wish_of(row.starts_at, row.ends_at), wish_of(start, end))
    rebind(asking, thing, row.id, spans, now, by_lab=True)
    db.session.execute(
        update(_APPROVAL)
        .where(_APPROVAL.c.reservation_id == row.id)
        .values(proposed_at=now, proposed_by_id=actor.person_id, message=said, due_at=instant(due))
    )
    before = [int(row.starts_at.timestamp()), int(row.ends_at.timestamp())]
    detail = {"from": before, "to": [*wish_of(start, end)], "reason": said, "due_at": due}
    _note(actor.person_id, "reservation.proposed", row, detail, now)
    return int(row.version) + 1


def accept(actor: Actor, reservation_id: int, version: int | None, now: datetime) -> int:
    """Take the time that the lab proposed, and return the new version, inside a deed.

    Only who uses or booked it. Raises NotFound, Forbidden, Stale (412), or Refusal.
    """
    row = reservation_row(reservation_id, actor)
    require_asker(actor, row)
    revision.lock([row.instrument_id])
    row = reservation_row(reservation_id, actor)
    require_version(row, version)
    request = _require_open(row, now)
    if request.proposed_at is None:
        sentence = N_("The lab has not proposed another time.")
        raise Refusal([Reason("not_proposed", None, sentence, {}, N_("Wait for its answer."))])
    _update(row, {"state": "confirmed"}, now)
    settle(row.id, "approved", now, request.proposed_by_id, request.message)
    _note(actor.person_id, "reservation.proposal_accepted", row, _span(row), now)
    return int(row.version) + 1


def require_asker(actor: Actor, row: Any) -> None:
    """Raises Forbidden unless the actor uses or booked this reservation."""
    if actor.person_id not in (row.user_id, row.booker_id):
        sentence = N_("Only who asked for it accepts another time.")
        raise Forbidden([Reason("not_asker", None, sentence)])


def _open(actor: Actor, reservation_id: int, version: int | None, now: datetime) -> tuple[Any, Any]:
    """The reservation and its request, under the lock, if the actor may answer it now."""
    row = reservation_row(reservation_id, actor)
    require_decider(actor, row, request_of(row.id))
    revision.lock([row.instrument_id])
    row = reservation_row(reservation_id, actor)
    require_version(row, version)
    request = _require_open(row, now)
    require_decider(actor, row, request)
    return row, request


def _require_open(row: Any, now: datetime) -> Any:
    request = request_of(row.id)
    if row.state != "requested" or request is None:
        sentence = N_("This does not wait for an answer.")
        raise Refusal([Reason("not_requested", None, sentence, {}, N_("Look at it again, then decide."))])
    if request.due_at <= now:
        sentence = N_("The time to answer this is over.")
        remedy = N_("The time is free again; it can be booked anew.")
        raise Refusal([Reason("answer_overdue", None, sentence, {}, remedy)])
    return request


def _checked(words: str, field: str) -> str:
    said = " ".join(words.split())
    wrong = list(reason_objections(said, field))
    if wrong:
        raise Refusal(wrong)
    return said


def _decided(
    actor: Actor, row: Any, decision: str, values: dict[str, Any], said: str, now: datetime, series: int
) -> int:
    _update(row, values, now)
    if decision == "declined":
        let_go([row.id], now, actor.person_id)
    settle(row.id, decision, now, actor.person_id, said)
    _note(
        actor.person_id,
        f"reservation.{decision}",
        row,
        {**_span(row), "reason": said, **part_of(series)},
        now,
    )
    return int(row.version) + 1


def _update(row: Any, values: dict[str, Any], now: datetime) -> None:
    db.session.execute(
        update(_TABLE)
        .where(_TABLE.c.id == row.id, _TABLE.c.version == row.version)
        .values(**values, changed_at=now, version=row.version + 1)
    )


def _span(row: Any) -> dict[str, Any]:
    return {"start": int(row.starts_at.timestamp()), "end": int(row.ends_at.timestamp())}


def _note(actor_id: int | None, deed: str, row: Any, detail: dict[str, Any], now: datetime) -> None:
    named = {"instrument_id": row.instrument_id, "user_id": row.user_id}
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("reservation", row.id),
        institution_id=row.owner_id,
        lab_id=row.lab_id,
        detail={**named, **detail},
    )
