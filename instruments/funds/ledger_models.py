"""The facts of the ledger: accounts, transfers between them, and the months that are closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant

# The account of a fund, by its kind: what is spent of it, what its owner owes, what its owner has paid in advance.
ACCOUNT_OF_FUND = {
    "grant": "fund",
    "cost_code": "fund",
    "allowance": "fund",
    "wallet": "prepaid",
    "credit": "receivable",
}
ACCOUNT_KINDS = (
    "fund", "receivable", "prepaid", "payable", "programme_claim", "output_tax", "lab_income", "institution_share",
    "bank_clearing", "waiver", "write_off", "opening",
)  # fmt: skip
# A month as the books write it, "2026-11".
A_MONTH = "length(month) = 7 AND substr(month, 5, 1) = '-' AND substr(month, 6, 2) BETWEEN '01' AND '12'"


class LedgerAccount(db.Model):
    """One account in the books of an institution, in one currency; what it is about, as its kind needs.

    payable: what is owed to another institution, named as the payer is elsewhere; opening: the counterweight of
    balances that were brought in. An account never changes.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        CheckConstraint(f"kind IN {ACCOUNT_KINDS}", name="kind"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("kind <> 'fund' OR fund_id IS NOT NULL", name="fund"),
        CheckConstraint("(kind = 'lab_income') = (lab_id IS NOT NULL)", name="lab_income"),
        CheckConstraint("(kind = 'programme_claim') = (programme_id IS NOT NULL)", name="programme_claim"),
        CheckConstraint(
            "(kind IN ('receivable', 'prepaid', 'payable')) = (payer_institution_id IS NOT NULL"
            " OR payer_person_id IS NOT NULL)",
            name="payer",
        ),
        CheckConstraint("payer_institution_id IS NULL OR payer_person_id IS NULL", name="one_payer"),
        CheckConstraint("fund_id IS NULL OR kind IN ('fund', 'receivable', 'prepaid')", name="of_fund"),
        ForeignKeyConstraint(
            ["fund_id", "institution_id", "currency"],
            ["fund.id", "fund.institution_id", "fund.currency"],
            name="fk_ledger_account_fund",
        ),
        Index(
            "uq_ledger_account",
            "institution_id",
            "kind",
            "currency",
            func.coalesce(text("fund_id"), 0),
            func.coalesce(text("lab_id"), 0),
            func.coalesce(text("payer_institution_id"), 0),
            func.coalesce(text("payer_person_id"), 0),
            func.coalesce(text("programme_id"), 0),
            unique=True,
        ),
        UniqueConstraint("id", "institution_id", "currency", name="uq_ledger_account_books"),
        Index("ix_ledger_account_fund", "fund_id", unique=True),
        Index("ix_ledger_account_payer", "payer_institution_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    currency: Mapped[str] = mapped_column(String(3))
    fund_id: Mapped[int | None] = mapped_column(Id)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id"))
    payer_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    payer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))


class LedgerTransfer(db.Model):
    """An amount from one account to another in the same books and currency, so that no row can be unbalanced.

    Never changed and never deleted: what was wrong is reversed, once, by its mirror image. key: what the transfer is
    for, in one text, so that doing it twice is refused. person_id: whose use it pays, for what each has spent.
    """

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
        CheckConstraint("amount_units > 0", name="amount"),
        CheckConstraint(A_MONTH, name="month"),
        CheckConstraint("kind <> ''", name="kind"),
        CheckConstraint("kind <> 'opening' OR reason <> ''", name="opening_reason"),
        ForeignKeyConstraint(
            ["debit_id", "institution_id", "currency"],
            ["ledger_account.id", "ledger_account.institution_id", "ledger_account.currency"],
            name="fk_ledger_transfer_debit",
        ),
        ForeignKeyConstraint(
            ["credit_id", "institution_id", "currency"],
            ["ledger_account.id", "ledger_account.institution_id", "ledger_account.currency"],
            name="fk_ledger_transfer_credit",
        ),
        Index("ix_ledger_transfer_debit", "debit_id", "id"),
        Index("ix_ledger_transfer_credit", "credit_id", "id"),
        Index("ix_ledger_transfer_month", "institution_id", "month"),
        Index("ix_ledger_transfer_thing", "thing_kind", "thing_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    debit_id: Mapped[int] = mapped_column(Id)
    credit_id: Mapped[int] = mapped_column(Id)
    amount_units: Mapped[int] = mapped_column(BigInteger)
    institution_id: Mapped[int] = mapped_column(Id)
    currency: Mapped[str] = mapped_column(String(3))
    posted_at: Mapped[datetime] = mapped_column(Instant)
    month: Mapped[str] = mapped_column(String(7))
    kind: Mapped[str] = mapped_column(String(20))
    thing_kind: Mapped[str] = mapped_column(String(30))
    thing_id: Mapped[int] = mapped_column(Id)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(300), server_default="", default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfer.id"), unique=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)


class LedgerSum(db.Model):
    """What was posted on an account in a month by transfers of a kind, on both sides. Nobody writes it: a trigger of the
    database counts every transfer in the moment it is posted (the migration makes it)."""

    __tablename__ = "ledger_sum"
    __table_args__ = ({"sqlite_with_rowid": False},)

    account_id: Mapped[int] = mapped_column(
        ForeignKey("ledger_account.id"), primary_key=True, autoincrement=False
    )
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    debits: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    credits: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)


class ClosedMonth(db.Model):
    """A month of an institution's books into which nothing is posted any more."""

    __tablename__ = "closed_month"
    __table_args__ = (CheckConstraint(A_MONTH, name="month"),)

    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(Instant)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
