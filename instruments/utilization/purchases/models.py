"""The facts of purchase reviews: what is to be bought, what it is compared with, and the opinion of whoever signs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.database import db
from instruments.database.types import Amount, Id, Instant
from instruments.people.models import Institution

DRAFT, SIGNED = "draft", "signed"
STATES = (DRAFT, SIGNED)
BUY, CONDITIONS, SHARE = "buy", "conditions", "share"
CONCLUSIONS = (BUY, CONDITIONS, SHARE)


class PurchaseReview(db.Model):
    """A proposed purchase: a draft, or signed and kept as it was.

    period: the twelve months by which use is compared. conclusion, opinion: written by a person; empty in a draft that has
    none yet. signer_en, signer_zh: who signed, as they were called then.

    The migration adds what the database itself refuses: any change of a review that is signed, and of what it compares.
    """

    __tablename__ = "purchase_review"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("amount IS NULL OR amount >= 0", name="amount"),
        CheckConstraint(f"conclusion IN {('', *CONCLUSIONS)}", name="conclusion"),
        CheckConstraint(
            "state <> 'signed' OR (signed_at IS NOT NULL AND opinion <> '' AND conclusion <> '' AND digest <> '')",
            name="signed",
        ),
        Index("ix_purchase_review_institution", "institution_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    name: Mapped[str] = mapped_column(String(200))
    class_code: Mapped[str | None] = mapped_column(ForeignKey("instrument_class.code"))
    amount: Mapped[Decimal | None] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(String(3), server_default="CNY", default="CNY")
    need: Mapped[str] = mapped_column(Text, server_default="", default="")
    period: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(8), server_default=DRAFT, default=DRAFT)
    conclusion: Mapped[str] = mapped_column(String(12), server_default="", default="")
    opinion: Mapped[str] = mapped_column(Text, server_default="", default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signed_at: Mapped[datetime | None] = mapped_column(Instant)
    signer_en: Mapped[str] = mapped_column(String(200), server_default="", default="")
    signer_zh: Mapped[str] = mapped_column(String(200), server_default="", default="")
    digest: Mapped[str] = mapped_column(String(64), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution] = relationship()


class PurchaseAlternative(db.Model):
    """An instrument that could serve instead, or could not, with the reason that a person gives.

    kept: its figures as JSON, as they were when the review was signed.
    """

    __tablename__ = "purchase_alternative"
    __table_args__ = (CheckConstraint("substitutable OR reason <> ''", name="reason"),)

    review_id: Mapped[int] = mapped_column(
        ForeignKey("purchase_review.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    instrument_id: Mapped[int] = mapped_column(
        ForeignKey("instrument.id"), primary_key=True, autoincrement=False
    )
    substitutable: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    reason: Mapped[str] = mapped_column(String(500), server_default="", default="")
    kept: Mapped[str] = mapped_column(Text, server_default="", default="")
