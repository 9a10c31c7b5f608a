"""Grant the safety admission of an institution, to one person or to several; renew it, and take it back.

Whose admission counts for visitors: that of the institution that owns the instrument, whatever their own says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.journal.record import entry, record_many
from instruments.people.models import Person
from instruments.people.rights import Action, Actor, Scope, may
from instruments.qualifications.asking import settle_admitted
from instruments.qualifications.granting import day_objections, people_objections, require_seen, why_said
from instruments.qualifications.models import SafetyAdmission
from instruments.qualifications.subjects import lock_people
from instruments.qualifications.words import why_objections

LONGEST_EXAM = 120
OWN = Reason("own_admission", "people", N_("Nobody grants a safety admission to themselves."))
DAY_MISSING = Reason("day_missing", "valid_until", N_("Say to which day it lasts."))


@dataclass(frozen=True, slots=True)
class WantedAdmission:
    """What shall be granted: after which exam, with which result, to the end of which day."""

    institution_id: int
    valid_until: date | None
    exam: str = ""
    result: str = ""
    evidence: tuple[str, str] = ("", "")


def may_admit(actor: Actor, institution_id: int, holder_id: int | None = None) -> bool:
    """Whether the actor grants the admission of an institution; never their own."""
    people = frozenset() if holder_id is None else frozenset({holder_id})
    return may(actor, Action.ADMISSION_GRANT, Scope(institution_id, person_ids=people))


def require_admitter(actor: Actor, institution_id: int, holder_id: int | None = None) -> None:
    """Raises Forbidden unless the actor grants the admission of an institution."""
    if not may_admit(actor, institution_id, holder_id):
        sentence = N_("You do not grant this safety admission.")
        remedy = N_("The institution’s safety officers and managers do, and nobody for themselves.")
        raise Forbidden([Reason("not_admitter", None, sentence, {}, remedy)])


def admit(
    actor: Actor, people: Collection[Person], wanted: WantedAdmission, now: datetime
) -> list[SafetyAdmission]:
    """Grant it to each of these people, inside a deed; who has it already has it to this day then.

    Raises Forbidden, or Refusal with every reason.
    """
    require_admitter(actor, wanted.institution_id)
    if reasons := list(admit_objections(actor, people, wanted, now)):
        raise Refusal(reasons)
    numbers = [person.id for person in people]
    lock_people(numbers)
    one = SafetyAdmission
    rows = db.session.scalars(
        select(one).where(
            one.institution_id == wanted.institution_id, one.person_id.in_(numbers), one.revoked_at.is_(None)
        )
    )
    held = {row.person_id: row for row in rows}
    found = [_admitted(actor, number, held.get(number), wanted, now) for number in numbers]
    settle_admitted(actor, numbers, wanted.institution_id, now)
    return found


def admit_objections(
    actor: Actor, people: Collection[Person], wanted: WantedAdmission, now: datetime
) -> Iterator[Reason]:
    """Why it cannot be granted."""
    yield from people_objections(people)
    if any(person.id == actor.person_id for person in people):
        yield OWN
    if wanted.valid_until is None:
        yield DAY_MISSING
    yield from day_objections(wanted.valid_until, now, "valid_until")
    yield from why_objections(wanted.exam, "exam", LONGEST_EXAM)
    yield from why_objections(wanted.result, "result", LONGEST_EXAM)


def _admitted(
    actor: Actor, person_id: int, row: SafetyAdmission | None, wanted: WantedAdmission, now: datetime
) -> SafetyAdmission:
    if row is None:
        row = SafetyAdmission(institution_id=wanted.institution_id, person_id=person_id, version=0)
        db.session.add(row)
    assert wanted.valid_until is not None  # noqa: S101 - refused above
    row.valid_until, row.granted_by_id, row.granted_at = wanted.valid_until, actor.person_id, now
    row.exam, row.result = wanted.exam or row.exam or "", wanted.result or row.result or ""
    if wanted.evidence[0]:
        row.evidence, row.evidence_name = wanted.evidence
    row.version += 1
    db.session.flush()
    note_admission(row, "admission.granted", actor.person_id, now)
    return row


def the_admission(number: int) -> SafetyAdmission:
    """One admission; raises NotFound."""
    row = db.session.get(SafetyAdmission, number)
    if row is None:
        raise NotFound([Reason("no_admission", None, N_("There is no such safety admission."))])
    return row


def renew_admissions(actor: Actor, seen: Mapping[int, int | None], until: date | None, now: datetime) -> int:
    """Let these last to another day, inside a deed; how many. seen: as in `granting.renew`. Raises Forbidden, Stale or
    Refusal."""
    reasons = list(day_objections(until, now, "until"))
    if until is None:
        reasons.append(Reason("day_missing", "until", N_("Say to which day it lasts.")))
    one = SafetyAdmission
    rows = db.session.scalars(
        select(one).where(one.id.in_(seen), one.revoked_at.is_(None)).order_by(one.id).with_for_update()
    ).all()
    if not rows:
        reasons.append(Reason("none_chosen", None, N_("Choose at least one.")))
    if reasons or until is None:
        raise Refusal(reasons)
    for row in rows:
        require_admitter(actor, row.institution_id, row.person_id)
        require_seen(row, seen[row.id])
        row.valid_until, row.granted_by_id, row.granted_at = until, actor.person_id, now
        row.version += 1
        note_admission(row, "admission.renewed", actor.person_id, now)
    db.session.flush()
    return len(rows)


def revoke_admission(
    actor: Actor, number: int, why: str, version: int | None, now: datetime
) -> SafetyAdmission:
    """Take a safety admission back, with a reason, inside a deed. Raises NotFound, Forbidden, Stale, or Refusal."""
    row = the_admission(number)
    require_admitter(actor, row.institution_id, row.person_id)
    db.session.refresh(row, with_for_update=True)
    require_seen(row, version)
    said = why_said(why)
    row.revoked_at, row.revoked_by_id, row.revoked_why = now, actor.person_id, said
    row.version += 1
    db.session.flush()
    note_admission(row, "admission.revoked", actor.person_id, now, reason=said)
    return row


def note_admission(row: SafetyAdmission, deed: str, actor_id: int | None, now: datetime, **more: Any) -> None:
    """Write into the journal what was done to a safety admission."""
    record_many([admission_entry(row, deed, actor_id, now, **more)])


def admission_entry(
    row: SafetyAdmission, deed: str, actor_id: int | None, now: datetime, **more: Any
) -> dict[str, Any]:
    """What the journal says of a deed to a safety admission."""
    return entry(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("admission", row.id),
        institution_id=row.institution_id,
        detail={
            "user_id": row.person_id,
            "institution_id": row.institution_id,
            "exam": row.exam,
            "until": row.valid_until.isoformat(),
            **more,
        },
    )
