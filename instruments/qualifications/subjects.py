"""For what a qualification is: an instrument or a technique; where it stands, and who may grant it there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Row, or_, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason
from instruments.journal.record import record
from instruments.people.models import Lab, Person
from instruments.people.rights import Action, Actor, Scope, may
from instruments.qualifications.models import QualifiedTechnique, TechniqueInstrument
from instruments.typed import whole

Owner: TypeAlias = Lab | Instrument


class Subject(NamedTuple):
    """One of the two is a number, the other None."""

    instrument_id: int | None
    technique_id: int | None

    @property
    def code(self) -> str:
        """As a form sends it."""
        return f"t{self.technique_id}" if self.technique_id is not None else f"i{self.instrument_id}"


class Place(NamedTuple):
    """Where a subject stands: the scopes whose staff may grant it, its institution, its lab if it has one alone."""

    scopes: tuple[Scope, ...]
    institution_id: int
    lab_id: int | None


def subject_of(code: str) -> Subject | None:
    """What a form means; None when it means nothing."""
    kind, number = code[:1], code[1:]
    found = whole(number)
    if kind not in ("i", "t") or found is None:
        return None
    return Subject(found, None) if kind == "i" else Subject(None, found)


def place_of(subject: Subject) -> Place:
    """Where a subject stands; raises NotFound. A technique of an institution stands in the labs of its instruments."""
    thing, one = Instrument, QualifiedTechnique
    if subject.instrument_id is not None:
        row = db.session.execute(
            select(thing.institution_id, thing.lab_id).where(thing.id == subject.instrument_id)
        ).first()
        if row is not None:
            return Place((Scope(row.institution_id, row.lab_id),), row.institution_id, row.lab_id)
        raise no_subject()
    technique = db.session.get(one, subject.technique_id)
    if technique is None:
        raise no_subject()
    if technique.lab_id is not None:
        home = db.session.scalar(select(Lab.institution_id).where(Lab.id == technique.lab_id)) or 0
        return Place((Scope(home, technique.lab_id),), home, technique.lab_id)
    labs = db.session.scalars(
        select(thing.lab_id)
        .join(TechniqueInstrument, TechniqueInstrument.instrument_id == thing.id)
        .where(
            TechniqueInstrument.technique_id == technique.id, thing.institution_id == technique.institution_id
        )
        .distinct()
    ).all()
    home = technique.institution_id or 0
    return Place((Scope(home), *(Scope(home, lab_id) for lab_id in labs)), home, None)


def no_subject() -> NotFound:
    """There is no such instrument or technique."""
    return NotFound([Reason("no_subject", "subject", N_("There is no such instrument or technique."))])


def may_grant(actor: Actor, place: Place, holder_id: int | None = None) -> bool:
    """Whether the actor grants qualifications there; never their own."""
    if holder_id is not None and holder_id == actor.person_id:
        return False
    return any(may(actor, Action.QUALIFICATION_GRANT, scope) for scope in place.scopes)


def require_granter(actor: Actor, place: Place, holder_id: int | None = None) -> None:
    """Raises Forbidden unless the actor grants qualifications there."""
    if may_grant(actor, place, holder_id):
        return
    if holder_id == actor.person_id and may_grant(actor, place):
        sentence = N_("Nobody grants a qualification to themselves.")
        raise Forbidden([Reason("own_qualification", "people", sentence, {}, N_("Another of the lab does."))])
    sentence, remedy = N_("You do not grant qualifications here."), N_("Its managers and operators do.")
    raise Forbidden([Reason("not_granter", None, sentence, {}, remedy)])


def subjects_of_lab(lab: Lab) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """What a lab grants qualifications for: its techniques and those of the institution in which it has instruments,
    and its instruments; rows (id, name_en, name_zh). Two statements."""
    one, thing, part = QualifiedTechnique, Instrument, TechniqueInstrument
    mine = select(part.technique_id).join(thing, thing.id == part.instrument_id).where(thing.lab_id == lab.id)
    techniques = db.session.execute(
        select(one.id, one.name_en, one.name_zh)
        .where(or_(one.lab_id == lab.id, (one.institution_id == lab.institution_id) & one.id.in_(mine)))
        .order_by(one.name_en, one.name_zh, one.id)
    ).all()
    instruments = db.session.execute(
        select(thing.id, thing.name_en, thing.name_zh)
        .where(thing.lab_id == lab.id, thing.status != "retired")
        .order_by(thing.name_en, thing.name_zh, thing.id)
    ).all()
    return techniques, instruments


def instruments_of(subject: Subject) -> Sequence[int]:
    """The instruments on which it counts."""
    if subject.instrument_id is not None:
        return [subject.instrument_id]
    part = TechniqueInstrument
    return db.session.scalars(
        select(part.instrument_id).where(part.technique_id == subject.technique_id)
    ).all()


def lock_people(person_ids: Collection[int]) -> None:
    """Take the locks on persons under which it is seen what they have already. SQLite has one writer."""
    if db.engine.dialect.name != "sqlite":
        statement = select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id)
        db.session.execute(statement.with_for_update(key_share=True))


def note_owner(owner: Owner, deed: str, detail: Mapping[str, object], actor_id: int, now: datetime) -> None:
    """Write into the journal what was done to the rules of a lab or an instrument."""
    record(
        now=now,
        actor_id=actor_id,
        deed=deed,
        thing=("lab" if isinstance(owner, Lab) else "instrument", owner.id),
        institution_id=owner.institution_id,
        lab_id=owner.id if isinstance(owner, Lab) else owner.lab_id,
        detail=detail,
    )
