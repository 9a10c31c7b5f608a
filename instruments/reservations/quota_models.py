"""The facts of quotas: how much may be held in a period, set by an institution, a lab or for one instrument."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.availability.season_models import Season
from instruments.availability.week import parse_week
from instruments.database import db
from instruments.database.types import Id
from instruments.reservations.quotas import HOLDERS, MEASURES, PERIODS, SCOPES, Quota


class QuotaRow(db.Model):
    """A quota; its owner is the instrument, else the lab, else the institution. Empty circles: for everybody.

    `peak` is the canonical text of a weekly pattern, empty: all time counts; `short_notice_hours` 0: nothing is exempt.
    """

    __tablename__ = "quota"
    __table_args__ = (
        CheckConstraint("lab_id IS NULL OR instrument_id IS NULL", name="one_owner"),
        CheckConstraint("amount BETWEEN 0 AND 100000", name="amount"),
        CheckConstraint("short_notice_hours BETWEEN 0 AND 720", name="short_notice"),
        CheckConstraint("valid_from <= valid_to", name="valid_span"),
        CheckConstraint(f"measured IN {MEASURES}", name="measured"),
        CheckConstraint(f"per IN {PERIODS}", name="per"),
        CheckConstraint(f"holder IN {HOLDERS}", name="holder"),
        CheckConstraint(f"over IN {SCOPES}", name="over"),
        Index("ix_quota_institution", "institution_id"),
        Index("ix_quota_lab", "lab_id"),
        Index("ix_quota_instrument", "instrument_id"),
        Index("ix_quota_season", "season_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id", ondelete="CASCADE"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    measured: Mapped[str] = mapped_column(String(12))
    amount: Mapped[int]
    per: Mapped[str] = mapped_column(String(12))
    holder: Mapped[str] = mapped_column(String(12))
    over: Mapped[str] = mapped_column(String(12))
    circles: Mapped[str] = mapped_column(String(60), server_default="", default="")
    peak: Mapped[str] = mapped_column(String(1000), server_default="", default="")
    short_notice_hours: Mapped[int] = mapped_column(server_default="0", default=0)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    season_id: Mapped[int | None] = mapped_column(ForeignKey("season.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    season: Mapped[Season | None] = relationship()

    def as_quota(self) -> Quota:
        """The quota as the rules want it."""
        season, dates = self.season, None
        if season is not None:
            dates = tuple((span.first_day, span.last_day) for span in season.spans)
        owner = "instrument" if self.instrument_id else "lab" if self.lab_id else "institution"
        return Quota(
            self.id, owner, self.measured, self.amount, self.per, self.holder, self.over,
            frozenset(self.circles.split()), parse_week(self.peak) if self.peak else None,
            self.short_notice_hours * 3600, self.valid_from, self.valid_to,
            dates, f"{season.name_en} / {season.name_zh}" if season else "",
        )  # fmt: skip
