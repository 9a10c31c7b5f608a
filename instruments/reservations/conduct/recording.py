"""Record a violation of somebody who used the lab, and take back what one recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select

from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, Stale, together
from instruments.journal.record import record
from instruments.people.models import Lab, Person
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.conduct.deciders import stands_in
from instruments.reservations.conduct.models import Violation, ViolationKind
from instruments.reservations.conduct.repeats import StandsAlready, repeat_reason, repeated
from instruments.reservations.conduct.rules import IN_FORCE, WITHDRAWN, day_objections
from instruments.reservations.models import Reservation
from instruments.reservations.texts import reason_objections
from instruments.timespan import instant


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be recorded: of whoever used this reservation, or of this person.

    another: somebody says that it is another occurrence than what stands of that day.
    """

    kind_id: int | None
    reason: str
    happened_on: date | None
    mail: str = ""
    reservation_id: int | None = None
    another: bool = False


def may_see(actor: Actor, row: Any, now: datetime) -> bool:
    """Whether the violation is anything to the actor: their own, of a lab that they work at or answer for, or an appeal that
    nobody there can answer."""
    lab = Scope(row.institution_id, row.lab_id)
    mine = actor.person_id == row.person_id or may(actor, Action.VIOLATION_SEE, lab)
    return mine or stands_in(actor, row, now)


def used_reservation(lab_id: int, reservation_id: int | None) -> Any:
    """Who used a reservation of this lab, and when: (id, user_id, mail, starts_at, instrument_id); None for any other."""
    if reservation_id is None:
        return None
    one = Reservation
    return db.session.execute(
        select(one.id, one.user_id, one.starts_at, one.instrument_id, Person.mail, Person.name_en, Person.name_zh)
        .join(Instrument, Instrument.id == one.instrument_id)
        .join(Person, Person.id == one.user_id)
        .where(one.id == reservation_id, Instrument.lab_id == lab_id)
    ).first()  # fmt: skip


def record_violation(
    actor: Actor, lab: Lab, wanted: Wanted, now: datetime, unread: Sequence[Reason] = ()
) -> Violation:
    """Record it, inside a deed; by the lab's rule it may suspend. Raises Forbidden, Refusal with every reason, or StandsAlready
    where nothing but the same, recorded before, stands against it.

    unread: what could not be read of what was sent.
    """
    named = all(reason.field != "reservation_id" for reason in unread)
    person_id, reasons = _whom(lab.id, wanted) if named else (None, [])
    scope = Scope(lab.institution_id, lab.id, person_ids=frozenset({person_id} if person_id else ()))
    if not may(actor, Action.VIOLATION_RECORD, scope):
        sentence = N_("Your roles do not allow this here, and nobody records a violation of their own.")
        raise Forbidden([Reason("forbidden", None, sentence)])
    zone = ZoneInfo(lab.zone)
    today, said = now.astimezone(zone).date(), " ".join(wanted.reason.split())
    kind = _kind(lab.id, wanted.kind_id, reasons)
    reasons += _words(said, "reason", N_("Say what happened; the person reads it."))
    if wanted.happened_on is None:
        reasons.append(Reason("date", "happened_on", N_("Write a date, like 2027-03-01.")))
    else:
        reasons += day_objections(wanted.happened_on, today)
    reasons = together(unread, reasons)
    if reasons or kind is None or person_id is None or wanted.happened_on is None:
        raise Refusal(reasons)
    same = repeated(person_id, kind.id, wanted.reservation_id, wanted.happened_on, another=wanted.another)
    if same is not None:
        raise StandsAlready([repeat_reason(same, wanted.reservation_id)], violation_id=same.id)
    rule = kind.consequence()
    expires = rule.expires_at(wanted.happened_on, zone)
    if expires <= now.timestamp():
        sentence = N_("By the lab’s rule this has expired already.")
        raise Refusal([Reason("expired", "happened_on", sentence)])
    until = rule.suspended_until(_standing(person_id, kind.id, now) + 1, today, wanted.happened_on, zone)
    row = Violation(
        lab_id=lab.id, person_id=person_id, kind_id=kind.id, kind_en=kind.name_en, kind_zh=kind.name_zh,
        reservation_id=wanted.reservation_id, happened_on=wanted.happened_on, reason=said,
        recorded_by_id=actor.person_id, recorded_at=now, expires_at=instant(expires),
        suspended_until=None if until is None else instant(until),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    note(actor.person_id, "violation.recorded", row, said, now, suspended=until, zone=zone)
    if until is not None:
        raise_catalog()
    return row


def withdraw(actor: Actor, violation_id: int, reason: str, version: int | None, now: datetime) -> Violation:
    """Take back what one recorded oneself, with a reason, inside a deed. Raises NotFound, Forbidden, Stale, Refusal."""
    row = locked(violation_id, version)
    if row.recorded_by_id != actor.person_id:
        sentence = N_("Only who recorded it withdraws it; anybody else decides on an appeal.")
        raise Forbidden([Reason("not_recorder", None, sentence)])
    said = " ".join(reason.split())
    if reasons := [*in_force_objections(row), *_words(said, "reason", N_("Say why; the person reads it."))]:
        raise Refusal(reasons)
    settle(row, WITHDRAWN, actor.person_id, said, now)
    return row


def locked(violation_id: int, version: int | None) -> Violation:
    """The violation under its lock, at this version. Raises NotFound, Stale."""
    row = db.session.scalar(
        select(Violation)
        .where(Violation.id == violation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise no_violation()
    if version is not None and row.version != version:
        sentence = N_("This was changed since you opened it. Look at it again, then decide.")
        raise Stale([Reason("stale", None, sentence)])
    return row


def no_violation() -> NotFound:
    """The same whether there is none or it is nobody's business."""
    return NotFound([Reason("no_violation", None, N_("There is nothing at this address."))])


def in_force_objections(row: Violation) -> list[Reason]:
    """What stands against answering something that was answered for good."""
    if row.state in IN_FORCE:
        return []
    return [Reason("not_standing", None, N_("This does not stand any more: it was lifted or withdrawn."))]


def settle(row: Violation, state: str, actor_id: int, said: str, now: datetime) -> None:
    """Note how it ended, or that it was upheld; a suspension that came of it ends with it."""
    row.state, row.decided_by_id, row.decided_at, row.answer = state, actor_id, now, said
    row.version += 1
    db.session.flush()
    note(actor_id, f"violation.{state}", row, said, now)
    if state not in IN_FORCE and row.suspended_until is not None:
        raise_catalog()


def note(
    actor_id: int,
    deed: str,
    row: Violation,
    said: str,
    now: datetime,
    *,
    suspended: int | None = None,
    zone: ZoneInfo | None = None,
) -> None:
    """Write it into the journal, under the lab alone: the journal of the institution is read by more than may know."""
    detail: dict[str, Any] = {
        "user_id": row.person_id, "recorded_by_id": row.recorded_by_id, "scope": "lab", "scope_id": row.lab_id,
        "reason": said,
    }  # fmt: skip
    if suspended is not None and zone is not None:
        detail["suspended_to"] = last_day(instant(suspended), zone).isoformat()
    record(
        now=now, actor_id=actor_id, deed=deed, thing=("violation", row.id), lab_id=row.lab_id, detail=detail
    )


def last_day(end: datetime, zone: ZoneInfo) -> date:
    """The last day of what ends at a midnight on this wall."""
    return (end.astimezone(zone) - timedelta(seconds=1)).date()


def _whom(lab_id: int, wanted: Wanted) -> tuple[int | None, list[Reason]]:
    if wanted.reservation_id is not None:
        used = used_reservation(lab_id, wanted.reservation_id)
        if used is None:
            return None, [Reason("no_reservation", "reservation_id", N_("This lab has no such reservation."))]
        return used.user_id, []
    person = Person
    booked = exists().where(
        Reservation.user_id == person.id,
        Reservation.instrument_id == Instrument.id,
        Instrument.lab_id == lab_id,
    )
    mail = wanted.mail.strip().lower()
    person_id = db.session.scalar(select(person.id).where(person.mail == mail, booked)) if mail else None
    if person_id is None:
        # The same whether there is no such account or it never booked here: nobody learns who has one.
        sentence = N_("Nobody with this mail address has booked at this lab.")
        return None, [Reason("not_a_user", "mail", sentence)]
    return person_id, []


def _kind(lab_id: int, kind_id: int | None, reasons: list[Reason]) -> ViolationKind | None:
    """The kind under its lock, so that of two recorded at once the second counts the first."""
    kind = ViolationKind
    found = db.session.scalar(
        select(kind).where(kind.id == (kind_id or 0), kind.lab_id == lab_id, kind.in_use).with_for_update()
    )
    if found is None:
        reasons.append(Reason("no_kind", "kind_id", N_("Choose one of the lab’s kinds of violation.")))
    return found


def _standing(person_id: int, kind_id: int, now: datetime) -> int:
    one = Violation
    return (
        db.session.scalar(
            select(func.count())
            .select_from(one)
            .where(
                one.person_id == person_id,
                one.kind_id == kind_id,
                one.state.in_(IN_FORCE),
                one.expires_at > now,
            )
        )
        or 0
    )


def _words(said: str, field: str, missing: str) -> list[Reason]:
    return [*([] if said else [Reason("no_reason", field, missing)]), *reason_objections(said, field)]
