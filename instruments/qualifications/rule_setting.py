"""Set what the instruments of a lab ask of their users, or what one instrument asks instead."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, Stale
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.qualifications.models import QualificationRule
from instruments.qualifications.needs import Night, objections
from instruments.qualifications.subjects import Owner, note_owner

FIELDS = (
    "level", "night_level", "night_from", "night_until", "days_off", "admission", "two_at_night",
    "two_if_hazardous",
)  # fmt: skip

# Of an instrument: nobody shall believe that a rule holds which was only filled in.
NOT_ITS_OWN = Reason(
    "not_its_own", "own", N_("What you changed below holds only with “Its own”, and the lab’s rule is chosen."), {},
    N_("Choose “Its own”, or leave the fields as they were."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WantedRule:
    """What shall be asked. in_force: an instrument's own rule holds, not its lab's; a lab's always does."""

    level: str = ""
    night_level: str = ""
    night_from: int | None = None
    night_until: int | None = None
    days_off: bool = False
    admission: bool = False
    two_at_night: bool = False
    two_if_hazardous: bool = False
    in_force: bool = True


def rule_row(owner: Owner) -> QualificationRule | None:
    """What the owner has set itself; None when it never did."""
    column = QualificationRule.lab_id if isinstance(owner, Lab) else QualificationRule.instrument_id
    return db.session.scalar(select(QualificationRule).where(column == owner.id))


def set_rule(actor: Actor, owner: Owner, wanted: WantedRule, version: int | None, now: datetime) -> int:
    """Set the rule of the owner, inside a deed, and return its new version. What is booked stays as it is.

    version: what the actor saw, 0 when nothing was set, None for any. Raises Refusal with every reason, Stale when
    it was changed meanwhile.
    """
    if reasons := rule_objections(wanted):
        raise Refusal(reasons)
    raise_catalog()
    row = rule_row(owner)
    if version is not None and (row.version if row else 0) != version:
        sentence = N_("These rules were changed since you opened them.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at them again, then decide."))])
    before = told(row)
    if row is None:
        row = QualificationRule(version=0)
        row.lab_id, row.instrument_id = (owner.id, None) if isinstance(owner, Lab) else (None, owner.id)
        db.session.add(row)
    for name, value in asdict(wanted).items():
        setattr(row, name, value)
    row.in_force = wanted.in_force or isinstance(owner, Lab)
    row.version += 1
    db.session.flush()
    after = told(row)
    changes = {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}
    note_owner(owner, "qualification_rule.changed", changes, actor.person_id, now)
    return row.version


def rule_objections(wanted: WantedRule) -> list[Reason]:
    """Why a rule cannot stand."""
    first, last = wanted.night_from, wanted.night_until
    night = None if first is None or last is None else Night(first, last, wanted.days_off)
    reasons = list(
        objections(
            level=wanted.level,
            night_level=wanted.night_level,
            night=night,
            two_at_night=wanted.two_at_night,
            has_times=night is not None,
        )
    )
    if (first is None) != (last is None) and not reasons:
        field = "night_from" if first is None else "night_until"
        reasons.append(Reason("night_half", field, N_("Give both times, or neither.")))
    return reasons


def told(row: QualificationRule | None) -> dict[str, Any]:
    """The rule as the journal tells it."""
    if row is None:
        return {}
    said = {name: getattr(row, name) for name in FIELDS}
    for name in ("night_from", "night_until"):
        said[name] = clock_words(said[name])
    return {"own_rule": row.in_force, **said}


def clock_words(minute: int | None) -> str:
    """A minute of the day as it is written on a clock; empty for none."""
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"
