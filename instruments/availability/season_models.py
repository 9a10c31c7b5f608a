"""The facts of seasons: names that an institution gives to spans of dates."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.availability.seasons import KINDS, Known
from instruments.database import db
from instruments.database.types import Id
from instruments.people.models import Institution


class Season(db.Model):
    """A name such as "Exam weeks", by which hours, rules and quotas take their dates."""

    __tablename__ = "season"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("uq_season_name", "institution_id", "name_en", "name_zh", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    name_en: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution] = relationship()
    spans: Mapped[list[SeasonSpan]] = relationship(
        back_populates="season", cascade="all, delete-orphan", order_by="SeasonSpan.first_day"
    )


class SeasonSpan(db.Model):
    """Dates of a season, both included. The migration adds that no two of one season share a date."""

    __tablename__ = "season_span"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="span"),
        Index("ix_season_span_season", "season_id", "first_day"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    season_id: Mapped[int] = mapped_column(ForeignKey("season.id", ondelete="CASCADE"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)

    season: Mapped[Season] = relationship(back_populates="spans")

    def as_known(self) -> Known:
        """The span as the rules want it."""
        return Known(self.id, self.first_day, self.last_day)
