"""The facts of demand: what was looked or waited for in vain, by class and place, without the person."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant

SOURCES = ("search", "waitlist")
LONGEST_WINDOW_SECONDS = 366 * 86_400


class UnmetDemand(db.Model):
    """Something was asked for and not found: by a search, or by a request of the waitlist that ended unmet.

    place_id: where it was looked for, none for anywhere; asker_institution_id and asker_kind: who asked, no closer than
    that. once: keeps what one person looks for again on one day from counting twice; it is made from a secret, and
    empty from the day after.
    """

    __tablename__ = "unmet_demand"
    __table_args__ = (
        CheckConstraint(f"source IN {SOURCES}", name="source"),
        CheckConstraint("earliest < latest", name="span"),
        CheckConstraint("length_seconds > 0", name="length"),
        Index("uq_unmet_demand_once", "noted_on", "once", unique=True, postgresql_where=text("once <> ''"),
              sqlite_where=text("once <> ''")),
        Index("ix_unmet_demand_place", "place_id", "noted_on"),
        Index("ix_unmet_demand_asker", "asker_institution_id", "noted_on"),
        Index("ix_unmet_demand_class", "class_code", "noted_on"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    noted_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(10))
    class_code: Mapped[str | None] = mapped_column(ForeignKey("instrument_class.code"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id", ondelete="SET NULL"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    city: Mapped[str] = mapped_column(String(80), server_default="", default="")
    earliest: Mapped[datetime] = mapped_column(Instant)
    latest: Mapped[datetime] = mapped_column(Instant)
    length_seconds: Mapped[int]
    asker_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    asker_kind: Mapped[str] = mapped_column(String(12), server_default="", default="")
    once: Mapped[str] = mapped_column(String(64), server_default="", default="")
