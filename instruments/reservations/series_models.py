"""The facts of series: the rule by which somebody booked the same time again and again, and which reservations came of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant

EVERY = ("week", "fortnight", "four_weeks", "month")


class Series(db.Model):
    """A rule as it was written, on the wall of the instrument: what was booked by it stands in reservations of their own.

    weekdays: numbers from Monday, 0, with spaces between; nights: how many midnights lie within each.
    `version` counts the deeds on several of its reservations at once.
    """

    __tablename__ = "reservation_series"
    __table_args__ = (
        CheckConstraint(f"every IN {EVERY}", name="every"),
        CheckConstraint("(until IS NULL) <> (times IS NULL)", name="one_end"),
        CheckConstraint("times BETWEEN 1 AND 100", name="times"),
        CheckConstraint("first_day <= until", name="order"),
        CheckConstraint("nights BETWEEN 0 AND 31", name="nights"),
        Index("ix_reservation_series_user", "user_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    booker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    first_day: Mapped[date] = mapped_column(Date)
    starts: Mapped[str] = mapped_column(String(8))
    ends: Mapped[str] = mapped_column(String(8))
    nights: Mapped[int] = mapped_column(server_default="0", default=0)
    every: Mapped[str] = mapped_column(String(12))
    weekdays: Mapped[str] = mapped_column(String(20), server_default="", default="")
    until: Mapped[date | None] = mapped_column(Date)
    times: Mapped[int | None]
    skips_holidays: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class SeriesOccurrence(db.Model):
    """A reservation that came of a series, and its place among the dates of the rule, counted from 0."""

    __tablename__ = "series_occurrence"
    __table_args__ = (
        UniqueConstraint("series_id", "position"),
        CheckConstraint("position >= 0", name="position"),
    )

    reservation_id: Mapped[int] = mapped_column(
        ForeignKey("reservation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    series_id: Mapped[int] = mapped_column(ForeignKey("reservation_series.id", ondelete="CASCADE"))
    position: Mapped[int]
