"""What labs were asked and said about idle instruments, for the lists that show it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab
from instruments.utilization.idle_models import IdleInstrument, IdleQuestion
from instruments.utilization.periods import Period


@dataclass(frozen=True, slots=True)
class Said:
    """Of one instrument: when its lab was asked, what it answered ("" nothing yet), and the zone of its wall."""

    question_id: int
    asked_at: datetime
    answer: str
    zone: str

    @property
    def asked_on(self) -> date:
        """The day on which its lab was asked, on that lab's wall."""
        return day_at(self.asked_at, self.zone)


def day_at(moment: datetime, zone: str) -> date:
    """The day of a moment on the wall of a lab."""
    return moment.astimezone(ZoneInfo(zone)).date()


def said_of(instrument_ids: Collection[int], period: Period) -> dict[int, Said]:
    """By instrument, for this period. One statement."""
    asked = (
        select(
            IdleInstrument.instrument_id,
            IdleQuestion.id,
            IdleQuestion.asked_at,
            IdleInstrument.answer,
            Lab.zone,
        )
        .join(IdleQuestion, IdleQuestion.id == IdleInstrument.question_id)
        .join(Lab, Lab.id == IdleQuestion.lab_id)
        .where(IdleQuestion.period == period.code, IdleInstrument.instrument_id.in_(instrument_ids))
    )
    return {row[0]: Said(*row[1:]) for row in db.session.execute(asked)}


def labs_of(instrument_ids: Collection[int], period: Period) -> list[tuple[int, str, str, int, date | None]]:
    """The labs of these instruments: number, names, how many of them are its own, on which day of its wall it was asked about
    the period."""
    asked = (
        select(Lab.id, Lab.name_en, Lab.name_zh, func.count(Instrument.id), IdleQuestion.asked_at, Lab.zone)
        .join(Instrument, Instrument.lab_id == Lab.id)
        .outerjoin(IdleQuestion, (IdleQuestion.lab_id == Lab.id) & (IdleQuestion.period == period.code))
        .where(Instrument.id.in_(instrument_ids))
        .group_by(Lab.id, Lab.name_en, Lab.name_zh, IdleQuestion.asked_at, Lab.zone)
        .order_by(func.count(Instrument.id).desc(), Lab.id)
    )
    return [(*row[:4], at and day_at(at, zone)) for *row, at, zone in db.session.execute(asked)]


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
