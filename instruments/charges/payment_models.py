"""The facts of payments: what came in for statements, what of it pays which, and reminders."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.charges.closing_models import Statement
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Institution

PAYMENT, REFUND, NETTING, SET_OFF = "payment", "refund", "netting", "set_off"
PAYMENT_KINDS = (PAYMENT, REFUND, NETTING, SET_OFF)
# What moved no money.
WITHOUT_MONEY = (NETTING, SET_OFF)
_LIVE = text("undone_at IS NULL")
# Where a payment settles something: a credit in the creditor's own books, what funds of the payer's own books bore, neither.
CREDIT, HOME, REST = "credit", "home", "rest"
PLACES = (CREDIT, HOME, REST)


class Payment(db.Model):
    """Money that finance recorded for what is owed: received into the institution's account, given back, netted, or set off.

    A refund names the payment that it gives back, of the same payer and bank account; together with what still pays
    statements, refunds never exceed it. statement_id: for which statement it came in, or on which a refund stands, or
    which owes back what is set off against another, as long as its match stands.
    settles_credit: it gives back what that statement owes back, not what is over of the payment.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint(f"kind IN {PAYMENT_KINDS}", name="kind"),
        CheckConstraint("amount_units > 0", name="amount"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint(f"kind IN {WITHOUT_MONEY} OR bank_account <> ''", name="account"),
        CheckConstraint("(kind = 'refund') = (refunds_id IS NOT NULL)", name="refund"),
        CheckConstraint("(kind = 'netting') = (proposal_id IS NOT NULL)", name="netting"),
        CheckConstraint(
            "NOT settles_credit OR (kind IN ('refund', 'set_off') AND statement_id IS NOT NULL)",
            name="settles_credit",
        ),
        CheckConstraint("kind <> 'set_off' OR settles_credit", name="set_off"),
        CheckConstraint(
            "(CASE WHEN payer_institution_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN payer_person_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN programme_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_payer",
        ),
        UniqueConstraint("id", "creditor_id", "bank_account", "currency", name="uq_payment_account"),
        ForeignKeyConstraint(
            ["refunds_id", "creditor_id", "bank_account", "currency"],
            ["payment.id", "payment.creditor_id", "payment.bank_account", "payment.currency"],
            name="fk_payment_refunds",
        ),
        Index("ix_payment_creditor", "creditor_id", "received_on", "id"),
        Index("ix_payment_payer", "payer_institution_id", "creditor_id"),
        Index("ix_payment_refunds", "refunds_id"),
        Index("ix_payment_statement", "statement_id"),
        Index("uq_payment_netted", "proposal_id", "creditor_id", unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[str] = mapped_column(String(10), server_default=PAYMENT, default=PAYMENT)
    payer_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    payer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount_units: Mapped[int] = mapped_column(BigInteger)
    received_on: Mapped[date] = mapped_column(Date)
    bank_account: Mapped[str] = mapped_column(String(80), server_default="", default="")
    reference: Mapped[str] = mapped_column(String(120), server_default="", default="")
    refunds_id: Mapped[int | None] = mapped_column(Id)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("settlement_proposal.id"))
    statement_id: Mapped[int | None] = mapped_column(ForeignKey("statement.id"))
    settles_credit: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(Instant)

    payer_institution: Mapped[Institution | None] = relationship(foreign_keys=[payer_institution_id])


class PaymentMatch(db.Model):
    """So much of a payment pays so much of a statement, until it is taken back; never more than either has."""

    __tablename__ = "payment_match"
    __table_args__ = (
        CheckConstraint("amount_units > 0", name="amount"),
        Index(
            "uq_payment_match_live", "payment_id", "statement_id", unique=True,
            postgresql_where=_LIVE, sqlite_where=_LIVE,
        ),
        Index("ix_payment_match_statement", "statement_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"))
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    amount_units: Mapped[int] = mapped_column(BigInteger)
    matched_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    matched_at: Mapped[datetime] = mapped_column(Instant)
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    payment: Mapped[Payment] = relationship()
    statement: Mapped[Statement] = relationship()


class SettledPart(db.Model):
    """So much of what a match pays of a statement, or a payment gives back of one, settled this: a credit, what funds of the
    payer's own books bore, or what no fund of either bore.

    Never changed: with its match it no longer counts. Below zero where a credit was moved back to pay for another.
    """

    __tablename__ = "settled_part"
    __table_args__ = (
        CheckConstraint(f"place IN {PLACES}", name="place"),
        CheckConstraint("(place = 'credit') = (fund_id IS NOT NULL)", name="credit"),
        CheckConstraint("(match_id IS NULL) <> (payment_id IS NULL)", name="one_thing"),
        CheckConstraint("units <> 0", name="units"),
        Index("ix_settled_part_match", "match_id"),
        Index("ix_settled_part_payment", "payment_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    match_id: Mapped[int | None] = mapped_column(ForeignKey("payment_match.id"))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))
    place: Mapped[str] = mapped_column(String(10))
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("fund.id"))
    units: Mapped[int] = mapped_column(BigInteger)


class StatementReminder(db.Model):
    """A payer was reminded of an overdue statement on that day, of so much; step: so many days after it was due, once each."""

    __tablename__ = "statement_reminder"
    __table_args__ = (
        CheckConstraint("overdue_units > 0", name="overdue"),
        Index("uq_statement_reminder_step", "statement_id", "step", unique=True),
    )

    statement_id: Mapped[int] = mapped_column(
        ForeignKey("statement.id"), primary_key=True, autoincrement=False
    )
    reminded_on: Mapped[date] = mapped_column(Date, primary_key=True)
    overdue_units: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[int] = mapped_column(server_default="0", default=0)
