"""Qualifications and safety admissions that end: their holders are told 30 and 7 days before, and when they are over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from instruments.database import db
from instruments.notices.kind import Told
from instruments.notices.kinds import BY_CODE
from instruments.notices.kinds.qualifications import OWN_PAGE, subject_values
from instruments.notices.models import Notice
from instruments.notices.noting import Occasion
from instruments.people.signing import today
from instruments.qualifications.models import Qualification, SafetyAdmission

KIND = BY_CODE["qualification.ends"]
# Days left at most, and what is said then; who came to the last step is not told of those before.
STEPS = ((-1, "over"), (7, "soon"), (30, "soon"))
# What was over long before this was watched is no news.
LOOK_BACK = timedelta(days=7)
FURTHEST = timedelta(days=30)
AT_ONCE = 500


def ending(now: datetime) -> Iterator[Occasion]:
    """One occasion for each that came to a step of which its holder was not told yet. Three statements, and one more for each
    further 500."""
    day = today(now)
    found = [*_ending_qualifications(day), *_ending_admissions(day)]
    known = _told({key for key, _ in found})
    for key, told in found:
        if key not in known:
            yield Occasion(KIND, key, None, now, told)


def _ending_qualifications(day: date) -> Iterator[tuple[str, Told]]:
    one = Qualification
    rows = db.session.execute(
        select(
            one.id,
            one.person_id,
            one.instrument_id,
            one.technique_id,
            one.level,
            one.expires_on.label("until"),
        )
        .where(one.revoked_at.is_(None), one.expires_on >= day - LOOK_BACK, one.expires_on <= day + FURTHEST)
        .order_by(one.expires_on, one.id)
    )
    for row in rows:
        detail = {
            "user_id": row.person_id,
            "instrument_id": row.instrument_id,
            "technique_id": row.technique_id,
            "level": row.level,
        }
        yield _occasion("qualification", row, detail, day)


def _ending_admissions(day: date) -> Iterator[tuple[str, Told]]:
    one = SafetyAdmission
    rows = db.session.execute(
        select(one.id, one.person_id, one.institution_id, one.valid_until.label("until"))
        .where(
            one.revoked_at.is_(None), one.valid_until >= day - LOOK_BACK, one.valid_until <= day + FURTHEST
        )
        .order_by(one.valid_until, one.id)
    )
    for row in rows:
        detail = {"user_id": row.person_id, "institution_id": row.institution_id}
        yield _occasion("admission", row, detail, day)


def _occasion(kind: str, row: Any, detail: dict[str, Any], day: date) -> tuple[str, Told]:
    left = (row.until - day).days
    step, said = next(each for each in STEPS if left <= each[0])
    told = subject_values({**detail, "until": row.until.isoformat()})
    said = f"admission_{said}" if kind == "admission" else said
    key = f"ends/{kind}/{row.id}/{row.until.isoformat()}/{step}"
    return key, Told(row.person_id, said, OWN_PAGE, told)


def _told(keys: set[str]) -> set[str]:
    wanted, told = sorted(keys), set[str]()
    for first in range(0, len(wanted), AT_ONCE):
        some = wanted[first : first + AT_ONCE]
        told |= set(db.session.scalars(select(Notice.occasion).where(Notice.occasion.in_(some))))
    return told
