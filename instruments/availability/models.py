"""The facts of availability: weekly hours, days that differ, closures, busy time of outside calendars, faults."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.availability.kinds import is_open
from instruments.availability.season_models import SeasonSpan
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.audience import SETS_OF_CIRCLES
from instruments.people.models import Lab

ONE_OWNER = "(lab_id IS NULL) <> (instrument_id IS NULL)"


class OpeningHours(db.Model):
    """A weekly pattern of a lab or of one instrument, in the lab's zone, on the dates valid_from to valid_to inclusive.

    `week` is the canonical text of availability/week.py; `circles` those of the audience for which it holds, in their
    order, empty for everybody. Which of several patterns counts for whom says opening.Hours. season_span_id: the
    dates of a season that it was published for, and with which it moves.
    """

    __tablename__ = "opening_hours"
    __table_args__ = (
        CheckConstraint(ONE_OWNER, name="one_owner"),
        CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", name="valid_span"
        ),
        CheckConstraint(f"circles IN {SETS_OF_CIRCLES}", name="circles"),
        Index("ix_opening_hours_lab", "lab_id"),
        Index("ix_opening_hours_instrument", "instrument_id"),
        Index("ix_opening_hours_season", "season_span_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    week: Mapped[str] = mapped_column(String(1000))
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    circles: Mapped[str] = mapped_column(String(60), server_default="", default="")
    season_span_id: Mapped[int | None] = mapped_column(ForeignKey("season_span.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    lab: Mapped[Lab | None] = relationship()
    instrument: Mapped[Instrument | None] = relationship()
    season_span: Mapped[SeasonSpan | None] = relationship()


class PastOpening(db.Model):
    """What was open of a day up to the moment at which its hours were changed, so that what is past stays as it was.

    From the midnight `since` to `until` the spans count whatever is published for that day now: pairs of UTC seconds, as
    JSON. circle: for whose members; empty for everybody whose circle has no row.
    """

    __tablename__ = "past_opening"
    __table_args__ = (
        CheckConstraint("since < until", name="span"),
        CheckConstraint("circle IN ('', 'lab', 'institution', 'partners', 'companies')", name="circle"),
        UniqueConstraint("instrument_id", "since", "circle", name="uq_past_opening"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    circle: Mapped[str] = mapped_column(String(12), server_default="", default="")
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    spans: Mapped[str] = mapped_column(Text)


class DifferentDay(db.Model):
    """Days on which a lab or one instrument is open otherwise than its week says, both ends included.

    `times` is the canonical text of table.times_text: "09:00-12:00,13:00-17:00", or "closed". Of several of one
    owner that hold on a date, opening.in_force says which counts.
    """

    __tablename__ = "different_day"
    __table_args__ = (
        CheckConstraint(ONE_OWNER, name="one_owner"),
        CheckConstraint("valid_from <= valid_to", name="valid_span"),
        Index("ix_different_day_lab", "lab_id", "valid_to"),
        Index("ix_different_day_instrument", "instrument_id", "valid_to"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    times: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(200), server_default=text("''"), default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    lab: Mapped[Lab | None] = relationship()
    instrument: Mapped[Instrument | None] = relationship()


class Closure(db.Model):
    """A span in which an instrument, or a whole lab, cannot be booked; see kinds.py for `what` it is.

    units: how many of the instrument's places are closed; None for all.
    An end that is not known yet (of a breakdown) is kept as kinds.END_NOT_KNOWN. What a rule made shares `rule`
    (as calendars write it) and `series`, the number of the first.
    """

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint(ONE_OWNER, name="one_owner"),
        CheckConstraint("kind IN ('closed', 'maintenance')", name="kind"),
        CheckConstraint("detail_kind IN ('training', 'breakdown')", name="detail_kind"),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("units IS NULL OR (units > 0 AND instrument_id IS NOT NULL)", name="units"),
        Index("ix_closure_lab", "lab_id", "ends_at"),
        Index("ix_closure_instrument", "instrument_id", "ends_at"),
        Index("ix_closure_span", "ends_at", "starts_at"),
        Index("ix_closure_series", "series", "starts_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    detail_kind: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(300), server_default=text("''"), default="")
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    series: Mapped[int | None] = mapped_column(BigInteger)
    rule: Mapped[str | None] = mapped_column(String(100))
    changed_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)
    units: Mapped[int | None] = mapped_column()

    lab: Mapped[Lab | None] = relationship()
    instrument: Mapped[Instrument | None] = relationship()

    @property
    def what(self) -> str:
        """Its kind, told apart as far as it can be."""
        return self.detail_kind or self.kind

    @property
    def is_open_ended(self) -> bool:
        """Whether nobody knows yet when it will be over."""
        return is_open(int(self.ends_at.timestamp()))


class BusyTime(db.Model):
    """A span in which the lab's own calendar is busy, so that nothing can be booked here; written by `busy.py`.

    subscription_id: the outside calendar it came from, a plain number because calendars stand above this floor.
    """

    __tablename__ = "busy_time"
    __table_args__ = (
        CheckConstraint(ONE_OWNER, name="one_owner"),
        CheckConstraint("starts_at < ends_at", name="span"),
        Index("ix_busy_time_lab", "lab_id", "ends_at"),
        Index("ix_busy_time_instrument", "instrument_id", "ends_at"),
        Index("ix_busy_time_span", "ends_at", "starts_at"),
        Index("ix_busy_time_subscription", "subscription_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(Id)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    noted_at: Mapped[datetime] = mapped_column(Instant)


class FaultReport(db.Model):
    """Something wrong with an instrument, as somebody reported it, and what the lab answered for the next users."""

    __tablename__ = "fault_report"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'known', 'settled')", name="state"),
        Index("ix_fault_report_instrument", "instrument_id", "state"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    reporter_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(String(1000))
    photo: Mapped[str] = mapped_column(String(64), server_default="", default="")
    reported_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), server_default="open", default="open")
    note: Mapped[str] = mapped_column(String(300), server_default="", default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    instrument: Mapped[Instrument] = relationship()
