"""The facts of what came of an instrument's use, year by year: papers, patents, awards, theses; and files of logs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant

OUTPUTS = (
    "paper_indexed", "paper_core", "paper_other", "patent_teacher", "patent_student", "award_national",
    "award_provincial", "thesis", "standard", "other",
)  # fmt: skip
FILE_STATES = ("uploaded", "checking", "checked", "importing", "done", "failed")
_REFERRED = {"postgresql_where": text("reference <> ''"), "sqlite_where": text("reference <> ''")}


class InstrumentOutput(db.Model):
    """Something that an instrument helped to bring about in a calendar year; reference: a DOI, a number, an address."""

    __tablename__ = "instrument_output"
    __table_args__ = (
        CheckConstraint(f"kind IN {OUTPUTS}", name="kind"),
        CheckConstraint("year BETWEEN 1950 AND 2200", name="year"),
        CheckConstraint("number BETWEEN 1 AND 10000", name="number"),
        Index("ix_instrument_output_year", "instrument_id", "year"),
        Index(
            "uq_instrument_output_reference", "instrument_id", "kind", "reference", unique=True, **_REFERRED
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(server_default="1", default=1)
    title: Mapped[str] = mapped_column(String(300), server_default="", default="")
    reference: Mapped[str] = mapped_column(String(200), server_default="", default="")
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class UsageFile(db.Model):
    """One file brought to a lab, of instrument logs or of outputs: what it would do, then what it did."""

    __tablename__ = "usage_file"
    __table_args__ = (
        CheckConstraint("kind IN ('logs', 'outputs')", name="kind"),
        CheckConstraint(f"state IN {FILE_STATES}", name="state"),
        Index("ix_usage_file_lab", "lab_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_path: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(12), server_default="uploaded", default="uploaded")
    report: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}", default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
