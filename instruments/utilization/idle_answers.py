"""What labs were asked and said about idle instruments, for the lists that show it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab
from instruments.utilization.idle_models import IdleInstrument, IdleQuestion
from instruments.utilization.periods import Period


@dataclass(frozen=True, slots=True)
class Said:
    """Of one instrument: when its lab was asked, and what it answered ("" nothing yet)."""

    question_id: int
    asked_at: datetime
    answer: str


def said_of(instrument_ids: Collection[int], period: Period) -> dict[int, Said]:
    """By instrument, for this period. One statement."""
    asked = (
        select(IdleInstrument.instrument_id, IdleQuestion.id, IdleQuestion.asked_at, IdleInstrument.answer)
        .join(IdleQuestion, IdleQuestion.id == IdleInstrument.question_id)
        .where(IdleQuestion.period == period.code, IdleInstrument.instrument_id.in_(instrument_ids))
    )
    return {row[0]: Said(*row[1:]) for row in db.session.execute(asked)}


def labs_of(
    instrument_ids: Collection[int], period: Period
) -> list[tuple[int, str, str, int, datetime | None]]:
    """The labs of these instruments: number, names, how many of them are its own, when it was asked about the period."""
    asked = (
        select(Lab.id, Lab.name_en, Lab.name_zh, func.count(Instrument.id), IdleQuestion.asked_at)
        .join(Instrument, Instrument.lab_id == Lab.id)
        .outerjoin(IdleQuestion, (IdleQuestion.lab_id == Lab.id) & (IdleQuestion.period == period.code))
        .where(Instrument.id.in_(instrument_ids))
        .group_by(Lab.id, Lab.name_en, Lab.name_zh, IdleQuestion.asked_at)
        .order_by(func.count(Instrument.id).desc(), Lab.id)
    )
    return [tuple(row) for row in db.session.execute(asked)]


def waiting_at(lab_ids: Collection[int]) -> list[tuple[int, int]]:
    """Questions with instruments that nobody has answered for: number, how many. One statement, none for no lab."""
    if not lab_ids:
        return []
    asked = (
        select(IdleQuestion.id, func.count())
        .join(IdleInstrument, IdleInstrument.question_id == IdleQuestion.id)
        .where(IdleQuestion.lab_id.in_(lab_ids), IdleInstrument.answer == "")
        .group_by(IdleQuestion.id)
        .order_by(IdleQuestion.id)
    )
    return [tuple(row) for row in db.session.execute(asked)]
