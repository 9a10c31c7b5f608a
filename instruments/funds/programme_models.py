"""The facts of programmes: their terms, whom they admit, and what they have reserved and paid."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
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
from instruments.people.models import Institution, Person

ADMISSION_STATES = ("asked", "admitted", "refused", "ended")
PROGRAMME_HOLD_STATES = ("reserved", "committed", "released", "reversed")
ONE_PAYER = "(payer_institution_id IS NULL) <> (payer_person_id IS NULL)"


class ProgrammeRow(db.Model):
    """A programme that pays a part: its terms, as `funds.programmes.Programme` reads them.

    institution_id: whose it is, for its own instruments only; empty for one of the whole platform, such as a province's
    vouchers. rate: in hundredths of a percent. Empty lists admit all. needs_proof: a document goes with a declaration.
    """

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("rate BETWEEN 1 AND 10000", name="rate"),
        CheckConstraint("valid_from <= valid_to", name="valid_span"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("budget_units >= 0 AND cap_per_order_units >= 0", name="limits"),
        CheckConstraint("cap_per_year_units >= 0", name="yearly"),
        CheckConstraint("code <> ''", name="coded"),
        CheckConstraint("name_en <> '' OR name_zh <> ''", name="named"),
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        UniqueConstraint("code", name="uq_programme_code"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(200), server_default="", default="")
    name_zh: Mapped[str] = mapped_column(String(200), server_default="", default="")
    description_en: Mapped[str] = mapped_column(Text, server_default="", default="")
    description_zh: Mapped[str] = mapped_column(Text, server_default="", default="")
    currency: Mapped[str] = mapped_column(String(3), server_default="CNY", default="CNY")
    rate: Mapped[int]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date] = mapped_column(Date)
    payer_kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    small_firms_only: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    needs_proof: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    class_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    institution_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    lines: Mapped[list[str]] = mapped_column(JSON, default=list)
    cap_per_order_units: Mapped[int | None] = mapped_column(BigInteger)
    cap_per_year_units: Mapped[int | None] = mapped_column(BigInteger)
    budget_units: Mapped[int | None] = mapped_column(BigInteger)
    combines: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    afterwards: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    state: Mapped[str] = mapped_column(String(12), server_default="open", default="open")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution | None] = relationship()


class ProgrammePayer(db.Model):
    """A payer that asked to be admitted to a programme, or was; document: the kept file of its proof."""

    __tablename__ = "programme_payer"
    __table_args__ = (
        CheckConstraint(f"state IN {ADMISSION_STATES}", name="state"),
        CheckConstraint(ONE_PAYER, name="one_payer"),
        CheckConstraint("(document = '') = (document_name = '')", name="document"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided"),
        Index(
            "uq_programme_payer_live",
            "programme_id",
            func.coalesce(text("payer_institution_id"), 0),
            func.coalesce(text("payer_person_id"), 0),
            unique=True,
            postgresql_where=text("state IN ('asked', 'admitted')"),
            sqlite_where=text("state IN ('asked', 'admitted')"),
        ),
        Index("ix_programme_payer_institution", "payer_institution_id"),
        Index("ix_programme_payer_person", "payer_person_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    payer_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    payer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    small_firm: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    declaration: Mapped[str] = mapped_column(String(500), server_default="", default="")
    document: Mapped[str] = mapped_column(String(80), server_default="", default="")
    document_name: Mapped[str] = mapped_column(String(200), server_default="", default="")
    expires_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(12), server_default="asked", default="asked")
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_why: Mapped[str] = mapped_column(String(300), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    programme: Mapped[ProgrammeRow] = relationship()
    payer_institution: Mapped[Institution | None] = relationship()
    payer_person: Mapped[Person | None] = relationship(foreign_keys=[payer_person_id])


class ProgrammeHold(db.Model):
    """What a programme bears of a thing: reserved, then committed or released; what was committed can be reversed.

    year: that of acceptance, in which it counts against the payer's yearly cap.
    """

    __tablename__ = "programme_hold"
    __table_args__ = (
        CheckConstraint("amount_units > 0", name="amount"),
        CheckConstraint(f"state IN {PROGRAMME_HOLD_STATES}", name="state"),
        CheckConstraint("(state = 'reserved') = (resolved_at IS NULL)", name="resolved"),
        CheckConstraint(ONE_PAYER, name="one_payer"),
        Index(
            "uq_programme_hold_live",
            "programme_id",
            "thing_kind",
            "thing_id",
            unique=True,
            postgresql_where=text("state IN ('reserved', 'committed')"),
            sqlite_where=text("state IN ('reserved', 'committed')"),
        ),
        Index("ix_programme_hold_thing", "thing_kind", "thing_id"),
        Index("ix_programme_hold_payer", "programme_id", "year", "payer_institution_id", "payer_person_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    payer_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    payer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    thing_kind: Mapped[str] = mapped_column(String(30))
    thing_id: Mapped[int] = mapped_column(Id)
    amount_units: Mapped[int] = mapped_column(BigInteger)
    year: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), server_default="reserved", default="reserved")
    made_at: Mapped[datetime] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
