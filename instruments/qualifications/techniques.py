"""Techniques: named groups of instruments, of a lab or over the labs of an institution."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, delete, exists, func, insert, select

from instruments.catalog.models import Instrument
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale
from instruments.journal.record import record
from instruments.people.models import Institution, Lab
from instruments.people.rights import Actor, Scope
from instruments.qualifications.models import Qualification, QualifiedTechnique, TechniqueInstrument

Owner: TypeAlias = Lab | Institution
LONGEST_NAME = 120
MOST_INSTRUMENTS = 2000


def scope_of(owner: Owner) -> Scope:
    """Where the owner stands."""
    return Scope(owner.institution_id, owner.id) if isinstance(owner, Lab) else Scope(owner.id)


def techniques_of(owner: Owner) -> Sequence[Row[Any]]:
    """The techniques of a lab or institution: (id, name_en, name_zh, version, instruments, people). One statement."""
    one, part, held = QualifiedTechnique, TechniqueInstrument, Qualification
    column = one.lab_id if isinstance(owner, Lab) else one.institution_id
    instruments = select(func.count()).where(part.technique_id == one.id).scalar_subquery()
    people = (
        select(func.count()).where(held.technique_id == one.id, held.revoked_at.is_(None)).scalar_subquery()
    )
    return db.session.execute(
        select(
            one.id, one.name_en, one.name_zh, one.version,
            instruments.label("instruments"), people.label("people"),
        )
        .where(column == owner.id)
        .order_by(one.name_en, one.name_zh, one.id)
    ).all()  # fmt: skip


def the_technique(owner: Owner, number: int) -> QualifiedTechnique:
    """One technique of the owner; raises NotFound."""
    row = db.session.get(QualifiedTechnique, number)
    mine = row is not None and (row.lab_id if isinstance(owner, Lab) else row.institution_id) == owner.id
    if row is None or not mine:
        raise NotFound([Reason("no_technique", None, N_("There is no such technique."))])
    return row


def instruments_for(owner: Owner) -> Sequence[Row[Any]]:
    """The instruments that may belong to a technique of the owner: (id, name_en, name_zh, lab_en, lab_zh)."""
    thing = Instrument
    mine = thing.lab_id == owner.id if isinstance(owner, Lab) else thing.institution_id == owner.id
    return db.session.execute(
        select(
            thing.id, thing.name_en, thing.name_zh, Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh")
        )
        .join(Lab, Lab.id == thing.lab_id)
        .where(mine, thing.status != "retired")
        .order_by(Lab.id, thing.name_en, thing.name_zh, thing.id)
        .limit(MOST_INSTRUMENTS)
    ).all()


def members_of(technique_id: int) -> list[int]:
    """The instruments of a technique."""
    part = TechniqueInstrument
    return list(db.session.scalars(select(part.instrument_id).where(part.technique_id == technique_id)))


def members_of_all(owner: Owner) -> dict[int, list[int]]:
    """The instruments of each technique of the owner, by the technique's number. One statement."""
    one, part = QualifiedTechnique, TechniqueInstrument
    column = one.lab_id if isinstance(owner, Lab) else one.institution_id
    found: dict[int, list[int]] = defaultdict(list)
    for technique_id, instrument_id in db.session.execute(
        select(part.technique_id, part.instrument_id)
        .join(one, one.id == part.technique_id)
        .where(column == owner.id)
        .order_by(part.technique_id, part.instrument_id)
    ):
        found[technique_id].append(instrument_id)
    return found


def objections(owner: Owner, names: tuple[str, str], instrument_ids: Collection[int]) -> Iterator[Reason]:
    """Why a technique of the owner cannot be called and hold this."""
    if not any(names):
        yield Reason("name", "name_en", N_("Give it a name, in English or Chinese."))
    if any(len(name) > LONGEST_NAME for name in names):
        values = {"most": LONGEST_NAME}
        yield Reason("too_long", "name_en", N_("At most %(most)s characters."), values)
    if not instrument_ids or not set(instrument_ids) <= {each.id for each in instruments_for(owner)}:
        sentence = N_("Choose at least one instrument of those listed.")
        yield Reason("instruments", "instruments", sentence)


def set_technique(
    actor: Actor,
    owner: Owner,
    row: QualifiedTechnique | None,
    names: tuple[str, str],
    instrument_ids: Collection[int],
    version: int | None,
    now: datetime,
) -> QualifiedTechnique:
    """Add a technique of the owner, or change one, inside a deed. names: English, Chinese; one may be empty.

    Raises Refusal with every reason, Stale when it was changed meanwhile.
    """
    raise_catalog()
    if row is not None and version is not None and row.version != version:
        sentence = N_("This was changed since you opened it. Look at it again, then decide.")
        raise Stale([Reason("stale", None, sentence)])
    if reasons := list(objections(owner, names, instrument_ids)):
        raise Refusal(reasons)
    deed = "technique.added" if row is None else "technique.changed"
    if row is None:
        row = QualifiedTechnique(version=0)
        row.lab_id, row.institution_id = (owner.id, None) if isinstance(owner, Lab) else (None, owner.id)
        db.session.add(row)
    row.name_en, row.name_zh = names
    row.version += 1
    db.session.flush()
    part: Any = TechniqueInstrument.__table__
    db.session.execute(delete(part).where(part.c.technique_id == row.id))
    members = [{"technique_id": row.id, "instrument_id": number} for number in sorted(set(instrument_ids))]
    db.session.execute(insert(part), members)
    _note(actor, owner, row, deed, len(members), now)
    return row


def remove_technique(actor: Actor, owner: Owner, number: int, now: datetime) -> None:
    """Remove a technique for which nobody was ever qualified, inside a deed. Raises NotFound or Refusal."""
    raise_catalog()
    row = the_technique(owner, number)
    if db.session.scalar(select(exists().where(Qualification.technique_id == row.id))):
        sentence = N_("People are or were qualified for it, so it stays.")
        remedy = N_("Take its instruments out, or rename it.")
        raise Refusal([Reason("technique_used", None, sentence, {}, remedy)])
    _note(actor, owner, row, "technique.removed", 0, now)
    db.session.delete(row)
    db.session.flush()


def _note(actor: Actor, owner: Owner, row: QualifiedTechnique, deed: str, count: int, now: datetime) -> None:
    is_lab = isinstance(owner, Lab)
    record(
        now=now,
        actor_id=actor.person_id,
        deed=deed,
        thing=("technique", row.id),
        institution_id=owner.institution_id if isinstance(owner, Lab) else owner.id,
        lab_id=owner.id if is_lab else None,
        detail={"name": row.name_en or row.name_zh, "count": count},
    )
