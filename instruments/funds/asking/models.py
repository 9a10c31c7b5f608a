"""The facts of who asks for the right to charge a fund, by its code or of whoever manages it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant

STATES = ("open", "granted", "declined", "withdrawn", "expired")
OPEN = text("state = 'open'")


class FundRequest(db.Model):
    """Somebody asks to charge a fund.

    said: its code, as it was typed, or the mail address of who is asked. Which fund a code means is looked up when the request
    is read, so that one about a fund that is not there differs in nothing from one that waits. home_id: in which
    institution the code counts, that of who asks. fund_id: the fund whose right was given.
    """

    __tablename__ = "fund_request"
    __table_args__ = (
        CheckConstraint("said <> ''", name="said"),
        CheckConstraint("words <> ''", name="words"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'granted') = (fund_id IS NOT NULL)", name="granted"),
        Index("ix_fund_request_asker", "asker_id", "id"),
        Index("uq_fund_request_open", "asker_id", "said", unique=True, postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_fund_request_home", "home_id", "said", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_fund_request_holder", "holder_id", postgresql_where=OPEN, sqlite_where=OPEN),
        Index("ix_fund_request_expiry", "expires_at", postgresql_where=OPEN, sqlite_where=OPEN),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    home_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    said: Mapped[str] = mapped_column(String(254))
    by_mail: Mapped[bool]
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(String(500))
    state: Mapped[str] = mapped_column(String(12), server_default="open", default="open")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("fund.id"))
    message: Mapped[str] = mapped_column(String(500), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)
