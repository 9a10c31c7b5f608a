"""The facts of reservations: who holds which instrument when, and the limits a lab sets on it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Computed,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.availability.season_models import Season
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Institution, Lab, Person, ResearchGroup

LONGEST_SECONDS = 31 * 86_400
STATES = ("requested", "confirmed", "cancelled", "declined", "expired", "released", "done", "no_show")
OPEN_STATES = ("requested", "confirmed")
OUTCOMES = ("kept", "moved", "cancelled")
PURPOSES = ("teaching", "research", "development", "service")
DECISIONS = ("approved", "declined", "expired", "withdrawn", "not_needed")


class Limits:
    """The limits as columns, each empty where the owner sets none."""

    grid_minutes: Mapped[int | None]
    shortest_minutes: Mapped[int | None]
    longest_minutes: Mapped[int | None]
    lead_minutes: Mapped[int | None]
    horizon_days: Mapped[int | None]
    buffer_minutes: Mapped[int | None]
    before_minutes: Mapped[int | None]
    cutoff_minutes: Mapped[int | None]
    lab_days: Mapped[int | None]
    institution_days: Mapped[int | None]
    partners_days: Mapped[int | None]
    companies_days: Mapped[int | None]
    consecutive_minutes: Mapped[int | None]
    names_seen: Mapped[str | None] = mapped_column(String(12))
    payer_named: Mapped[str | None] = mapped_column(String(12))


class RulesRow(Limits, db.Model):
    """Limits on reservations: the lab's defaults, or what one instrument sets instead (empty = the lab's)."""

    __tablename__ = "booking_rules"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="one_owner"),
        CheckConstraint("grid_minutes BETWEEN 1 AND 1440", name="grid"),
        CheckConstraint("shortest_minutes BETWEEN 1 AND 44640", name="shortest"),
        CheckConstraint("longest_minutes BETWEEN 1 AND 44640", name="longest"),
        CheckConstraint("lead_minutes >= 0", name="lead"),
        CheckConstraint("horizon_days BETWEEN 1 AND 730", name="horizon"),
        CheckConstraint("buffer_minutes BETWEEN 0 AND 1440", name="buffer"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), unique=True)
    instrument_id: Mapped[int | None] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), unique=True
    )
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    lab: Mapped[Lab | None] = relationship()
    instrument: Mapped[Instrument | None] = relationship()


class DatedRules(Limits, db.Model):
    """Limits for reservations that start on certain dates only, in the lab's zone, both dates included.

    With a season they hold in its dates only. They replace what the owner sets without dates. Of several of one owner
    that hold on a date, the one that begins last counts, then the one that was added last.
    """

    __tablename__ = "dated_rules"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="one_owner"),
        CheckConstraint("valid_from <= valid_to", name="valid_span"),
        CheckConstraint("grid_minutes BETWEEN 1 AND 1440", name="grid"),
        CheckConstraint("shortest_minutes BETWEEN 1 AND 44640", name="shortest"),
        CheckConstraint("longest_minutes BETWEEN 1 AND 44640", name="longest"),
        Index("ix_dated_rules_lab", "lab_id"),
        Index("ix_dated_rules_instrument", "instrument_id"),
        Index("ix_dated_rules_season", "season_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    season_id: Mapped[int | None] = mapped_column(ForeignKey("season.id"))

    season: Mapped[Season | None] = relationship()


class Reservation(db.Model):
    """An instrument held for somebody over [starts_at, ends_at).

    `held_until` is when the hold really ends: early finish and release shorten it and leave ends_at alone.
    `live` and `exclusive` are kept by the database: whether the row holds time at all, and whether alone.
    `version` counts the changes; it is the ETag and later the SEQUENCE of the reservation.
    The migration adds what keeps the promise "never double-booked": an exclusion constraint and triggers.
    """

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("held_until BETWEEN starts_at AND ends_at", name="held"),
        CheckConstraint(f"ends_at - starts_at <= {LONGEST_SECONDS}", name="longest"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"purpose IN {PURPOSES}", name="purpose"),
        Index("ix_reservation_instrument", "instrument_id", "starts_at", "held_until", "live"),
        Index("ix_reservation_user", "user_id", "ends_at"),
        Index("ix_reservation_booker", "booker_id", "ends_at"),
        Index("ix_reservation_group", "group_id", "ends_at"),
        Index("ix_reservation_institution", "institution_id", "ends_at"),
        Index("ix_reservation_starts", "starts_at"),
        Index("ix_reservation_second", "second_id"),
        # What is over and still stands: few rows, asked for every minute.
        Index("ix_reservation_unsettled", "ends_at", postgresql_where=text("state = 'confirmed'"),
              sqlite_where=text("state = 'confirmed'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    booker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    held_until: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12), server_default="confirmed", default="confirmed")
    live: Mapped[bool] = mapped_column(
        Boolean, Computed("state NOT IN ('cancelled', 'declined', 'expired')", persisted=True)
    )
    exclusive: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    purpose: Mapped[str] = mapped_column(String(12), server_default="research", default="research")
    title: Mapped[str] = mapped_column(String(200), server_default="", default="")
    shows_name: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    hazardous: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    # The other person who will be present; the database sees to it that it is another.
    second_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    instrument: Mapped[Instrument] = relationship()
    user: Mapped[Person] = relationship(foreign_keys=[user_id])
    booker: Mapped[Person] = relationship(foreign_keys=[booker_id])
    institution: Mapped[Institution | None] = relationship()
    group: Mapped[ResearchGroup | None] = relationship()


class ApprovalRuleRow(db.Model):
    """Whose reservations a lab decides on before they stand: its default, or what one instrument has instead.

    in_force: an instrument's own may be laid aside, so that its lab's holds again, without losing its version.
    above_minutes: only reservations longer than that are asked for; none: all of them.
    """

    __tablename__ = "approval_rule"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="one_owner"),
        CheckConstraint("above_minutes BETWEEN 0 AND 44640", name="above"),
        CheckConstraint("deadline_hours BETWEEN 1 AND 336", name="deadline"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), unique=True)
    instrument_id: Mapped[int | None] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), unique=True
    )
    in_force: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    for_lab: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    for_institution: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    for_partners: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    for_companies: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    above_minutes: Mapped[int | None]
    managers_only: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    deadline_hours: Mapped[int] = mapped_column(server_default="24", default=24)
    own_together: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class Approval(db.Model):
    """The lab's answer to one request: what was asked for, under which rule, until when, and what was decided.

    The words of the rule are kept as they were when it was asked. While `decision` is empty the reservation is
    `requested`. A proposal moves the reservation to the proposed span, so that it is held; asked_* keep what was
    asked for. Asked again (after a move) it is the same row; what was before stands in the journal.
    """

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint(f"decision IN {DECISIONS}", name="decision"),
        Index("ix_approval_open", "decision", "due_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id", ondelete="CASCADE"), unique=True)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("approval_rule.id", ondelete="SET NULL"))
    circle: Mapped[str] = mapped_column(String(12))
    above_minutes: Mapped[int | None]
    managers_only: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    own_together: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    asked_starts_at: Mapped[datetime] = mapped_column(Instant)
    asked_ends_at: Mapped[datetime] = mapped_column(Instant)
    proposed_at: Mapped[datetime | None] = mapped_column(Instant)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str | None] = mapped_column(String(12))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    message: Mapped[str] = mapped_column(Text, server_default="", default="")


class Displacement(db.Model):
    """What the lab decided about a reservation in the way of a closure, and where it lay then.

    replaced_by_id: the reservation of another instrument that was made instead;
    offered_until: how long the time, free again, is offered back to whoever lost it.
    """

    __tablename__ = "displacement"
    __table_args__ = (
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        Index("ix_displacement_reservation", "reservation_id"),
        Index("ix_displacement_closure", "closure_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id", ondelete="CASCADE"))
    closure_id: Mapped[int | None] = mapped_column(ForeignKey("closure.id", ondelete="SET NULL"))
    outcome: Mapped[str] = mapped_column(String(10))
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    message: Mapped[str] = mapped_column(String(500), server_default="", default="")
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("reservation.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime] = mapped_column(Instant)
    offered_until: Mapped[datetime | None] = mapped_column(Instant)


class Override(db.Model):
    """Somebody of the lab's staff let a reservation be made or moved against `rules` (codes of reasons), and said why."""

    __tablename__ = "reservation_override"

    reservation_id: Mapped[int] = mapped_column(
        ForeignKey("reservation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(500))
    rules: Mapped[str] = mapped_column(String(200))
    overridden_at: Mapped[datetime] = mapped_column(Instant)
