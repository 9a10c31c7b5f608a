"""The facts of funds: who owns money, who may charge it, what it may pay, and what is held of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.catalog.models import InstrumentClass
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Institution, Lab, Person, ResearchGroup

# What belongs to one institution and is spent in its own books, and what an institution owes or is owed by another.
INTERNAL = ("grant", "cost_code", "allowance")
EXTERNAL = ("wallet", "credit")
KINDS = INTERNAL + EXTERNAL
STATES = ("open", "blocked", "closed")
HOLD_STATES = ("pending", "posted", "voided", "expired")
SOURCES = (
    "national",
    "foundation",
    "provincial",
    "municipal",
    "institution",
    "enterprise",
    "abroad",
    "other",
)
LINE_KINDS = ("time", "minimum", "add_on", "operator", "fee")


class Fund(db.Model):
    """Money that can pay for the use of instruments, in one currency, from its first day to its last.

    institution_id: in whose books it stands. A wallet and a credit stand in the books of the institution that is owed
    or owes (the creditor) and belong to another; everything else stands in the books of its owner.
    budget_units: empty where there is none; of a credit its limit. A wallet has none: what was paid in is left.
    warn_percents: at which parts of the budget its owner is told, ascending; warned: the last one that was told of.
    """

    __tablename__ = "fund"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"source = '' OR source IN {SOURCES}", name="source"),
        CheckConstraint(
            f"(kind IN {EXTERNAL}) = (institution_id <> owner_institution_id)", name="whose_books"
        ),
        CheckConstraint("kind <> 'wallet' OR budget_units IS NULL", name="wallet_without_budget"),
        CheckConstraint("kind <> 'credit' OR budget_units IS NOT NULL", name="credit_has_limit"),
        CheckConstraint("budget_units >= 0", name="budget"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("valid_from <= valid_to", name="valid_span"),
        CheckConstraint("code <> ''", name="coded"),
        CheckConstraint("name_en <> '' OR name_zh <> ''", name="named"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        UniqueConstraint("institution_id", "owner_institution_id", "code", name="uq_fund_code"),
        UniqueConstraint("id", "institution_id", "currency", name="uq_fund_books"),
        Index("ix_fund_owner", "owner_institution_id", "state"),
        Index("ix_fund_group", "group_id", "state"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    owner_institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    code: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(200), server_default="", default="")
    name_zh: Mapped[str] = mapped_column(String(200), server_default="", default="")
    source: Mapped[str] = mapped_column(String(20), server_default="", default="")
    currency: Mapped[str] = mapped_column(String(3), server_default="CNY", default="CNY")
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    budget_units: Mapped[int | None] = mapped_column(BigInteger)
    warn_percents: Mapped[list[int]] = mapped_column(JSON, default=list)
    warned: Mapped[int] = mapped_column(server_default="0", default=0)
    state: Mapped[str] = mapped_column(String(12), server_default="open", default="open")
    blocked_why: Mapped[str] = mapped_column(String(300), server_default="", default="")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    overdrawn: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution] = relationship(foreign_keys=[institution_id])
    owner: Mapped[Institution] = relationship(foreign_keys=[owner_institution_id])
    group: Mapped[ResearchGroup | None] = relationship()


class FundUser(db.Model):
    """Who may charge a fund, up to a limit and to a day where they are set.

    Without a person: every member of its group, or of the institution that owns it where it has no group.
    """

    __tablename__ = "fund_user"
    __table_args__ = (
        CheckConstraint("limit_units >= 0", name="limit"),
        Index("uq_fund_user", "fund_id", func.coalesce(text("person_id"), 0), unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    limit_units: Mapped[int | None] = mapped_column(BigInteger)
    ends_on: Mapped[date | None] = mapped_column(Date)
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime] = mapped_column(Instant)

    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class FundPermit(db.Model):
    """One thing that a fund may pay for: instruments of a lab, an institution or a class; or a kind of line.

    No row is everything. With rows about instruments, one of them has to fit; with rows about lines, each line has to.
    """

    __tablename__ = "fund_permit"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN lab_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN institution_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN class_code IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN line_kind IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_thing",
        ),
        CheckConstraint(f"line_kind IN {LINE_KINDS}", name="line_kind"),
        Index(
            "uq_fund_permit",
            "fund_id",
            func.coalesce(text("lab_id"), 0),
            func.coalesce(text("institution_id"), 0),
            func.coalesce(text("class_code"), ""),
            func.coalesce(text("line_kind"), ""),
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id", ondelete="CASCADE"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    class_code: Mapped[str | None] = mapped_column(ForeignKey("instrument_class.code"))
    line_kind: Mapped[str | None] = mapped_column(String(12))

    lab: Mapped[Lab | None] = relationship()
    institution: Mapped[Institution | None] = relationship()
    instrument_class: Mapped[InstrumentClass | None] = relationship()


class FundHold(db.Model):
    """A sum of a fund that is held for a thing, such as a reservation, until it is posted, voided or expired: once.

    Raised, the hold is voided and another replaces it. The migration adds what the database itself refuses: a hold
    that does not fit into what is left, one that is changed in any other way, one that vanishes.
    """

    __tablename__ = "fund_hold"
    __table_args__ = (
        CheckConstraint("amount_units > 0", name="amount"),
        CheckConstraint(f"state IN {HOLD_STATES}", name="state"),
        CheckConstraint("(state = 'pending') = (resolved_at IS NULL)", name="resolved"),
        Index(
            "uq_fund_hold_pending",
            "fund_id",
            "thing_kind",
            "thing_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
        Index("ix_fund_hold_thing", "thing_kind", "thing_id"),
        Index("ix_fund_hold_person", "person_id", "fund_id"),
        Index(
            "ix_fund_hold_expiring",
            "expires_at",
            postgresql_where=text("state = 'pending' AND expires_at IS NOT NULL"),
            sqlite_where=text("state = 'pending' AND expires_at IS NOT NULL"),
        ),
        Index("ix_fund_hold_fund", "fund_id", "id"),
        Index("ix_fund_hold_replaces", "replaces_id", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"))
    thing_kind: Mapped[str] = mapped_column(String(30))
    thing_id: Mapped[int] = mapped_column(Id)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    amount_units: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(12), server_default="pending", default="pending")
    made_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("fund_hold.id"))


class FundPayment(db.Model):
    """Money that came into a wallet from an account at a bank, or went back to that very account.

    A refund names the payment that it gives back, of the same fund and account; together they never exceed it.
    """

    __tablename__ = "fund_payment"
    __table_args__ = (
        CheckConstraint("amount_units > 0", name="amount"),
        CheckConstraint("bank_account <> ''", name="account"),
        UniqueConstraint("id", "fund_id", "bank_account", name="uq_fund_payment_account"),
        ForeignKeyConstraint(
            ["refunds_id", "fund_id", "bank_account"],
            ["fund_payment.id", "fund_payment.fund_id", "fund_payment.bank_account"],
            name="fk_fund_payment_refunds",
        ),
        Index("ix_fund_payment_fund", "fund_id", "id"),
        Index("ix_fund_payment_refunds", "refunds_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"))
    amount_units: Mapped[int] = mapped_column(BigInteger)
    bank_account: Mapped[str] = mapped_column(String(80))
    reference: Mapped[str] = mapped_column(String(120), server_default="", default="")
    happened_on: Mapped[date] = mapped_column(Date)
    refunds_id: Mapped[int | None] = mapped_column(Id)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("ledger_transfer.id"), unique=True)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
