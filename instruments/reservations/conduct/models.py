"""The facts of conduct: the kinds of violation that a lab knows, and what it recorded of whom."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.reservations.conduct.rules import STATES, Consequence

ON_APPEAL = (
    "state NOT IN ('upheld', 'lifted') OR (appealed_at IS NOT NULL AND decided_by_id IS NOT NULL"
    " AND decided_by_id <> recorded_by_id AND decided_by_id <> person_id)"
)
STANDS_ONCE = "reservation_id IS NOT NULL AND state IN ('standing', 'upheld')"


class ViolationKind(db.Model):
    """A kind of violation of one lab, with what it leads to. One that is given up stays, because violations name it."""

    __tablename__ = "violation_kind"
    __table_args__ = (
        CheckConstraint("suspended_days BETWEEN 0 AND 366", name="suspended"),
        CheckConstraint("after BETWEEN 1 AND 20", name="after"),
        CheckConstraint("expires_days BETWEEN 1 AND 1096", name="expires"),
        CheckConstraint("suspended_days <= expires_days", name="not_longer"),
        Index("ix_violation_kind_lab", "lab_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    name_en: Mapped[str] = mapped_column(String(120), server_default="", default="")
    name_zh: Mapped[str] = mapped_column(String(120), server_default="", default="")
    suspended_days: Mapped[int] = mapped_column(server_default="0", default=0)
    after: Mapped[int] = mapped_column(server_default="1", default=1)
    expires_days: Mapped[int] = mapped_column(server_default="365", default=365)
    in_use: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    def consequence(self) -> Consequence:
        """The rule as the rules want it."""
        return Consequence(self.suspended_days, self.after, self.expires_days)


class Violation(db.Model):
    """What somebody of a lab recorded of a person: when, of which kind (named as it was then), why, until when it stands.

    The database itself sees to it that an appeal is decided by somebody else than who recorded it, or whom it is about, and
    that of one reservation one of a kind stands once.
    """

    __tablename__ = "violation"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("person_id <> recorded_by_id", name="not_oneself"),
        CheckConstraint(ON_APPEAL, name="appeal"),
        Index("ix_violation_person", "person_id", "id"),
        Index("ix_violation_lab", "lab_id", "id"),
        Index("ix_violation_suspended", "suspended_until"),
        Index("ix_violation_reservation", "reservation_id"),
        Index(
            "uq_violation_standing",
            "reservation_id",
            "kind_id",
            unique=True,
            postgresql_where=text(STANDS_ONCE),
            sqlite_where=text(STANDS_ONCE),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("violation_kind.id"))
    kind_en: Mapped[str] = mapped_column(String(120), server_default="", default="")
    kind_zh: Mapped[str] = mapped_column(String(120), server_default="", default="")
    reservation_id: Mapped[int | None] = mapped_column(ForeignKey("reservation.id", ondelete="SET NULL"))
    happened_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    suspended_until: Mapped[datetime | None] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), server_default="standing", default="standing")
    appealed_at: Mapped[datetime | None] = mapped_column(Instant)
    appeal: Mapped[str] = mapped_column(Text, server_default="", default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Text, server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)
