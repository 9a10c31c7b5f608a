"""Bring a lab's list from elsewhere: read it, keep it with what it would do, and take it over in one deed."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import insert, select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.journal.record import entry, record, record_many
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.qualifications.asking import settle_granted
from instruments.qualifications.granting import granted_detail
from instruments.qualifications.list_checking import CHANGED, NEW, Checked, check
from instruments.qualifications.list_versions import require_as_seen
from instruments.qualifications.models import BroughtList, Qualification, QualificationList
from instruments.qualifications.subjects import Subject, instruments_of, lock_people

Brought = TypeVar("Brought", bound=BroughtList)
_TABLE: Any = Qualification.__table__


def keep_list(
    actor: Actor,
    lab: Lab,
    file_name: str,
    rows: list[dict[str, Any]],
    subject: str,
    level: str,
    now: datetime,
) -> QualificationList:
    """Keep what was read until it is taken over, inside a deed; subject and level stand in for empty cells."""
    filled = [{**row, "subject": row["subject"] or subject, "level": row["level"] or level} for row in rows]
    kept = QualificationList(
        lab_id=lab.id, person_id=actor.person_id, file_name=file_name[:200], rows=filled, brought_at=now
    )
    db.session.add(kept)
    db.session.flush()
    return kept


def the_list(kind: type[Brought], number: int) -> Brought:
    """One list; raises NotFound."""
    found = db.session.get(kind, number)
    if found is None:
        raise no_list()
    return found


def list_to_take(kind: type[Brought], number: int) -> Brought:
    """One list, locked until the deed is done. Raises NotFound, or Refusal when it was taken over already."""
    found = db.session.get(kind, number, with_for_update=True, populate_existing=True)
    if found is None:
        raise no_list()
    if found.taken_at is not None:
        raise Refusal([Reason("taken_over", None, N_("This list was taken over already."))])
    return found


def no_list() -> NotFound:
    """There is no such list."""
    return NotFound([Reason("no_list", None, N_("There is no such list."))])


def take_over(actor: Actor, number: int, seen: str | None, now: datetime) -> tuple[int, int]:
    """Grant what the list says, inside a deed: how many are new and how many changed. The rest stays out.

    It is checked once more, under the locks of the people. Raises NotFound, Refusal when it was taken already, or Stale when it
    would do something else than was seen (None: whatever it does).
    """
    kept = list_to_take(QualificationList, number)
    lab = kept.lab
    first = check(actor, lab, kept.rows, now)
    lock_people(sorted({each.person_id for each in first if each.person_id is not None}))
    rows = check(actor, lab, kept.rows, now)
    require_as_seen(kept, rows, seen)
    new = [each for each in rows if each.outcome == NEW]
    changed = [each for each in rows if each.outcome == CHANGED]
    done = [*_added(new, actor, now), *_changed(changed, actor, now)]
    kept.taken_at = now
    db.session.flush()
    _tell(done, actor, lab, now)
    record(
        now=now,
        actor_id=actor.person_id,
        deed="qualification.imported",
        thing=("lab", lab.id),
        institution_id=lab.institution_id,
        lab_id=lab.id,
        detail={"file": kept.file_name, "added": len(new), "changed": len(changed)},
    )
    return len(new), len(changed)


def _values(each: Checked, actor: Actor, now: datetime) -> dict[str, Any]:
    assert each.subject is not None  # noqa: S101 - what is new has one
    return {
        "person_id": each.person_id,
        "instrument_id": each.subject.instrument_id,
        "technique_id": each.subject.technique_id,
        "level": each.level,
        "granted_by_id": actor.person_id,
        "granted_at": now,
        "expires_on": each.until,
        "remark": each.remark,
        "version": 1,
    }


def _added(new: list[Checked], actor: Actor, now: datetime) -> list[tuple[int, Checked]]:
    if not new:
        return []
    values = [_values(each, actor, now) for each in new]
    made = db.session.scalars(insert(_TABLE).returning(_TABLE.c.id, sort_by_parameter_order=True), values)
    return list(zip(made, new, strict=True))


def _changed(changed: list[Checked], actor: Actor, now: datetime) -> list[tuple[int, Checked]]:
    found = []
    for each, row in _rows_of(changed):
        row.level, row.expires_on = each.level, each.until
        row.remark = each.remark or row.remark
        row.granted_by_id, row.granted_at = actor.person_id, now
        row.version += 1
        found.append((row.id, each))
    return found


def _tell(done: list[tuple[int, Checked]], actor: Actor, lab: Lab, now: datetime) -> None:
    """Write each into the journal, where `among` has a person told of all theirs once; and close what was asked for."""
    counts = Counter(each.person_id for _, each in done)
    entries = []
    for number, each in done:
        detail = granted_detail(each.person_id or 0, _subject_of(each), each.level, each.until)
        if counts[each.person_id] != 1:
            detail["among"] = counts[each.person_id]
            counts[each.person_id] = 0
        entries.append(
            entry(
                now=now,
                actor_id=actor.person_id,
                deed="qualification.granted",
                thing=("qualification", number),
                institution_id=lab.institution_id,
                lab_id=lab.id,
                detail=detail,
            )
        )
    record_many(entries)
    alike: dict[tuple[Subject, str], list[int]] = defaultdict(list)
    for _, each in done:
        alike[_subject_of(each), each.level].append(each.person_id or 0)
    for (subject, level), people in alike.items():
        settle_granted(actor, people, instruments_of(subject), level, now)


def _subject_of(each: Checked) -> Subject:
    return each.subject or Subject(None, None)


def _rows_of(changed: list[Checked]) -> list[tuple[Checked, Qualification]]:
    one = Qualification
    found = db.session.scalars(
        select(one).where(one.person_id.in_({each.person_id for each in changed}), one.revoked_at.is_(None))
    )
    by_key = {(row.person_id, Subject(row.instrument_id, row.technique_id)): row for row in found}
    return [(each, by_key[each.person_id or 0, each.subject or Subject(None, None)]) for each in changed]
