"""What a list of safety admissions that an institution brought would do, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.errors import Reason
from instruments.people.rights import Actor
from instruments.qualifications.admitting import DAY_MISSING, LONGEST_EXAM, OWN
from instruments.qualifications.list_checking import (
    CHANGED,
    NEW,
    NO_MAIL,
    NOBODY,
    REFUSED,
    SAME,
    TWICE,
    UNKNOWN,
    last_day,
    people_by_mail,
)
from instruments.qualifications.models import SafetyAdmission
from instruments.qualifications.words import why_objections


@dataclass(frozen=True, slots=True)
class CheckedAdmission:
    """One row: what would become of it, and everything against it; whom it admits to which day, where it admits somebody.

    written: its last day as the file says it; exam, result: what would be kept of them; before: the last day, exam and
    result that it changes.
    """

    row: int
    mail: str
    outcome: str
    written: str
    reasons: tuple[Reason, ...] = ()
    person_id: int | None = None
    until: date | None = None
    exam: str = ""
    result: str = ""
    before: tuple[date, str, str] | None = None


def check_admissions(
    actor: Actor, institution_id: int, rows: Sequence[Mapping[str, Any]], now: datetime
) -> list[CheckedAdmission]:
    """Every row as it would be done now. Two statements."""
    people = people_by_mail(rows, now)
    held = admissions_held(institution_id, people.values())
    seen: set[int] = set()
    found = []
    for row in rows:
        one = _one(actor, row, people, now)
        if one.person_id is not None:
            if one.person_id in seen:
                one = replace(one, outcome=REFUSED, reasons=(TWICE,), person_id=None)
            else:
                seen.add(one.person_id)
                one = _compared(one, held.get(one.person_id))
        found.append(one)
    return found


def _one(actor: Actor, row: Mapping[str, Any], people: Mapping[str, int], now: datetime) -> CheckedAdmission:
    mail = str(row["mail"]).strip().lower()
    written, exam, result = (str(row[name]).strip() for name in ("until", "exam", "result"))
    one = CheckedAdmission(int(row["row"]), mail, REFUSED, written, exam=exam, result=result)
    person_id = people.get(mail)
    if mail and person_id is None:
        return replace(one, outcome=UNKNOWN, reasons=(NOBODY,))
    until, reasons = last_day(written, now)
    if person_id is None:
        reasons.insert(0, NO_MAIL)
    elif person_id == actor.person_id:
        reasons.append(OWN)
    if not written:
        reasons.append(DAY_MISSING)
    for name, words in (("exam", exam), ("result", result)):
        reasons += why_objections(words, name, LONGEST_EXAM)
    if reasons:
        return replace(one, reasons=tuple(replace(reason, field=None) for reason in reasons))
    return replace(one, outcome=NEW, person_id=person_id, until=until)


def _compared(one: CheckedAdmission, held: SafetyAdmission | None) -> CheckedAdmission:
    """A row beside what the person has; what the list does not say of the exam stays."""
    if held is None:
        return one
    one = replace(one, exam=one.exam or held.exam, result=one.result or held.result)
    before = (held.valid_until, held.exam, held.result)
    return replace(
        one, outcome=SAME if before == (one.until, one.exam, one.result) else CHANGED, before=before
    )


def admissions_held(institution_id: int, person_ids: Iterable[int | None]) -> dict[int, SafetyAdmission]:
    """By person, the admission of an institution that they have, as it is now."""
    one = SafetyAdmission
    rows = db.session.scalars(
        select(one).where(
            one.institution_id == institution_id, one.person_id.in_(set(person_ids)), one.revoked_at.is_(None)
        ),
        execution_options={"populate_existing": True},
    )
    return {row.person_id: row for row in rows}
