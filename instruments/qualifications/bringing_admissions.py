"""Bring an institution's list of safety admissions: keep it with what it would do, and take it over in one deed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from instruments.database import db
from instruments.journal.record import record, record_many
from instruments.people.rights import Actor
from instruments.qualifications.admission_checking import (
    CheckedAdmission,
    admissions_held,
    check_admissions,
)
from instruments.qualifications.admitting import admission_entry
from instruments.qualifications.asking import settle_admitted
from instruments.qualifications.bringing import list_to_take
from instruments.qualifications.list_checking import CHANGED, NEW
from instruments.qualifications.list_versions import require_as_seen
from instruments.qualifications.models import AdmissionList, SafetyAdmission
from instruments.qualifications.subjects import lock_people

_TABLE: Any = SafetyAdmission.__table__


def keep_admissions(
    actor: Actor,
    institution_id: int,
    file_name: str,
    rows: Sequence[dict[str, Any]],
    until: str,
    exam: str,
    now: datetime,
) -> AdmissionList:
    """Keep what was read until it is taken over, inside a deed; the last day and the exam stand in for empty cells."""
    filled = [{**row, "until": row["until"] or until, "exam": row["exam"] or exam} for row in rows]
    kept = AdmissionList(
        institution_id=institution_id, person_id=actor.person_id, file_name=file_name[:200], rows=filled,
        brought_at=now,
    )  # fmt: skip
    db.session.add(kept)
    db.session.flush()
    return kept


def take_admissions(actor: Actor, number: int, seen: str | None, now: datetime) -> tuple[int, int]:
    """Grant what the list says, inside a deed: how many are new and how many changed. The rest stays out.

    It is checked once more, under the locks of the people. Raises NotFound, Refusal when it was taken already, or Stale when it
    would do something else than was seen (None: whatever it does).
    """
    kept = list_to_take(AdmissionList, number)
    first = check_admissions(actor, kept.institution_id, kept.rows, now)
    lock_people(sorted({each.person_id for each in first if each.person_id is not None}))
    rows = check_admissions(actor, kept.institution_id, kept.rows, now)
    require_as_seen(kept, rows, seen)
    new = [each for each in rows if each.outcome == NEW]
    changed = [each for each in rows if each.outcome == CHANGED]
    done = [*_added(new, kept, actor, now), *_changed(changed, kept, actor, now)]
    kept.taken_at = now
    db.session.flush()
    record_many([admission_entry(row, "admission.granted", actor.person_id, now) for row in done])
    settle_admitted(actor, [row.person_id for row in done], kept.institution_id, now)
    record(
        now=now, actor_id=actor.person_id, deed="admission.imported", thing=("institution", kept.institution_id),
        institution_id=kept.institution_id,
        detail={"file": kept.file_name, "added": len(new), "changed": len(changed)},
    )  # fmt: skip
    return len(new), len(changed)


def _added(
    new: Sequence[CheckedAdmission], kept: AdmissionList, actor: Actor, now: datetime
) -> list[SafetyAdmission]:
    if not new:
        return []
    values = [
        {
            "institution_id": kept.institution_id, "person_id": each.person_id, "exam": each.exam,
            "result": each.result, "valid_until": each.until, "granted_by_id": actor.person_id, "granted_at": now,
        }
        for each in new
    ]  # fmt: skip
    db.session.execute(insert(_TABLE), values)
    held = admissions_held(kept.institution_id, [each.person_id for each in new])
    return [held[each.person_id or 0] for each in new]


def _changed(
    changed: Sequence[CheckedAdmission], kept: AdmissionList, actor: Actor, now: datetime
) -> list[SafetyAdmission]:
    held = admissions_held(kept.institution_id, [each.person_id for each in changed])
    rows = []
    for each in changed:
        row = held[each.person_id or 0]
        assert each.until is not None  # noqa: S101 - what changes something says to which day
        row.valid_until, row.exam, row.result = each.until, each.exam, each.result
        row.granted_by_id, row.granted_at = actor.person_id, now
        row.version += 1
        rows.append(row)
    return rows
