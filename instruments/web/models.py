"""Answers kept for requests that may be sent twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant


class IdempotentAnswer(db.Model):
    """The answer to one person's request under one key; written in the deed's own transaction, kept 24 hours."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("ix_idempotent_answer_age", "created_at"),)

    person_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0, server_default="0")
    location: Mapped[str] = mapped_column(String(300), default="", server_default="")
    etag: Mapped[str] = mapped_column(String(80), default="", server_default="")
    answer: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    replays: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(Instant)
