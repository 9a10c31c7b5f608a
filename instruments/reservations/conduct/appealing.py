"""Appeal against a violation, in one step; and decide on it, which somebody else does than who recorded it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Actor
from instruments.reservations.conduct.deciders import Appealed, may_decide
from instruments.reservations.conduct.models import Violation
from instruments.reservations.conduct.recording import (
    in_force_objections,
    locked,
    no_violation,
    note,
    settle,
)
from instruments.reservations.conduct.rules import LIFTED, UPHELD
from instruments.reservations.texts import reason_objections


def appeal(actor: Actor, violation_id: int, words: str, version: int | None, now: datetime) -> Violation:
    """Ask somebody else to look at it, inside a deed: once, and only about oneself. It stands until it is lifted.

    Raises NotFound, Stale, or Refusal with every reason.
    """
    row = locked(violation_id, version)
    if row.person_id != actor.person_id:
        raise no_violation()
    said = " ".join(words.split())
    reasons = in_force_objections(row)
    if row.expires_at <= now:
        reasons.append(Reason("expired", None, N_("This has expired and counts no more.")))
    if row.appealed_at is not None:
        reasons.append(Reason("appealed", None, N_("You have appealed against this already.")))
    if not said:
        reasons.append(Reason("no_reason", "words", N_("Say what whoever decides should know.")))
    reasons += reason_objections(said, "words")
    if reasons:
        raise Refusal(reasons)
    row.appealed_at, row.appeal = now, said
    row.version += 1
    db.session.flush()
    note(actor.person_id, "violation.appealed", row, said, now)
    return row


def decide(
    actor: Actor, violation_id: int, decision: str, reason: str, version: int | None, now: datetime
) -> Violation:
    """Uphold or lift what was appealed against, with a reason, inside a deed.

    Raises NotFound, Forbidden, Stale, or Refusal with every reason.
    """
    row = locked(violation_id, version)
    if not may_decide(actor, _with_place(row), now):
        sentence = N_("Another manager of the lab, or one of the institution, decides on this appeal.")
        raise Forbidden([Reason("not_decider", None, sentence)])
    said = " ".join(reason.split())
    reasons = in_force_objections(row)
    if row.appealed_at is None or row.decided_at is not None:
        reasons.append(Reason("no_appeal", None, N_("No appeal against this waits for an answer.")))
    if decision not in (UPHELD, LIFTED):
        reasons.append(Reason("decision", "decision", N_("Choose to uphold it or to lift it.")))
    if not said:
        reasons.append(Reason("no_reason", "reason", N_("Say why; the person reads it.")))
    reasons += reason_objections(said, "reason")
    if reasons:
        raise Refusal(reasons)
    settle(row, decision, actor.person_id, said, now)
    return row


def _with_place(row: Violation) -> Appealed:
    home = db.session.scalar(select(Lab.institution_id).where(Lab.id == row.lab_id))
    return Appealed(row.lab_id, home, row.person_id, row.recorded_by_id, row.appealed_at)
