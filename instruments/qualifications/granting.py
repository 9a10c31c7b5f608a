"""Grant qualifications, to one person or to several; renew them, and take them back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.models import Person
from instruments.people.rights import Actor
from instruments.people.signing import today
from instruments.qualifications.asking import settle_granted, settle_renewed
from instruments.qualifications.models import LEVEL_CODES, Qualification
from instruments.qualifications.subjects import (
    Place,
    Subject,
    instruments_of,
    lock_people,
    place_of,
    require_granter,
)  # fmt: skip
from instruments.qualifications.words import why_objections

MOST_AT_ONCE = 200
LONGEST_YEARS = 20
LONGEST_REMARK = 300


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be granted. evidence: the kept file and the name that it came with, both empty for none."""

    subject: Subject
    level: str
    expires_on: date | None = None
    remark: str = ""
    evidence: tuple[str, str] = ("", "")


def grant(actor: Actor, people: Collection[Person], wanted: Wanted, now: datetime) -> list[Qualification]:
    """Grant it to each of these people, inside a deed; who has it already has it at this level and to this day then.

    Raises NotFound, Forbidden, or Refusal with every reason.
    """
    place = place_of(wanted.subject)
    require_granter(actor, place)
    if reasons := list(grant_objections(actor, people, wanted, now)):
        raise Refusal(reasons)
    numbers = [person.id for person in people]
    held = _held(numbers, wanted.subject)
    before = {row.id: row.expires_on for row in held.values()}
    rows = [_granted(actor, number, held.get(number), wanted, place, now) for number in numbers]
    longer = [row for row in rows if row.id in before and is_later(row.expires_on, before[row.id])]
    settle_renewed(actor, longer, now)
    settle_granted(actor, numbers, instruments_of(wanted.subject), wanted.level, now)
    return rows


def grant_objections(
    actor: Actor, people: Collection[Person], wanted: Wanted, now: datetime
) -> Iterator[Reason]:
    """Why it cannot be granted."""
    yield from people_objections(people)
    if any(person.id == actor.person_id for person in people):
        sentence = N_("Nobody grants a qualification to themselves.")
        yield Reason("own_qualification", "people", sentence, {}, N_("Another of the lab does."))
    if wanted.level not in LEVEL_CODES:
        yield Reason("level", "level", N_("Choose one of these."))
    yield from day_objections(wanted.expires_on, now, "expires_on")
    yield from why_objections(wanted.remark, "remark", LONGEST_REMARK)


def people_objections(people: Collection[Person]) -> Iterator[Reason]:
    """Why it cannot be granted to so many."""
    if not people:
        yield Reason("no_people", "people", N_("Name at least one person."))
    if len(people) > MOST_AT_ONCE:
        values = {"most": MOST_AT_ONCE}
        yield Reason("too_many_people", "people", N_("At most %(most)s people at once."), values)


def day_objections(day: date | None, now: datetime, field: str) -> Iterator[Reason]:
    """Why something cannot last to a day."""
    here = today(now)
    if day is None:
        return
    if day < here:
        yield Reason("day_over", field, N_("This day is over."), {}, N_("Choose today or later."))
    if day.year > here.year + LONGEST_YEARS:
        yield Reason("day_too_late", field, N_("At most %(years)s years ahead."), {"years": LONGEST_YEARS})


def is_later(day: date | None, than: date | None) -> bool:
    """Whether something lasts longer; None: for good."""
    return than is not None and (day is None or day > than)


def _held(person_ids: Sequence[int], subject: Subject) -> dict[int, Qualification]:
    """What these people have of it, under the lock on each person, taken in ascending order."""
    lock_people(person_ids)
    one = Qualification
    rows = db.session.scalars(
        select(one).where(
            one.person_id.in_(person_ids),
            one.revoked_at.is_(None),
            one.instrument_id == subject.instrument_id
            if subject.instrument_id is not None
            else one.technique_id == subject.technique_id,
        )
    )
    return {row.person_id: row for row in rows}


def _granted(
    actor: Actor, person_id: int, row: Qualification | None, wanted: Wanted, place: Place, now: datetime
) -> Qualification:
    if row is None:
        row = Qualification(
            person_id=person_id,
            instrument_id=wanted.subject.instrument_id,
            technique_id=wanted.subject.technique_id,
            version=0,
        )
        db.session.add(row)
    row.level, row.expires_on = wanted.level, wanted.expires_on
    row.granted_by_id, row.granted_at = actor.person_id, now
    row.remark = wanted.remark or row.remark or ""
    if wanted.evidence[0]:
        row.evidence, row.evidence_name = wanted.evidence
    row.version += 1
    db.session.flush()
    note(row, "qualification.granted", place, actor.person_id, now)
    return row


def the_qualification(number: int) -> Qualification:
    """One qualification; raises NotFound."""
    row = db.session.get(Qualification, number)
    if row is None:
        raise NotFound([Reason("no_qualification", None, N_("There is no such qualification."))])
    return row


def renew(actor: Actor, seen: Mapping[int, int | None], until: date | None, now: datetime) -> int:
    """Let these last to another day, inside a deed; how many. Those that were taken back stay so.

    seen: the numbers, each with its version as the actor saw it, None for any. Raises NotFound, Forbidden when one of
    them is not the actor's to grant, Stale, or Refusal.
    """
    if reasons := list(day_objections(until, now, "until")):
        raise Refusal(reasons)
    one = Qualification
    rows = db.session.scalars(
        select(one).where(one.id.in_(seen), one.revoked_at.is_(None)).order_by(one.id).with_for_update()
    ).all()
    if not rows:
        raise Refusal([Reason("none_chosen", None, N_("Choose at least one."))])
    places: dict[Subject, Place] = {}
    longer = [row for row in rows if is_later(until, row.expires_on)]
    for row in rows:
        subject = Subject(row.instrument_id, row.technique_id)
        place = places.get(subject) or places.setdefault(subject, place_of(subject))
        require_granter(actor, place, row.person_id)
        require_seen(row, seen[row.id])
        row.expires_on, row.granted_by_id, row.granted_at = until, actor.person_id, now
        row.version += 1
        note(row, "qualification.renewed", place, actor.person_id, now)
    db.session.flush()
    settle_renewed(actor, longer, now)
    return len(rows)


def revoke(actor: Actor, number: int, why: str, version: int | None, now: datetime) -> Qualification:
    """Take a qualification back, with a reason, inside a deed; what is booked stays booked.

    Raises NotFound, Forbidden, Stale, or Refusal.
    """
    row = the_qualification(number)
    place = place_of(Subject(row.instrument_id, row.technique_id))
    require_granter(actor, place, row.person_id)
    db.session.refresh(row, with_for_update=True)
    require_seen(row, version)
    said = why_said(why)
    row.revoked_at, row.revoked_by_id, row.revoked_why = now, actor.person_id, said
    row.version += 1
    db.session.flush()
    note(row, "qualification.revoked", place, actor.person_id, now, reason=said)
    return row


def why_said(why: str) -> str:
    """The words with which something is taken back, in one line; raises Refusal without them."""
    said = " ".join(why.split())
    reasons = list(why_objections(said, "reason"))
    if not said:
        remedy = N_("Who had it reads them.")
        reasons.append(Reason("no_reason", "reason", N_("Say why, in a few words."), {}, remedy))
    if reasons:
        raise Refusal(reasons)
    return said


def require_seen(row: Any, version: int | None) -> None:
    """Raises Stale when it is no longer what the actor saw, Refusal when it was taken back already."""
    if version is not None and row.version != version:
        sentence = N_("This was changed since you opened it. Look at it again, then decide.")
        raise Stale([Reason("stale", None, sentence)])
    if row.revoked_at is not None:
        raise Refusal([Reason("revoked", None, N_("This was taken back already."))])


def note(
    row: Qualification, deed: str, place: Place, actor_id: int | None, now: datetime, **more: Any
) -> None:
    """Write into the journal what was done to a qualification."""
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("qualification", row.id),
        institution_id=place.institution_id,
        lab_id=place.lab_id,
        detail={**granted_detail(row.person_id, _subject(row), row.level, row.expires_on), **more},
    )


def granted_detail(person_id: int, subject: Subject, level: str, until: date | None) -> dict[str, Any]:
    """What the journal keeps of a qualification."""
    about = (
        {"technique_id": subject.technique_id}
        if subject.technique_id
        else {"instrument_id": subject.instrument_id}
    )
    return {"user_id": person_id, **about, "level": level, "until": until.isoformat() if until else ""}


def _subject(row: Qualification) -> Subject:
    return Subject(row.instrument_id, row.technique_id)
