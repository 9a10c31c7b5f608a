"""What a list of qualifications that a lab brought would do, row by row: new, changed, the same, unknown, refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Reason
from instruments.people.models import Lab, Person
from instruments.people.rights import Actor
from instruments.people.roles import is_active
from instruments.people.signing import today
from instruments.qualifications.granting import LONGEST_REMARK, day_objections
from instruments.qualifications.models import Qualification
from instruments.qualifications.subjects import Subject, subjects_of_lab

NEW, CHANGED, SAME, UNKNOWN, REFUSED = "new", "changed", "same", "unknown", "refused"
OUTCOMES = (NEW, CHANGED, SAME, UNKNOWN, REFUSED)
NOBODY = Reason(
    "no_person", None, N_("Nobody with an account has this address: invite them, then bring the list again.")
)
NO_MAIL = Reason("no_mail", None, N_("The row has no mail address."))
TWICE = Reason("twice", None, N_("This person stands here twice for the same; the first row counts."))
# Words of levels as labs write them, in lower case.
LEVELS_WRITTEN: Mapping[str, str] = {
    "assisted": "assisted", "with assistance": "assisted", "协助": "assisted", "在协助下操作": "assisted",
    "协助操作": "assisted", "协助使用": "assisted", "协助上机": "assisted",
    "independent": "independent", "independent use": "independent", "独立": "independent", "独立操作": "independent",
    "独立使用": "independent", "独立上机": "independent", "自主上机": "independent",
    "night": "night", "use at night": "night", "夜间": "night", "夜间独立操作": "night", "独立（夜间）": "night",
    "夜间操作": "night", "夜间使用": "night", "夜间上机": "night",
}  # fmt: skip
# Year first, or with dots day first; a spreadsheet may add midnight. What could be either month or day first is no date.
_YEAR_FIRST = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+00:00(?::00)?(?:\.0+)?)?"
)
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")


@dataclass(frozen=True, slots=True)
class Checked:
    """One row: what would become of it, and everything against it; what it grants to whom, where it grants something.

    written: its level, last day and instrument or technique as the file says them; before: the level and last day that
    it changes.
    """

    row: int
    mail: str
    outcome: str
    written: Mapping[str, str]
    reasons: tuple[Reason, ...] = ()
    person_id: int | None = None
    subject: Subject | None = None
    level: str = ""
    until: date | None = None
    remark: str = ""
    before: tuple[str, date | None] | None = None


def check(actor: Actor, lab: Lab, rows: Sequence[Mapping[str, Any]], now: datetime) -> list[Checked]:
    """Every row as it would be done now. A constant number of statements."""
    people, subjects = people_by_mail(rows, now), _subjects(lab)
    held = _held({person_id for person_id in people.values()})
    seen: set[tuple[int, Subject]] = set()
    found = []
    for row in rows:
        one = _one(actor, row, people, subjects, now)
        if one.person_id is not None and one.subject is not None:
            key = (one.person_id, one.subject)
            if key in seen:
                one = Checked(one.row, one.mail, REFUSED, one.written, (TWICE,))
            else:
                one = _compared(one, held.get(key))
            seen.add(key)
        found.append(one)
    return found


def _one(
    actor: Actor,
    row: Mapping[str, Any],
    people: Mapping[str, int],
    subjects: Mapping[str, Subject],
    now: datetime,
) -> Checked:
    number, mail = int(row["row"]), str(row["mail"]).strip().lower()
    written = {name: str(row[name]).strip() for name in ("level", "until", "subject")}
    person_id = people.get(mail)
    if mail and person_id is None:
        return Checked(number, mail, UNKNOWN, written, (NOBODY,))
    until, reasons = last_day(written["until"], now)
    if person_id is None:
        reasons.insert(0, NO_MAIL)
    elif person_id == actor.person_id:
        reasons.append(Reason("own", None, N_("Nobody grants a qualification to themselves.")))
    level = LEVELS_WRITTEN.get(written["level"].lower(), "")
    if not level:
        reasons.append(Reason("level", None, N_("The level is none of: assisted, independent, night.")))
    subject = subjects.get(written["subject"].lower())
    if not written["subject"]:
        sentence = N_("The row names no instrument or technique, and none was chosen for such rows.")
        reasons.append(Reason("no_subject", None, sentence))
    elif subject is None:
        sentence = N_("The lab has no instrument or technique of this name or number.")
        reasons.append(Reason("subject", None, sentence))
    if reasons:
        return Checked(number, mail, REFUSED, written, tuple(reasons))
    remark = str(row["remark"]).strip()[:LONGEST_REMARK]
    return Checked(number, mail, NEW, written, (), person_id, subject, level, until, remark)


def last_day(text: str, now: datetime) -> tuple[date | None, list[Reason]]:
    """The last day that a cell says, if it says one, and what stands against it."""
    if not text:
        return None, []
    day = day_written(text)
    if day is None:
        return None, [Reason("date", None, N_("The last day is no date; write it like 2027-03-01."))]
    return day, list(day_objections(day, now, "until"))


def day_written(text: str) -> date | None:
    """The date that a cell says; None where it says none, or one that could be read in two ways."""
    parts: Sequence[str] = ()
    if match := _YEAR_FIRST.fullmatch(text.strip()):
        parts = match.groups()
    elif match := _DAY_FIRST.fullmatch(text.strip()):
        parts = match.groups()[::-1]
    try:
        return date(*(int(part) for part in parts)) if parts else None
    except ValueError:
        return None


def _compared(one: Checked, held: Qualification | None) -> Checked:
    if held is None:
        return one
    before = (held.level, held.expires_on)
    return replace(one, outcome=SAME if before == (one.level, one.until) else CHANGED, before=before)


def people_by_mail(rows: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, int]:
    """By mail address, who of these rows has an account."""
    mails = {str(row["mail"]).strip().lower() for row in rows if "\0" not in str(row["mail"])}
    found = db.session.scalars(select(Person).where(Person.mail.in_(mails)))
    return {person.mail: person.id for person in found if is_active(person, today(now))}


def _subjects(lab: Lab) -> dict[str, Subject]:
    """By what a list may call it: the names and asset numbers of instruments, the names of techniques, our own codes."""
    techniques, instruments = subjects_of_lab(lab)
    found: dict[str, Subject] = {}
    for row in instruments:
        for name in (row.name_en, row.name_zh):
            found.setdefault(name.strip().lower(), Subject(row.id, None))
    thing = Instrument
    numbers = select(thing.id, thing.asset_number).where(thing.lab_id == lab.id, thing.asset_number != "")
    for number, asset in db.session.execute(numbers):
        found[asset.strip().lower()] = Subject(number, None)
    for row in techniques:
        for name in (row.name_en, row.name_zh):
            found[name.strip().lower()] = Subject(None, row.id)
    found |= {f"i{row.id}": Subject(row.id, None) for row in instruments}
    found |= {f"t{row.id}": Subject(None, row.id) for row in techniques}
    found.pop("", None)
    return found


def _held(person_ids: set[int]) -> dict[tuple[int, Subject], Qualification]:
    one = Qualification
    rows = db.session.scalars(
        select(one).where(
            one.person_id.in_(person_ids),
            one.revoked_at.is_(None),
            or_(one.instrument_id.is_not(None), one.technique_id.is_not(None)),
        )
    )
    return {(row.person_id, Subject(row.instrument_id, row.technique_id)): row for row in rows}
