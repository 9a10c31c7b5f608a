"""Set the kinds of violation that a lab knows, and what each leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal, Stale, together
from instruments.journal.record import record
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.reservations.conduct.models import ViolationKind
from instruments.reservations.conduct.rules import Consequence, name_objections, rule_objections

MOST = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind as it shall be. in_use: whether it can still be recorded."""

    name_en: str
    name_zh: str
    rule: Consequence
    in_use: bool = True


def kinds_of(lab_id: int, *, in_use: bool = False) -> Sequence[ViolationKind]:
    """The kinds of a lab in the order in which they were added; in_use: only those that can be recorded."""
    kind = ViolationKind
    wanted = [kind.lab_id == lab_id, *([kind.in_use] if in_use else [])]
    return db.session.scalars(select(kind).where(*wanted).order_by(kind.in_use.desc(), kind.id)).all()


def the_kind(kind_id: int) -> ViolationKind:
    """The kind with this number; raises NotFound."""
    kind = db.session.get(ViolationKind, kind_id)
    if kind is None:
        raise NotFound([Reason("no_kind", "kind", N_("There is no such kind of violation."))])
    return kind


def objections(wanted: Wanted) -> list[Reason]:
    """Every reason against it."""
    return [*name_objections(wanted.name_en, wanted.name_zh), *rule_objections(wanted.rule)]


def add_kind(
    actor: Actor, lab: Lab, wanted: Wanted, now: datetime, more: Sequence[Reason] = ()
) -> ViolationKind:
    """Add a kind, inside a deed. more: what of it could not be read. Raises Refusal with every reason."""
    _lock(lab)
    reasons = together(more, [*objections(wanted), *_twice(lab.id, wanted)])
    count = select(func.count()).select_from(ViolationKind).where(ViolationKind.lab_id == lab.id)
    if (db.session.scalar(count) or 0) >= MOST:
        reasons.append(Reason("too_many", None, N_("A lab has at most %(most)s kinds."), {"most": MOST}))
    if reasons:
        raise Refusal(reasons)
    kind = ViolationKind(lab_id=lab.id, **_values(wanted))
    db.session.add(kind)
    db.session.flush()
    _note(actor, lab, "violation_kind.added", kind, now)
    return kind


def change_kind(
    actor: Actor, lab: Lab, kind: ViolationKind, wanted: Wanted, version: int | None, now: datetime,
    more: Sequence[Reason] = (),
) -> None:  # fmt: skip
    """Change a kind, inside a deed; what was recorded stays as it was. more: as in `add_kind`. Raises Refusal with every
    reason, Stale."""
    present = db.session.scalar(
        select(ViolationKind.version).where(ViolationKind.id == kind.id).with_for_update()
    )
    if version is not None and present != version:
        sentence = N_("This was changed since you opened it. Look at it again, then decide.")
        raise Stale([Reason("stale", None, sentence)])
    _lock(lab)
    if reasons := together(more, [*objections(wanted), *_twice(lab.id, wanted, apart_from=kind.id)]):
        raise Refusal(reasons)
    for name, value in _values(wanted).items():
        setattr(kind, name, value)
    kind.version += 1
    db.session.flush()
    _note(actor, lab, "violation_kind.changed", kind, now)


def _lock(lab: Lab) -> None:
    """So that of two at once the second sees the name of the first. SQLite has one writer."""
    db.session.execute(select(Lab.id).where(Lab.id == lab.id).with_for_update(key_share=True))


def _twice(lab_id: int, wanted: Wanted, apart_from: int = 0) -> Iterator[Reason]:
    """Against a name that another kind of the lab has: in the list one could not be told from the other."""
    kind = ViolationKind
    others = db.session.execute(
        select(kind.name_en, kind.name_zh).where(kind.lab_id == lab_id, kind.id != apart_from)
    ).all()
    for field in ("name_en", "name_zh"):
        name = getattr(wanted, field).casefold()
        if name and any(getattr(other, field).casefold() == name for other in others):
            sentence, remedy = N_("The lab has a kind of this name already."), N_("Change that one instead.")
            yield Reason("name_taken", field, sentence, {}, remedy)


def _values(wanted: Wanted) -> dict[str, object]:
    rule = wanted.rule
    return {
        "name_en": wanted.name_en, "name_zh": wanted.name_zh, "suspended_days": rule.suspended_days,
        "after": rule.after, "expires_days": rule.expires_days, "in_use": wanted.in_use,
    }  # fmt: skip


def _note(actor: Actor, lab: Lab, deed: str, kind: ViolationKind, now: datetime) -> None:
    record(
        now=now,
        actor_id=actor.person_id,
        deed=deed,
        thing=("lab", lab.id),
        institution_id=lab.institution_id,
        lab_id=lab.id,
        detail={"name": kind.name_en or kind.name_zh, "suspended_days": kind.suspended_days},
    )
