"""The facts of formal quotes, and of the framework agreements under which they are accepted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.rates.terms import MODES

STATES = ("offered", "accepted", "declined", "withdrawn", "expired")


class FrameworkAgreement(db.Model):
    """What an institution agrees upon with whoever orders from it, numbered; published once and never changed.

    The newest of an institution holds for what is accepted from then on.
    """

    __tablename__ = "framework_agreement"
    __table_args__ = (
        CheckConstraint("text_en <> '' AND text_zh <> ''", name="texts"),
        UniqueConstraint("institution_id", "number"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    number: Mapped[int]
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime] = mapped_column(Instant)


class AgreementAcceptance(db.Model):
    """A payer accepted an agreement, once for all its orders: an institution, or a person without one."""

    __tablename__ = "agreement_acceptance"
    __table_args__ = (
        CheckConstraint("(payer_institution_id IS NULL) <> (payer_person_id IS NULL)", name="one_payer"),
        Index(
            "uq_agreement_acceptance_payer",
            "agreement_id",
            func.coalesce(text("payer_institution_id"), 0),
            func.coalesce(text("payer_person_id"), 0),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("framework_agreement.id"))
    payer_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    payer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime] = mapped_column(Instant)


class FormalQuoteCounter(db.Model):
    """The last number that an institution gave to a formal quote of a year; its row is the lock on the next."""

    __tablename__ = "formal_quote_counter"

    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id"), primary_key=True, autoincrement=False
    )
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class FormalQuote(db.Model):
    """A price for a time on an instrument, as it was put on paper: what it says never changes, only what becomes of it.

    payer: the institution that would pay, or the person who has none. lines, why: as `rates.kept` writes them. borne: what
    the programmes that were chosen would have borne, in their order ({programme_id, name_en, name_zh, units, afterwards});
    reserved only when it is accepted. It holds nothing; the reservation that its acceptance makes does. The migration adds
    that its content stays as it was.
    """

    __tablename__ = "formal_quote"
    __table_args__ = (
        CheckConstraint("(payer_institution_id IS NULL) <> (payer_person_id IS NULL)", name="one_payer"),
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint(f"mode IN {MODES}", name="mode"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("total_units >= 0", name="total"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'accepted') = (reservation_id IS NOT NULL)", name="accepted"),
        CheckConstraint("(state = 'accepted') = (accepted_by_id IS NOT NULL)", name="accepted_by"),
        UniqueConstraint("institution_id", "year", "position"),
        UniqueConstraint("reservation_id"),
        Index("ix_formal_quote_payer", "payer_institution_id", "id"),
        Index("ix_formal_quote_asker", "asked_by_id", "id"),
        Index("ix_formal_quote_lab", "lab_id", "id"),
        Index("ix_formal_quote_open", "state", "valid_until"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    year: Mapped[int]
    position: Mapped[int]
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"))
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id"), index=True)
    payer_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    payer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    purpose: Mapped[str] = mapped_column(String(12), server_default="service", default="service")
    title: Mapped[str] = mapped_column(String(200), server_default="", default="")
    mode: Mapped[str] = mapped_column(String(10))
    counts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    version_id: Mapped[int] = mapped_column(ForeignKey("rate_version.id"))
    customer_class: Mapped[str] = mapped_column(String(30))
    currency: Mapped[str] = mapped_column(String(3))
    total_units: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    why: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    borne: Mapped[list[dict[str, Any]]] = mapped_column(JSON, server_default="[]", default=list)
    hazardous: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    second_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    valid_until: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10), server_default="offered", default="offered")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(500), server_default="", default="")
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("framework_agreement.id"))
    reservation_id: Mapped[int | None] = mapped_column(ForeignKey("reservation.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)
