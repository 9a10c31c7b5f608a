"""The facts of an institution's calendar: what its days are, which country it follows, what make-up workdays take."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.availability.days import KINDS, SOURCES, TAKES, Day
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Institution, Person


class CalendarDay(db.Model):
    """A day of an institution that is not what its weekday says; a holiday closes it, midnight to midnight.

    What was announced and a correction by hand stand beside each other, and the hand counts: taken back, the
    announcement holds again. The table has the name it began with, when all its days were holidays.
    """

    __tablename__ = "holiday"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        CheckConstraint("replaces IS NULL OR kind = 'make_up'", name="replaces"),
        Index("uq_holiday_day", "institution_id", "day", "source", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id", ondelete="CASCADE"))
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(10), server_default="holiday", default="holiday")
    source: Mapped[str] = mapped_column(String(10), server_default="hand", default="hand")
    name_en: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120))
    replaces: Mapped[date | None] = mapped_column(Date)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime | None] = mapped_column(Instant)

    institution: Mapped[Institution] = relationship()
    set_by: Mapped[Person | None] = relationship()

    def as_day(self) -> Day:
        """The day as the rules want it."""
        return Day(self.day, self.kind, self.name_en, self.name_zh, self.replaces)


class NationalCalendar(db.Model):
    """Which country's calendar an institution follows (announced.REGIONS); "" for none. No row: by its zone."""

    __tablename__ = "national_calendar"

    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    region: Mapped[str] = mapped_column(String(8))


class KnownYear(db.Model):
    """A year whose days stand: taken over from the announcement, or confirmed by hand. Others are provisional."""

    __tablename__ = "known_year"
    __table_args__ = (CheckConstraint(f"source IN {SOURCES}", name="source"),)

    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(10))
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime] = mapped_column(Instant)


class MakeUpHours(db.Model):
    """With whose hours a lab opens on make-up workdays from a date on (days.TAKES); the last that began counts."""

    __tablename__ = "make_up_hours"
    __table_args__ = (
        CheckConstraint(f"takes IN {TAKES}", name="takes"),
        Index("uq_make_up_hours", "lab_id", "since", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    since: Mapped[date] = mapped_column(Date)
    takes: Mapped[str] = mapped_column(String(10))
