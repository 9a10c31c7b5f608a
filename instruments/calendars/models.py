"""The facts of calendars: secret addresses of feeds, and the outside calendars that close time here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Lab, Person


class CalendarFeed(db.Model):
    """A secret address that shows one person's reservations, or a lab's, to a calendar program; kept as a hash.

    Without a lab it is the person's own. What it shows is what the person may see when it is fetched.
    """

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_used_on: Mapped[date | None] = mapped_column(Date)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    person: Mapped[Person] = relationship()
    lab: Mapped[Lab | None] = relationship()


class CalendarSubscription(db.Model):
    """An outside calendar, by its address or as an uploaded file, whose busy time closes a lab or an instrument.

    body: the file last read well, below the folder for files; upload: one that waits to be read.
    due_at: when it is to be read next (None: never by itself); leased_until: a process is at it until then.
    failure: the reasons of the last failure; report: what was in the file (see calendars/reading.py);
    read_until: up to when its repetitions are laid out.
    """

    __tablename__ = "calendar_subscription"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="one_owner"),
        CheckConstraint("state IN ('active', 'paused')", name="state"),
        Index("ix_calendar_subscription_due", "state", "due_at"),
        Index("ix_calendar_subscription_lab", "lab_id"),
        Index("ix_calendar_subscription_instrument", "instrument_id"),
        Index("ix_calendar_subscription_host", "host", "leased_until"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    address: Mapped[str] = mapped_column(String(2000), server_default="", default="")
    host: Mapped[str] = mapped_column(String(255), server_default="", default="")
    state: Mapped[str] = mapped_column(String(10), server_default="active", default="active")
    body: Mapped[str] = mapped_column(String(200), server_default="", default="")
    upload: Mapped[str] = mapped_column(String(200), server_default="", default="")
    etag: Mapped[str] = mapped_column(String(300), server_default="", default="")
    last_modified: Mapped[str] = mapped_column(String(100), server_default="", default="")
    body_hash: Mapped[str] = mapped_column(String(64), server_default="", default="")
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    leased_until: Mapped[datetime | None] = mapped_column(Instant)
    failures: Mapped[int] = mapped_column(server_default="0", default=0)
    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    succeeded_at: Mapped[datetime | None] = mapped_column(Instant)
    failure: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    read_until: Mapped[datetime | None] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)

    lab: Mapped[Lab | None] = relationship()
    instrument: Mapped[Instrument | None] = relationship()
