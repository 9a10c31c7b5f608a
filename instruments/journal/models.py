"""The rows of the journal: plain ids and no secrets, so that they outlive what they speak of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant


class JournalEntry(db.Model):
    """One deed. `deed` is "<thing>.<past participle>", for example "reservation.moved"."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("ix_journal_entry_thing", "thing_kind", "thing_id", "id"),
        Index("ix_journal_entry_institution", "institution_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor_id: Mapped[int | None] = mapped_column(Id)
    deed: Mapped[str] = mapped_column(String(60))
    thing_kind: Mapped[str] = mapped_column(String(30))
    thing_id: Mapped[int] = mapped_column(Id)
    institution_id: Mapped[int | None] = mapped_column(Id)
    lab_id: Mapped[int | None] = mapped_column(Id)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
