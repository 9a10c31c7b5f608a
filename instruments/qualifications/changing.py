"""Change what was granted to one person: its level or exam, its last day, its remark and evidence, with the reason.

A reason is needed where the person loses something: a lower level, or an earlier last day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.rights import Actor
from instruments.qualifications.admitting import (
    LONGEST_EXAM,
    may_admit,
    note_admission,
    require_admitter,
    the_admission,
)
from instruments.qualifications.asking import settle_admitted, settle_granted, settle_renewed
from instruments.qualifications.granting import (
    LONGEST_REMARK,
    day_objections,
    is_later,
    note,
    require_seen,
    the_qualification,
)
from instruments.qualifications.models import LEVEL_CODES, Qualification, SafetyAdmission
from instruments.qualifications.needs import rank
from instruments.qualifications.subjects import Subject, instruments_of, may_grant, place_of, require_granter
from instruments.qualifications.words import why_objections

WHO_READS = N_("Who has it reads them.")


@dataclass(frozen=True, slots=True)
class ChangedQualification:
    """How it shall be; reason: why it changes. evidence: the kept file and its name, both empty to keep what is there."""

    level: str
    expires_on: date | None
    remark: str = ""
    reason: str = ""
    evidence: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class ChangedAdmission:
    """How it shall be; reason: why it changes. evidence: as of a qualification."""

    exam: str
    result: str
    valid_until: date | None
    reason: str = ""
    evidence: tuple[str, str] = ("", "")


def seen_qualification(actor: Actor, number: int) -> Qualification:
    """One qualification, for its holder and those who grant it; NotFound for everybody else."""
    row = the_qualification(number)
    if row.person_id != actor.person_id and not may_grant(actor, place_of(_subject(row))):
        raise NotFound([Reason("no_qualification", None, N_("There is no such qualification."))])
    return row


def seen_admission(actor: Actor, number: int) -> SafetyAdmission:
    """One safety admission, for its holder and those who grant it; NotFound for everybody else."""
    row = the_admission(number)
    if row.person_id != actor.person_id and not may_admit(actor, row.institution_id):
        raise NotFound([Reason("no_admission", None, N_("There is no such safety admission."))])
    return row


def change_qualification(
    actor: Actor, number: int, wanted: ChangedQualification, version: int | None, now: datetime
) -> Qualification:
    """Change it, inside a deed; what is booked stays booked. Raises NotFound, Forbidden, Stale, or Refusal."""
    row = seen_qualification(actor, number)
    place = place_of(_subject(row))
    require_granter(actor, place, row.person_id)
    db.session.refresh(row, with_for_update=True)
    require_seen(row, version)
    said = " ".join(wanted.reason.split())
    if reasons := list(_qualification_objections(row, wanted, said, now)):
        raise Refusal(reasons)
    was = {"level": row.level, "until": row.expires_on.isoformat() if row.expires_on else ""}
    longer = [row] if is_later(wanted.expires_on, row.expires_on) else []
    row.level, row.expires_on, row.remark = wanted.level, wanted.expires_on, wanted.remark
    _changed(row, wanted.evidence, actor, now)
    note(row, "qualification.changed", place, actor.person_id, now, was=was, **_reason(said))
    settle_granted(actor, [row.person_id], instruments_of(_subject(row)), row.level, now)
    settle_renewed(actor, longer, now)
    return row


def change_admission(
    actor: Actor, number: int, wanted: ChangedAdmission, version: int | None, now: datetime
) -> SafetyAdmission:
    """Change it, inside a deed; what is booked stays booked. Raises NotFound, Forbidden, Stale, or Refusal."""
    row = seen_admission(actor, number)
    require_admitter(actor, row.institution_id, row.person_id)
    db.session.refresh(row, with_for_update=True)
    require_seen(row, version)
    said = " ".join(wanted.reason.split())
    reasons = list(_admission_objections(row, wanted, said, now))
    if reasons or wanted.valid_until is None:
        raise Refusal(reasons)
    was = {"until": row.valid_until.isoformat()}
    row.exam, row.result, row.valid_until = wanted.exam, wanted.result, wanted.valid_until
    _changed(row, wanted.evidence, actor, now)
    note_admission(row, "admission.changed", actor.person_id, now, was=was, **_reason(said))
    settle_admitted(actor, [row.person_id], row.institution_id, now)
    return row


def _changed(row: Any, evidence: tuple[str, str], actor: Actor, now: datetime) -> None:
    row.granted_by_id, row.granted_at = actor.person_id, now
    if evidence[0]:
        row.evidence, row.evidence_name = evidence
    row.version += 1
    db.session.flush()


def _qualification_objections(
    row: Qualification, wanted: ChangedQualification, said: str, now: datetime
) -> Iterator[Reason]:
    if wanted.level not in LEVEL_CODES:
        yield Reason("level", "level", N_("Choose one of these."))
    if wanted.expires_on != row.expires_on:
        yield from day_objections(wanted.expires_on, now, "expires_on")
    yield from why_objections(wanted.remark, "remark", LONGEST_REMARK)
    is_lower = wanted.level in LEVEL_CODES and rank(wanted.level) < rank(row.level)
    yield from _why(said, loses=is_lower or is_later(row.expires_on, wanted.expires_on))


def _admission_objections(
    row: SafetyAdmission, wanted: ChangedAdmission, said: str, now: datetime
) -> Iterator[Reason]:
    if wanted.valid_until is None:
        yield Reason("day_missing", "valid_until", N_("Say to which day it lasts."))
    elif wanted.valid_until != row.valid_until:
        yield from day_objections(wanted.valid_until, now, "valid_until")
    yield from why_objections(wanted.exam, "exam", LONGEST_EXAM)
    yield from why_objections(wanted.result, "result", LONGEST_EXAM)
    yield from _why(said, loses=wanted.valid_until is not None and wanted.valid_until < row.valid_until)


def _why(said: str, *, loses: bool) -> Iterator[Reason]:
    if loses and not said:
        sentence = N_("Say why the person loses something by this, in a few words.")
        yield Reason("no_reason", "reason", sentence, {}, WHO_READS)
    yield from why_objections(said, "reason")


def _reason(said: str) -> dict[str, str]:
    return {"reason": said} if said else {}


def _subject(row: Qualification) -> Subject:
    return Subject(row.instrument_id, row.technique_id)
