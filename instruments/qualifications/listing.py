"""Lists of qualifications, admissions and requests: a lab's, an institution's, and one person's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import aliased

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import ALLOWED, SCOPE_OF_ROLE, Action, Actor
from instruments.qualifications.models import (
    WAITING,
    Qualification,
    QualificationRequest,
    QualifiedTechnique,
    SafetyAdmission,
    TechniqueInstrument,
)

STATES = ("valid", "soon", "over", "revoked")
SOON = timedelta(days=30)
A_PAGE = 50
_Granter = aliased(Person)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of a list: whose name or address holds the words, for one instrument or technique, in which state."""

    words: str = ""
    instrument_id: int | None = None
    technique_id: int | None = None
    state: str = ""


def whole() -> Select[Any]:
    """A qualification with the names of its holder, its granter, and its instrument or technique."""
    one, thing, technique = Qualification, Instrument, QualifiedTechnique
    return (
        select(
            one.id, one.person_id, one.instrument_id, one.technique_id, one.level, one.granted_by_id, one.granted_at,
            one.expires_on, one.evidence, one.evidence_name, one.remark, one.revoked_at, one.revoked_why, one.version,
            Person.name_en.label("person_en"), Person.name_zh.label("person_zh"), Person.mail,
            _Granter.name_en.label("granter_en"), _Granter.name_zh.label("granter_zh"),
            func.coalesce(thing.name_en, technique.name_en).label("subject_en"),
            func.coalesce(thing.name_zh, technique.name_zh).label("subject_zh"),
            thing.lab_id, technique.lab_id.label("technique_lab_id"),
        )
        .join(Person, Person.id == one.person_id)
        .outerjoin(_Granter, _Granter.id == one.granted_by_id)
        .outerjoin(thing, thing.id == one.instrument_id)
        .outerjoin(technique, technique.id == one.technique_id)
    )  # fmt: skip


def of_lab(lab: Lab) -> ColumnElement[bool]:
    """Those for the lab's instruments, its techniques, and techniques of its institution with one of its instruments."""
    one, thing, part, technique = Qualification, Instrument, TechniqueInstrument, QualifiedTechnique
    shared = (
        select(part.technique_id).join(thing, thing.id == part.instrument_id).where(thing.lab_id == lab.id)
    )
    own = select(technique.id).where(technique.lab_id == lab.id)
    return or_(
        one.instrument_id.in_(select(thing.id).where(thing.lab_id == lab.id)),
        one.technique_id.in_(shared),
        one.technique_id.in_(own),
    )


def page_of_lab(lab: Lab, which: Filter, today: date, number: int) -> tuple[Sequence[Row[Any]], int]:
    """One page of a lab's list, those that end soonest first, and how many there are. Two statements."""
    conditions = [of_lab(lab), *_conditions(which, today)]
    counted = (
        select(func.count())
        .select_from(Qualification)
        .join(Person, Person.id == Qualification.person_id)
        .where(*conditions)
    )
    total = db.session.scalar(counted) or 0
    one = Qualification
    rows = db.session.execute(
        whole()
        .where(*conditions)
        .order_by(one.expires_on.is_(None), one.expires_on, one.id)
        .limit(A_PAGE)
        .offset((number - 1) * A_PAGE)
    ).all()
    return rows, total


def _conditions(which: Filter, today: date) -> list[ColumnElement[bool]]:
    one = Qualification
    found = [_state(one, one.expires_on, which.state, today)]
    if which.instrument_id is not None:
        found.append(one.instrument_id == which.instrument_id)
    if which.technique_id is not None:
        found.append(one.technique_id == which.technique_id)
    return [*found, *_named(which.words)]


def _state(one: Any, until: Any, state: str, today: date) -> ColumnElement[bool]:
    if state == "revoked":
        return one.revoked_at.is_not(None)
    live = one.revoked_at.is_(None)
    match state:
        case "valid":
            return live & or_(until.is_(None), until >= today)
        case "soon":
            return live & (until >= today) & (until <= today + SOON)
        case "over":
            return live & (until < today)
        case _:
            return live


def _named(words: str) -> list[ColumnElement[bool]]:
    wanted = words.replace("\0", " ").strip().lower()
    if not wanted:
        return []
    fields = (func.lower(Person.name_en), Person.name_zh, Person.mail)
    return [or_(*(field.contains(wanted, autoescape=True) for field in fields))]


def own(person_id: int) -> Sequence[Row[Any]]:
    """What a person has and had, what holds first; ask_on: an instrument on which it counts, whose lab is asked to
    renew it. One statement."""
    one, part = Qualification, TechniqueInstrument
    of_technique = (
        select(func.min(part.instrument_id)).where(part.technique_id == one.technique_id).scalar_subquery()
    )
    return db.session.execute(
        whole()
        .add_columns(func.coalesce(one.instrument_id, of_technique).label("ask_on"))
        .where(one.person_id == person_id)
        .order_by(one.revoked_at.is_not(None), one.expires_on, one.id)
    ).all()


def admissions() -> Select[Any]:
    """A safety admission with the names of its holder, its granter and its institution."""
    one, home = SafetyAdmission, Institution
    return (
        select(
            one.id, one.person_id, one.institution_id, one.exam, one.result, one.valid_until, one.granted_at,
            one.granted_by_id, one.evidence, one.evidence_name, one.revoked_at, one.revoked_why, one.version,
            Person.name_en.label("person_en"), Person.name_zh.label("person_zh"), Person.mail,
            _Granter.name_en.label("granter_en"), _Granter.name_zh.label("granter_zh"),
            home.name_en.label("institution_en"), home.name_zh.label("institution_zh"),
        )
        .join(Person, Person.id == one.person_id)
        .join(home, home.id == one.institution_id)
        .outerjoin(_Granter, _Granter.id == one.granted_by_id)
    )  # fmt: skip


def own_admissions(person_id: int) -> Sequence[Row[Any]]:
    """The safety admissions that a person has and had, what holds first. One statement."""
    one = SafetyAdmission
    return db.session.execute(
        admissions()
        .where(one.person_id == person_id)
        .order_by(one.revoked_at.is_not(None), one.valid_until, one.id)
    ).all()


def page_of_admissions(
    institution_id: int, which: Filter, today: date, number: int
) -> tuple[Sequence[Row[Any]], int]:
    """One page of an institution's admissions, those that end soonest first, and how many there are. Two statements."""
    one = SafetyAdmission
    conditions = [
        one.institution_id == institution_id,
        _state(one, one.valid_until, which.state, today),
        *_named(which.words),
    ]
    counted = (
        select(func.count()).select_from(one).join(Person, Person.id == one.person_id).where(*conditions)
    )
    total = db.session.scalar(counted) or 0
    rows = db.session.execute(
        admissions()
        .where(*conditions)
        .order_by(one.valid_until, one.id)
        .limit(A_PAGE)
        .offset((number - 1) * A_PAGE)
    ).all()
    return rows, total


def requests() -> Select[Any]:
    """A request with the names of who asks, and of the instrument or institution; of a renewal the technique, if it is
    one's, and to which day it lasts; `admitted`: to which day they have the safety admission of its institution."""
    one, thing, home, admission = QualificationRequest, Instrument, Institution, SafetyAdmission
    held, technique = Qualification, QualifiedTechnique
    admitted = (
        select(admission.valid_until)
        .where(
            admission.person_id == one.person_id,
            admission.institution_id == one.institution_id,
            admission.revoked_at.is_(None),
        )
        .scalar_subquery()
    )
    return (
        select(
            one.id, one.person_id, one.institution_id, one.lab_id, one.instrument_id, one.level, one.words,
            one.asked_at, one.state, one.message, one.answered_at, one.version, one.renews_id,
            held.technique_id, held.level.label("renews_level"), held.expires_on.label("renews_until"),
            held.revoked_at.label("renews_revoked_at"),
            technique.name_en.label("technique_en"), technique.name_zh.label("technique_zh"),
            Person.name_en.label("person_en"), Person.name_zh.label("person_zh"), Person.mail,
            thing.name_en.label("instrument_en"), thing.name_zh.label("instrument_zh"),
            home.name_en.label("institution_en"), home.name_zh.label("institution_zh"),
            admitted.label("admitted"),
        )
        .join(Person, Person.id == one.person_id)
        .join(home, home.id == one.institution_id)
        .outerjoin(thing, thing.id == one.instrument_id)
        .outerjoin(held, held.id == one.renews_id)
        .outerjoin(technique, technique.id == held.technique_id)
    )  # fmt: skip


def waiting_at_lab(lab_id: int, limit: int = 100) -> Sequence[Row[Any]]:
    """The requests that wait for a lab, oldest first."""
    one = QualificationRequest
    return _waiting(one.lab_id == lab_id, limit)


def count_open_at_lab(lab_id: int, person_id: int) -> int:
    """How many requests wait for a lab's first answer; what this person asked themselves, others answer."""
    one = QualificationRequest
    which = (one.lab_id == lab_id, one.state == "open", one.person_id != person_id)
    return db.session.scalar(select(func.count(one.id)).where(*which)) or 0


def waiting_at_institution(institution_id: int, limit: int = 100) -> Sequence[Row[Any]]:
    """The requests for an institution's safety admission that wait, oldest first."""
    one = QualificationRequest
    return _waiting((one.institution_id == institution_id) & one.lab_id.is_(None), limit)


def own_requests(person_id: int, limit: int = 50) -> Sequence[Row[Any]]:
    """The requests of a person, newest first."""
    one = QualificationRequest
    return db.session.execute(
        requests().where(one.person_id == person_id).order_by(one.id.desc()).limit(limit)
    ).all()


def _waiting(which: ColumnElement[bool], limit: int) -> Sequence[Row[Any]]:
    one = QualificationRequest
    found = requests().where(which, one.state.in_(WAITING)).order_by(one.asked_at, one.id).limit(limit)
    return db.session.execute(found).all()


def counts_waiting(actor: Actor) -> Sequence[Row[Any]]:
    """By lab or institution whose requests this person answers: how many are open. One statement.

    Rows (lab_id or None, institution_id, count); those that they asked themselves are left out.
    """
    one = QualificationRequest
    parts: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        kind = SCOPE_OF_ROLE[grant.role]
        if kind == "lab" and grant.role in ALLOWED[Action.QUALIFICATION_GRANT]:
            parts.append(one.lab_id == grant.scope_id)
        if kind == "institution" and grant.role in ALLOWED[Action.ADMISSION_GRANT]:
            parts.append(one.lab_id.is_(None) & (one.institution_id == grant.scope_id))
    if not parts:
        return ()
    home = func.min(one.institution_id).label("institution_id")
    return db.session.execute(
        select(one.lab_id, home, func.count().label("count"))
        .where(or_(*parts), one.state == "open", one.person_id != actor.person_id)
        .group_by(one.lab_id, one.institution_id)
        .order_by(one.lab_id)
    ).all()
