"""The facts of notices: what somebody is told, how far its mail has come, and what they wish to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Person


class Notice(db.Model):
    """What one person is told of one occasion: an entry of the journal, or a moment that has come (a reminder).

    `detail` holds ids and UTC seconds as they were then; names are read when it is shown, in the reader's language.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("occasion", "person_id", "kind"),
        Index("ix_notice_person", "person_id", "id"),
        Index("ix_notice_journal", "journal_id"),
        Index(
            "ix_notice_unread",
            "person_id",
            postgresql_where=text("in_app AND read_at IS NULL"),
            sqlite_where=text("in_app AND read_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    said: Mapped[str] = mapped_column(String(20))
    occasion: Mapped[str] = mapped_column(String(80))
    journal_id: Mapped[int | None] = mapped_column(Id)
    thing_kind: Mapped[str] = mapped_column(String(30))
    thing_id: Mapped[int] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Instant)
    in_app: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    read_at: Mapped[datetime | None] = mapped_column(Instant)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    person: Mapped[Person] = relationship()


class NoticeDelivery(db.Model):
    """How far a notice has come on a channel. `attempts` counts the claims, so that it names the last one.

    state: due; sending (claimed, nothing of it has left); handed (its content may have, at `handed_at`; the answer is still
    out); sent; failed (`done_at`: since when, of doubtful too); doubtful (no answer came: only a person sends it again).
    """

    __tablename__ = "notice_delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        CheckConstraint("channel IN ('mail')", name="channel"),
        CheckConstraint("state IN ('due', 'sending', 'handed', 'sent', 'failed', 'doubtful')", name="state"),
        Index("ix_notice_delivery_next", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(10), server_default="mail", default="mail")
    state: Mapped[str] = mapped_column(String(10), server_default="due", default="due")
    attempts: Mapped[int] = mapped_column(server_default="0", default=0)
    made_at: Mapped[datetime] = mapped_column(Instant)
    next_at: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    handed_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    failure: Mapped[str] = mapped_column(String(300), server_default="", default="")

    notice: Mapped[Notice] = relationship()


class NoticePreference(db.Model):
    """What a person wishes to be told of a kind; no row: what the kind itself says. `hours`: how long before; `since`: when
    it was switched on, and nothing earlier is told of (none: it never was off)."""

    __tablename__ = "notice_preference"
    __table_args__ = (CheckConstraint("hours BETWEEN 1 AND 168", name="hours"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    in_app: Mapped[bool] = mapped_column(Boolean)
    by_mail: Mapped[bool] = mapped_column(Boolean)
    hours: Mapped[int | None]
    since: Mapped[datetime | None] = mapped_column(Instant)


class JournalMark(db.Model):
    """How far the journal has been read: one row. See instruments/notices/following.py."""

    __tablename__ = "notice_mark"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    settled_id: Mapped[int] = mapped_column(Id, server_default="0", default=0)
    seen_id: Mapped[int] = mapped_column(Id, server_default="0", default=0)
    seen_at: Mapped[datetime] = mapped_column(Instant, server_default="0")
    seen_horizon: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
