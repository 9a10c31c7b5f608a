"""The facts of statutory forms: reports in their versions, their rows as they leave, and what was entered by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Institution, Lab

DRAFT, FILED = "draft", "filed"
STATES = (DRAFT, FILED)
_DRAFTS = {"postgresql_where": text("state = 'draft'"), "sqlite_where": text("state = 'draft'")}
_FILED = {"postgresql_where": text("state = 'filed'"), "sqlite_where": text("state = 'filed'")}


class Report(db.Model):
    """A form of an institution, or of one of its labs, for a period: a draft, or filed and kept as it was.

    part: which one of its day, of what is filed on occasion, where several hold different instruments. number: 1 for
    what is filed first, then one more for each correction, which names what it corrects. fresh_only: what is
    on record already is left out. layout: heads and units of its sheets, as its format had them; definitions: by source, the
    version of how it was worked out; digest: of its rows; unknown: so many instruments more may belong here;
    old: so many summaries that its rows rest on were not up to date.

    The migration adds what the database itself refuses: any change of a report that is filed, of its rows and entries.
    """

    __tablename__ = "report"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("(number = 1) = (corrects_id IS NULL)", name="corrects"),
        CheckConstraint("(state = 'filed') = (filed_at IS NOT NULL)", name="filed"),
        CheckConstraint("state <> 'filed' OR (digest <> '' AND counted_at IS NOT NULL)", name="counted"),
        CheckConstraint("state <> 'filed' OR number = 1 OR reason <> ''", name="reason"),
        CheckConstraint("rows_lacking BETWEEN 0 AND rows_total AND rows_left_out <= rows_lacking", name="rows"),
        UniqueConstraint("corrects_id", name="uq_report_corrects_id"),
        Index(
            "uq_report_number", "form", "institution_id", func.coalesce(text("lab_id"), 0), "period", "part", "number",
            unique=True,
        ),
        Index(
            "uq_report_draft", "form", "institution_id", func.coalesce(text("lab_id"), 0), "period", "part", unique=True,
            **_DRAFTS,
        ),
        Index("ix_report_institution", "institution_id", "form", "period"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    form: Mapped[str] = mapped_column(String(40))
    format_version: Mapped[int]
    format_digest: Mapped[str] = mapped_column(String(64))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id"))
    period: Mapped[str] = mapped_column(String(30))
    part: Mapped[int] = mapped_column(server_default="1", default=1)
    number: Mapped[int] = mapped_column(server_default="1", default=1)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("report.id"))
    fresh_only: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    state: Mapped[str] = mapped_column(String(8), server_default=DRAFT, default=DRAFT)
    layout: Mapped[list[dict[str, Any]]] = mapped_column(JSON, server_default="[]", default=list)
    definitions: Mapped[dict[str, int]] = mapped_column(JSON, server_default="{}", default=dict)
    rows_total: Mapped[int] = mapped_column(server_default="0", default=0)
    rows_lacking: Mapped[int] = mapped_column(server_default="0", default=0)
    rows_left_out: Mapped[int] = mapped_column(server_default="0", default=0)
    unknown: Mapped[int] = mapped_column(server_default="0", default=0)
    old: Mapped[int] = mapped_column(server_default="0", default=0)
    digest: Mapped[str] = mapped_column(String(64), server_default="", default="")
    counted_at: Mapped[datetime | None] = mapped_column(Instant)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    filed_at: Mapped[datetime | None] = mapped_column(Instant)
    reference: Mapped[str] = mapped_column(String(120), server_default="", default="")
    reason: Mapped[str] = mapped_column(String(500), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution] = relationship()
    lab: Mapped[Lab | None] = relationship()
    receipts: Mapped[list[ReportReceipt]] = relationship(
        order_by="ReportReceipt.position", lazy="selectin", viewonly=True
    )

    @property
    def receipt(self) -> str:
        """The number that was given for it: as it was noted last, else as it was filed with."""
        return self.receipts[-1].reference if self.receipts else self.reference

    @property
    def version_shown(self) -> int:
        """What a change must name: what is filed keeps its version, and each number that is noted of it counts one more."""
        return self.version + len(self.receipts)


class ReportReceipt(db.Model):
    """The number that was given for a filed report, noted after it was filed; one that was noted before stays beside it."""

    __tablename__ = "report_receipt"
    __table_args__ = (CheckConstraint("reference <> ''", name="reference"),)

    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reference: Mapped[str] = mapped_column(String(120))
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime] = mapped_column(Instant)


class ReportRow(db.Model):
    """One row of a sheet, as it leaves: its cells as texts, in the order of the columns, and what it lacks.

    key: by which it is known again in another version ("use:12:0", "instrument:7"). cells, lacks: JSON as written, so that
    they stay the same to the byte. left_out: filed without it, since it lacked something.
    """

    __tablename__ = "report_row"
    __table_args__ = (
        CheckConstraint("NOT left_out OR lacking", name="left_out"),
        UniqueConstraint("report_id", "sheet", "key", name="uq_report_row_key"),
        Index("ix_report_row_lab", "lab_id", "report_id", "lacking"),
    )

    report_id: Mapped[int] = mapped_column(
        ForeignKey("report.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sheet: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(String(60))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id"))
    cells: Mapped[str] = mapped_column(Text)
    lacks: Mapped[str] = mapped_column(Text, server_default="[]", default="[]")
    lacking: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    left_out: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)


class ReportEntry(db.Model):
    """What somebody entered by hand into a cell that the facts leave empty."""

    __tablename__ = "report_entry"
    __table_args__ = (CheckConstraint("value <> ''", name="value"),)

    report_id: Mapped[int] = mapped_column(
        ForeignKey("report.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sheet: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    column: Mapped[str] = mapped_column("column_key", String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime] = mapped_column(Instant)


class ReportOverride(db.Model):
    """Somebody let a row stand in spite of a rule, and said why; the reason stays with the report."""

    __tablename__ = "report_override"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    report_id: Mapped[int] = mapped_column(
        ForeignKey("report.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sheet: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    code: Mapped[str] = mapped_column(String(30), primary_key=True)
    reason: Mapped[str] = mapped_column(String(500))
    overridden_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    overridden_at: Mapped[datetime] = mapped_column(Instant)
