"""Targets: what a figure of a place is to reach, set and taken back inside a deed, and read beside the figures."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from sqlalchemy import delete, select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.rights import Actor
from instruments.utilization.asking import INSTRUMENT
from instruments.utilization.boards.models import UtilizationTarget
from instruments.utilization.definitions import DEFINITIONS, SHARE
from instruments.utilization.places import Place

# Figures that can have one: shares, and hours a year of one instrument.
FIGURES = (
    "utilization", "utilization_open", "utilization_calendar", "open_share", "shared_by_hours", "shared_by_count",
    "no_show_rate", "downtime_share", "per_instrument", "external_per_instrument",
)  # fmt: skip
# Of these less is better.
AT_MOST = ("no_show_rate", "downtime_share")
THOUSAND = 1000
MOST_HOURS = 8784


def targets_of(place: Place) -> dict[str, Fraction]:
    """By figure: a share, or hours a year. Of one class or instrument there are none. One statement."""
    if place.chosen.class_code or place.kind == INSTRUMENT:
        return {}
    t = UtilizationTarget
    rows = db.session.execute(
        select(t.figure, t.thousandths).where(t.kind == place.kind, t.number == place.number)
    )
    return {row.figure: Fraction(row.thousandths, THOUSAND) for row in rows}


def set_target(actor: Actor, place: Place, figure: str, value: Decimal | None, now: datetime) -> None:
    """Set what a figure is to reach, a share or hours a year; None takes it back. Raises Refusal with every reason."""
    if reasons := _objections(place, figure, value):
        raise Refusal(reasons)
    t = UtilizationTarget
    db.session.execute(delete(t).where(t.kind == place.kind, t.number == place.number, t.figure == figure))
    if value is not None:
        row = UtilizationTarget(
            kind=place.kind, number=place.number, figure=figure, thousandths=_thousandths(value),
            set_by_id=actor.person_id, set_at=now,
        )  # fmt: skip
        db.session.add(row)
    db.session.flush()
    record(
        now=now, actor_id=actor.person_id, deed="target.set" if value is not None else "target.taken_back",
        thing=(place.kind, place.number), institution_id=place.institution_id, lab_id=place.lab_id,
        detail={"figure": figure, "value": None if value is None else str(value)},
    )  # fmt: skip


def _thousandths(value: Decimal) -> int:
    return int((value * THOUSAND).quantize(Decimal(1), ROUND_HALF_UP))


def _objections(place: Place, figure: str, value: Decimal | None) -> list[Reason]:
    reasons = []
    if figure not in FIGURES:
        sentence = N_("This is none of the choices: %(choices)s.")
        return [Reason("choice", "figure", sentence, {"choices": ", ".join(FIGURES)})]
    if place.kind == INSTRUMENT or place.chosen.class_code:
        reasons.append(
            Reason(
                "of",
                "of",
                N_("Targets are of the platform, an institution or a lab, and of all its classes."),
            )
        )
    if value is None:
        return reasons
    if DEFINITIONS[figure].unit == SHARE:
        if not 0 < value <= 1 or not _thousandths(value):
            reasons.append(Reason("share", "value", N_("Write a share between 0.1 and 100 percent.")))
    elif not 0 < value <= MOST_HOURS or not _thousandths(value):
        reasons.append(
            Reason("hours", "value", N_("Write hours a year, at most %(most)s."), {"most": MOST_HOURS})
        )
    return reasons
