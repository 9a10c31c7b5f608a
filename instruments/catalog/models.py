"""The facts of the catalogue: classes, instruments, techniques, revisions, import runs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.database import db
from instruments.database.types import Amount, Id, Instant
from instruments.people.models import Institution, Lab


class InstrumentClass(db.Model):
    """One code of the national classification of large instruments (three levels of two digits)."""

    __tablename__ = "instrument_class"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("instrument_class.code"), index=True)
    level: Mapped[int]
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160))


class Technique(db.Model):
    """A technique that instruments are tagged with; found by either name."""

    __tablename__ = "technique"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name_en: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120))
    # Lower-cased English name, or the Chinese one where there is no English: two spellings are one technique.
    key: Mapped[str] = mapped_column(String(120), unique=True)


class InstrumentTechnique(db.Model):
    """Which instrument is tagged with which technique."""

    __tablename__ = "instrument_technique"
    __table_args__ = (Index("ix_instrument_technique_technique", "technique_id", "instrument_id"),)

    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True
    )
    technique_id: Mapped[int] = mapped_column(ForeignKey("technique.id"), primary_key=True)


class Instrument(db.Model):
    """One instrument. `national_record` keeps, as written, the national columns that have no column here.

    `audience` is the widest circle that may book: each circle includes the ones before it.
    `measured_quantities`: list of text. `specifications`: list of {"name", "value", "unit"}.
    """

    __tablename__ = "instrument"
    __table_args__ = (
        CheckConstraint("capacity BETWEEN 1 AND 1000", name="capacity"),
        CheckConstraint("audience IN ('lab', 'institution', 'partners', 'companies')", name="audience"),
        CheckConstraint("status IN ('in_service', 'limited', 'down', 'retired')", name="status"),
        CheckConstraint("name_en <> '' OR name_zh <> ''", name="named"),
        CheckConstraint("original_value IS NULL OR original_value >= 0", name="original_value"),
        CheckConstraint("book_value IS NULL OR book_value >= 0", name="book_value"),
        Index("ix_instrument_lab", "lab_id", "id"),
        Index("ix_instrument_institution", "institution_id", "id"),
        Index("ix_instrument_class", "class_code", "id"),
        Index(
            "uq_instrument_asset_number",
            "institution_id",
            "asset_number",
            unique=True,
            sqlite_where=text("asset_number <> ''"),
            postgresql_where=text("asset_number <> ''"),
        ),
        Index(
            "uq_instrument_serial_number",
            "institution_id",
            "maker",
            "model",
            "serial_number",
            unique=True,
            sqlite_where=text("asset_number = '' AND serial_number <> ''"),
            postgresql_where=text("asset_number = '' AND serial_number <> ''"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"))
    class_code: Mapped[str | None] = mapped_column(ForeignKey("instrument_class.code"))
    name_en: Mapped[str] = mapped_column(String(300), server_default="", default="")
    name_zh: Mapped[str] = mapped_column(String(300), server_default="", default="")
    maker: Mapped[str] = mapped_column(String(200), server_default="", default="")
    model: Mapped[str] = mapped_column(String(200), server_default="", default="")
    serial_number: Mapped[str] = mapped_column(String(100), server_default="", default="")
    asset_number: Mapped[str] = mapped_column(String(100), server_default="", default="")
    status: Mapped[str] = mapped_column(String(20), server_default="in_service", default="in_service")
    status_note: Mapped[str] = mapped_column(String(300), server_default="", default="")
    audience: Mapped[str] = mapped_column(String(20), server_default="partners", default="partners")
    capacity: Mapped[int] = mapped_column(server_default="1", default=1)
    self_operated: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    guided: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    delegated: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    remote: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    description_en: Mapped[str] = mapped_column(Text, server_default="", default="")
    description_zh: Mapped[str] = mapped_column(Text, server_default="", default="")
    sample_requirements: Mapped[str] = mapped_column(Text, server_default="", default="")
    measured_quantities: Mapped[list[str]] = mapped_column(JSON, server_default="[]", default=list)
    specifications: Mapped[list[dict[str, str]]] = mapped_column(JSON, server_default="[]", default=list)
    location: Mapped[str] = mapped_column(String(200), server_default="", default="")
    city_en: Mapped[str] = mapped_column(String(80), server_default="", default="")
    city_zh: Mapped[str] = mapped_column(String(80), server_default="", default="")
    contact_name: Mapped[str] = mapped_column(String(120), server_default="", default="")
    contact_phone: Mapped[str] = mapped_column(String(60), server_default="", default="")
    contact_mail: Mapped[str] = mapped_column(String(200), server_default="", default="")
    photo: Mapped[str] = mapped_column(String(200), server_default="", default="")
    commissioned_on: Mapped[date | None] = mapped_column(Date)
    retired_on: Mapped[date | None] = mapped_column(Date)
    original_value: Mapped[Decimal | None] = mapped_column(Amount)
    original_currency: Mapped[str] = mapped_column(String(3), server_default="CNY", default="CNY")
    book_value: Mapped[Decimal | None] = mapped_column(Amount)
    book_currency: Mapped[str] = mapped_column(String(3), server_default="CNY", default="CNY")
    university_asset_class: Mapped[str] = mapped_column(String(20), server_default="", default="")
    asset_category_code: Mapped[str] = mapped_column(String(20), server_default="", default="")
    national_record: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}", default=dict)
    search_text: Mapped[str] = mapped_column(Text, server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution] = relationship()
    lab: Mapped[Lab] = relationship()
    instrument_class: Mapped[InstrumentClass | None] = relationship()
    techniques: Mapped[list[Technique]] = relationship(
        secondary="instrument_technique", order_by="Technique.name_en"
    )


class InstrumentState(db.Model):
    """The revision of an instrument's calendar: raised before every deed that touches its time, and the lock of it."""

    __tablename__ = "instrument_state"

    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True
    )
    rev: Mapped[int] = mapped_column(Id, server_default="0", default=0)


class CatalogRevision(db.Model):
    """One row: raised whenever instruments, hours, holidays or rules change, so that processes refresh what they keep."""

    __tablename__ = "catalog_revision"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Id, server_default="0", default=0)


class ImportRun(db.Model):
    """One file brought to the catalogue: what it would do, then what it did.

    state: uploaded, checking, checked, importing, done, failed.
    `options`: {"create_labs": bool, "week": text, "lab": id or None, "columns": …};
    `report`: the dry run as JSON (see catalog/checking).
    """

    __tablename__ = "import_run"
    __table_args__ = (
        CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'importing', 'done', 'failed')", name="state"
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_path: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(20), server_default="uploaded", default="uploaded")
    options: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}", default=dict)
    rows_total: Mapped[int] = mapped_column(server_default="0", default=0)
    rows_checked: Mapped[int] = mapped_column(server_default="0", default=0)
    report: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}", default=dict)
    failure: Mapped[dict[str, Any]] = mapped_column(JSON, server_default="{}", default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant)
    woken_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)

    institution: Mapped[Institution] = relationship()

    @property
    def only_lab(self) -> int | None:
        """The lab whose instruments alone it may bring; None where it is for the whole institution."""
        return self.options.get("lab")
