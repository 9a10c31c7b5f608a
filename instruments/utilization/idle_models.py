"""The facts of idle instruments: which lab was asked about which period, and what it answered for each instrument."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Lab


class IdleQuestion(db.Model):
    """A lab was asked why its instruments stood idle in a period: once."""

    __tablename__ = "idle_question"
    __table_args__ = (UniqueConstraint("lab_id", "period", name="uq_idle_question_lab_id_period"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"))
    period: Mapped[str] = mapped_column(String(30))
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    lab: Mapped[Lab] = relationship()


class IdleInstrument(db.Model):
    """One instrument that a lab was asked about.

    may_be: what its figures gave as the reason (one of watch_lists.py, in English); answer: the lab's own, "" before.
    """

    __tablename__ = "idle_instrument"
    __table_args__ = (
        CheckConstraint("(answer = '') = (answered_at IS NULL)", name="answered"),
        Index("ix_idle_instrument_instrument", "instrument_id"),
    )

    question_id: Mapped[int] = mapped_column(
        ForeignKey("idle_question.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id"), primary_key=True, autoincrement=False
    )
    may_be: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str] = mapped_column(String(500), server_default="", default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
