"""Targets: what a figure of a place or of somebody's use is to reach, set and taken back inside a deed, and read beside it."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from sqlalchemy import delete, select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.utilization.boards.models import UtilizationTarget
from instruments.utilization.boards.subjects import Subject
from instruments.utilization.definitions import DEFINITIONS, SHARE

THOUSAND = 1000


def targets_of(subject: Subject) -> dict[str, Fraction]:
    """By figure: a share, or hours a year. One statement; none where there can be no target."""
    if not subject.figures:
        return {}
    t = UtilizationTarget
    rows = db.session.execute(
        select(t.figure, t.thousandths).where(
            t.kind == subject.kind, t.number == subject.number, t.figure.in_(subject.figures)
        )
    )
    return {row.figure: Fraction(row.thousandths, THOUSAND) for row in rows}


def set_target(actor: Actor, subject: Subject, figure: str, value: Decimal | None, now: datetime) -> None:
    """Set what a figure is to reach, a share or hours a year; None takes it back. Raises Refusal with every reason."""
    if reasons := _objections(subject, figure, value):
        raise Refusal(reasons)
    t = UtilizationTarget
    db.session.execute(
        delete(t).where(t.kind == subject.kind, t.number == subject.number, t.figure == figure)
    )
    if value is not None:
        row = UtilizationTarget(
            kind=subject.kind, number=subject.number, figure=figure, thousandths=_thousandths(value),
            set_by_id=actor.person_id, set_at=now,
        )  # fmt: skip
        db.session.add(row)
    db.session.flush()
    record(
        now=now, actor_id=actor.person_id, deed=_deed(subject, taken_back=value is None), thing=subject.thing,
        institution_id=subject.scope.institution_id, lab_id=subject.scope.lab_id,
        detail={"figure": figure, "value": None if value is None else str(value)},
    )  # fmt: skip


def _deed(subject: Subject, *, taken_back: bool) -> str:
    """Of a place, or of what somebody used: an institution is both."""
    return f"{'use_' if subject.is_of_use else ''}target.{'taken_back' if taken_back else 'set'}"


def _thousandths(value: Decimal) -> int:
    return int((value * THOUSAND).quantize(Decimal(1), ROUND_HALF_UP))


def _objections(subject: Subject, figure: str, value: Decimal | None) -> list[Reason]:
    if not subject.figures:
        sentence = N_(
            "A class has no target: they are of a place, an instrument or those who use, of all classes."
        )
        return [Reason("of", "of", sentence)]
    if figure not in subject.figures:
        sentence = N_("This is none of the choices: %(choices)s.")
        return [Reason("choice", "figure", sentence, {"choices": ", ".join(subject.figures)})]
    if value is None:
        return []
    if DEFINITIONS[figure].unit == SHARE:
        if not 0 < value <= 1 or not _thousandths(value):
            return [Reason("share", "value", N_("Write a share between 0.1 and 100 percent."))]
    elif not 0 < value <= subject.most or not _thousandths(value):
        sentence = N_("Write hours a year, at most %(most)s.")
        return [Reason("hours", "value", sentence, {"most": subject.most})]
    return []
