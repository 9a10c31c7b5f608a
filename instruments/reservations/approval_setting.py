"""Set whose reservations a lab decides on, or what one instrument has instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from instruments.availability.owners import Owner, note
from instruments.catalog.revision import raise_catalog
from instruments.database import db
from instruments.errors import N_, Reason, Refusal, Stale
from instruments.people.audience import CIRCLES
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.reservations.approval_rules import ApprovalRule, objections
from instruments.reservations.bookable import approval_rules
from instruments.reservations.models import ApprovalRuleRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall hold. own: an instrument's own rule, not its lab's; a lab always has its own."""

    circles: frozenset[str]
    above_minutes: int | None
    managers_only: bool
    deadline_hours: int | None
    own_together: bool
    own: bool = True


def approval_rule_row(owner: Owner) -> ApprovalRuleRow | None:
    """What the owner has set itself; None when it never did."""
    column = ApprovalRuleRow.lab_id if isinstance(owner, Lab) else ApprovalRuleRow.instrument_id
    return db.session.scalar(select(ApprovalRuleRow).where(column == owner.id))


def rule_of_lab(lab_id: int) -> ApprovalRule | None:
    """What holds for the instruments of a lab that have no own rule."""
    return approval_rules().get(("lab", lab_id))


def set_approval_rule(actor: Actor, owner: Owner, wanted: Wanted, version: int | None, now: datetime) -> None:
    """Set the rule of the owner, inside a deed. Requests that are open stay as they were asked.

    version: what the actor saw, 0 when nothing was set, None for any. Raises Refusal with every reason, Stale when it
    was changed meanwhile.
    """
    reasons = list(objections(wanted.circles, wanted.above_minutes, wanted.deadline_hours))
    if reasons:
        raise Refusal(reasons)
    raise_catalog()
    row = approval_rule_row(owner)
    if version is not None and (row.version if row else 0) != version:
        sentence = N_("These rules were changed since you opened them.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at them again, then decide."))])
    before = _told(row)
    if row is None:
        row = ApprovalRuleRow(version=0)
        row.lab_id, row.instrument_id = (owner.id, None) if isinstance(owner, Lab) else (None, owner.id)
        db.session.add(row)
    row.in_force = wanted.own
    for circle in CIRCLES:
        setattr(row, f"for_{circle}", circle in wanted.circles)
    row.above_minutes, row.managers_only = wanted.above_minutes or None, wanted.managers_only
    row.deadline_hours, row.own_together = wanted.deadline_hours or 0, wanted.own_together
    row.version += 1
    db.session.flush()
    after = _told(row)
    changes = {name: [before.get(name), after[name]] for name in after if before.get(name) != after[name]}
    note(owner, "approval_rule.changed", changes, actor.person_id, now)


def end_approval_rule(actor: Actor, owner: Owner, version: int | None, now: datetime) -> None:
    """Let the rule of the owner hold no more, inside a deed: a lab asks nobody then, an instrument has its lab's.

    Where nothing holds nothing is done. Raises as set_approval_rule.
    """
    row, is_lab = approval_rule_row(owner), isinstance(owner, Lab)
    circles = frozenset(circle for circle in CIRCLES if row is not None and getattr(row, f"for_{circle}"))
    if row is None or not (circles if is_lab else row.in_force):
        return
    kept = frozenset[str]() if is_lab else circles
    wanted = Wanted(
        kept, row.above_minutes, row.managers_only, row.deadline_hours, row.own_together, own=is_lab
    )
    set_approval_rule(actor, owner, wanted, version, now)


def _told(row: ApprovalRuleRow | None) -> dict[str, Any]:
    """The rule as the journal tells it."""
    if row is None:
        return {}
    return {
        "own_rule": row.in_force,
        **{f"for_{circle}": getattr(row, f"for_{circle}") for circle in CIRCLES},
        "above_minutes": row.above_minutes,
        "managers_only": row.managers_only,
        "deadline_hours": row.deadline_hours,
        "own_together": row.own_together,
    }
