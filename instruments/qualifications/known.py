"""What instruments ask of their users, for the memory of the catalogue; and what people have, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Integer, String, cast, literal, null, select, union_all

from instruments.database import db
from instruments.people.rights import Actor, Role
from instruments.qualifications.models import (
    Qualification,
    QualificationRule,
    SafetyAdmission,
    TechniqueInstrument,
)
from instruments.qualifications.needs import Held, Needs, Night, Standing

Asked: TypeAlias = Callable[[int, int, int], Needs | None]
_RULE: Any = QualificationRule.__table__.c
_STAFF = (Role.LAB_MANAGER, Role.LAB_OPERATOR)


def needs_by_instrument() -> Asked:
    """What an instrument asks, by its number, institution and lab; None where nothing. Two statements for all."""
    rules: dict[tuple[str, int], Any] = {}
    for row in db.session.execute(select(QualificationRule.__table__).where(_RULE.in_force)):
        owner = ("lab", row.lab_id) if row.instrument_id is None else ("instrument", row.instrument_id)
        rules[owner] = row
    techniques = _techniques() if rules else {}

    def asked(instrument_id: int, institution_id: int, lab_id: int) -> Needs | None:
        row = rules.get(("instrument", instrument_id)) or rules.get(("lab", lab_id))
        if row is None or not (
            row.level or row.night_level or row.admission or row.two_at_night or row.two_if_hazardous
        ):
            return None
        return Needs(
            instrument_id,
            institution_id,
            lab_id,
            frozenset(techniques.get(instrument_id, ())),
            row.level,
            row.night_level,
            night_of(row),
            row.admission,
            row.two_at_night,
            row.two_if_hazardous,
        )

    return asked


def night_of(row: Any) -> Night | None:
    """The night of a rule, where it says one."""
    if row.night_from is None or row.night_until is None:
        return None
    return Night(row.night_from, row.night_until, row.days_off)


def _techniques() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    one = TechniqueInstrument
    for technique_id, instrument_id in db.session.execute(select(one.technique_id, one.instrument_id)):
        found.setdefault(instrument_id, []).append(technique_id)
    return found


def standings(person_ids: Collection[int]) -> dict[int, Standing]:
    """What each of these people has, over all labs and institutions. One statement."""
    held: dict[int, list[Held]] = {}
    admissions: dict[int, dict[int, date]] = {}
    for person_id, kind, instrument_id, other_id, level, day in db.session.execute(_all_of(person_ids)):
        if kind == 1:
            admissions.setdefault(person_id, {})[other_id] = day
        else:
            held.setdefault(person_id, []).append(Held(instrument_id, other_id, level, day))
    return {
        person_id: Standing(tuple(held.get(person_id, ())), admissions.get(person_id, {}))
        for person_id in person_ids
    }


def standing_of(person_id: int) -> Standing:
    """What one person has. One statement."""
    return standings([person_id])[person_id]


def _all_of(person_ids: Collection[int]) -> Any:
    one, admission = Qualification, SafetyAdmission
    levels = select(
        one.person_id, literal(0, Integer), one.instrument_id, one.technique_id, one.level, one.expires_on
    ).where(one.person_id.in_(person_ids), one.revoked_at.is_(None))
    admitted = select(
        admission.person_id,
        literal(1, Integer),
        cast(null(), BigInteger),
        admission.institution_id,
        cast(null(), String(12)),
        admission.valid_until,
    ).where(admission.person_id.in_(person_ids), admission.revoked_at.is_(None))
    return union_all(levels, admitted)


def is_staff_of(actor: Actor, lab_id: int) -> bool:
    """Whether somebody runs a lab as its manager or operator, and so grants its qualifications."""
    return any(grant.role in _STAFF and grant.scope_id == lab_id for grant in actor.grants)
