"""The facts of month end: how an institution bills, the closing of a month, and the statements that come of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

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
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from instruments.charges.entries import ROUTES
from instruments.charges.models import A_MONTH
from instruments.database import db
from instruments.database.types import Id, Instant
from instruments.people.models import Institution

PREVIEW, OBJECTING, ISSUING, ISSUED = "preview", "objecting", "issuing", "issued"
CLOSING_STATES = (PREVIEW, OBJECTING, ISSUING, ISSUED)
DUE_DAYS, OBJECTION_DAYS = 30, 5
REMINDER_DAYS = "3,15,30"
# Why a charge of the month is on no statement of it yet.
LEFT_OUT = ("disputed",)
_NOT_ISSUED = text("NOT issued")


class BillingDetails(db.Model):
    """What an institution's statements and invoices say of itself, set by its finance office.

    due_days: within how many days after its issue a statement is paid; objection_days: how long a month lies open for
    objections before it is issued; reminder_days: how many days after it was due a payer is reminded, such as "3,15,30".
    """

    __tablename__ = "billing_details"
    __table_args__ = (
        CheckConstraint("due_days BETWEEN 1 AND 180", name="due_days"),
        CheckConstraint("objection_days BETWEEN 0 AND 60", name="objection_days"),
    )

    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id"), primary_key=True, autoincrement=False
    )
    title_en: Mapped[str] = mapped_column(String(200), server_default="", default="")
    title_zh: Mapped[str] = mapped_column(String(200), server_default="", default="")
    address_en: Mapped[str] = mapped_column(String(300), server_default="", default="")
    address_zh: Mapped[str] = mapped_column(String(300), server_default="", default="")
    contact: Mapped[str] = mapped_column(String(200), server_default="", default="")
    tax_number: Mapped[str] = mapped_column(String(30), server_default="", default="")
    bank: Mapped[str] = mapped_column(String(200), server_default="", default="")
    bank_account: Mapped[str] = mapped_column(String(80), server_default="", default="")
    exemption: Mapped[str] = mapped_column(String(300), server_default="", default="")
    note_en: Mapped[str] = mapped_column(String(1000), server_default="", default="")
    note_zh: Mapped[str] = mapped_column(String(1000), server_default="", default="")
    due_days: Mapped[int] = mapped_column(server_default=str(DUE_DAYS), default=DUE_DAYS)
    objection_days: Mapped[int] = mapped_column(server_default=str(OBJECTION_DAYS), default=OBJECTION_DAYS)
    reminder_days: Mapped[str] = mapped_column(
        String(60), server_default=REMINDER_DAYS, default=REMINDER_DAYS
    )
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class Closing(db.Model):
    """The closing of one month of an institution's books: previewed, open for objections, being issued, issued.

    issued_on: the date of its statements, on the institution's wall, fixed when issuing begins so that repeating it makes
    the same. statements_total: empty until what is to be issued stands fixed; statements_done: how far it is; moved_at: when
    it last went on.
    """

    __tablename__ = "closing"
    __table_args__ = (
        CheckConstraint(A_MONTH, name="month"),
        CheckConstraint(f"state IN {CLOSING_STATES}", name="state"),
        CheckConstraint("state <> 'objecting' OR objections_until IS NOT NULL", name="objecting"),
        CheckConstraint(
            "(state IN ('issuing', 'issued')) = (started_at IS NOT NULL AND issued_on IS NOT NULL AND due_on IS NOT NULL)",
            name="started",
        ),
        CheckConstraint(
            "(state = 'issued') = (issued_at IS NOT NULL AND statements_total IS NOT NULL)", name="issued"
        ),
        CheckConstraint("statements_done BETWEEN 0 AND coalesce(statements_total, 0)", name="progress"),
        UniqueConstraint("institution_id", "month", name="uq_closing_month"),
        Index(
            "ix_closing_issuing", "id",
            postgresql_where=text("state = 'issuing'"), sqlite_where=text("state = 'issuing'"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    month: Mapped[str] = mapped_column(String(7))
    state: Mapped[str] = mapped_column(String(10), server_default=PREVIEW, default=PREVIEW)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    objections_until: Mapped[date | None] = mapped_column(Date)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    issued_on: Mapped[date | None] = mapped_column(Date)
    due_on: Mapped[date | None] = mapped_column(Date)
    statements_total: Mapped[int | None]
    statements_done: Mapped[int] = mapped_column(server_default="0", default=0)
    issued_at: Mapped[datetime | None] = mapped_column(Instant)
    moved_at: Mapped[datetime | None] = mapped_column(Instant)
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    institution: Mapped[Institution] = relationship()


class ClosingLeftOut(db.Model):
    """A charge that is on no statement of the month that was closed, and why; it comes on a later one."""

    __tablename__ = "closing_left_out"
    __table_args__ = (CheckConstraint(f"why IN ('{LEFT_OUT[0]}')", name="why"),)

    closing_id: Mapped[int] = mapped_column(ForeignKey("closing.id"), primary_key=True, autoincrement=False)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"), primary_key=True, autoincrement=False)
    why: Mapped[str] = mapped_column(String(12))


class Statement(db.Model):
    """What one payer owes one institution for a month, in one currency, under a running number of that year.

    The payer is an institution, one of its groups, a person, or a programme that bears its part. internal_units moved
    within the institution, prepaid_units came out of a wallet, due_units are to be paid; together they are total_units.
    tax_units of them are tax. sender, payer: what is printed of both, as it was when it was issued.

    The migration adds what the database itself refuses: a number left out, an issued statement whose lines do not come to
    its sums, and any change once it is issued.
    """

    __tablename__ = "statement"
    __table_args__ = (
        CheckConstraint(A_MONTH, name="month"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("number > 0 AND year BETWEEN 2000 AND 9999", name="number"),
        CheckConstraint("lines > 0", name="lines"),
        CheckConstraint("internal_units + prepaid_units + due_units = total_units", name="total"),
        CheckConstraint(
            "(CASE WHEN payer_institution_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN payer_person_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN programme_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_payer",
        ),
        CheckConstraint("payer_group_id IS NULL OR programme_id IS NULL", name="group"),
        UniqueConstraint("creditor_id", "year", "number", name="uq_statement_number"),
        Index(
            "uq_statement_payer", "closing_id", "currency", func.coalesce(text("payer_institution_id"), 0),
            func.coalesce(text("payer_person_id"), 0), func.coalesce(text("payer_group_id"), 0),
            func.coalesce(text("programme_id"), 0), unique=True,
        ),
        Index("ix_statement_payer", "payer_institution_id", "month"),
        Index("ix_statement_group", "payer_group_id", "month"),
        Index("ix_statement_person", "payer_person_id", "month"),
        Index("ix_statement_creditor", "creditor_id", "month", "number"),
        Index("ix_statement_to_issue", "closing_id", "number", postgresql_where=_NOT_ISSUED, sqlite_where=_NOT_ISSUED),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    closing_id: Mapped[int] = mapped_column(ForeignKey("closing.id"))
    creditor_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    year: Mapped[int]
    number: Mapped[int]
    month: Mapped[str] = mapped_column(String(7))
    currency: Mapped[str] = mapped_column(String(3))
    payer_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    payer_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    payer_group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))
    total_units: Mapped[int] = mapped_column(BigInteger)
    internal_units: Mapped[int] = mapped_column(BigInteger)
    prepaid_units: Mapped[int] = mapped_column(BigInteger)
    due_units: Mapped[int] = mapped_column(BigInteger)
    tax_units: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int]
    issued_on: Mapped[date] = mapped_column(Date)
    due_on: Mapped[date] = mapped_column(Date)
    sender: Mapped[dict[str, Any]] = mapped_column(JSON)
    payer: Mapped[dict[str, Any]] = mapped_column(JSON)
    issued: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)

    creditor: Mapped[Institution] = relationship(foreign_keys=[creditor_id])
    closing: Mapped[Closing] = relationship()


class StatementLine(db.Model):
    """One payer's share of one charge on a statement, as it was when it was issued; each share on one statement, once.

    service_on: the true date, which may lie in an earlier month. charge_units: of the whole charge, of which others may
    bear a part; programme_units: the part that a programme bears.
    """

    __tablename__ = "statement_line"
    __table_args__ = (
        CheckConstraint(f"route IN {ROUTES}", name="route"),
        ForeignKeyConstraint(
            ["charge_id", "share"], ["charge_share.charge_id", "charge_share.position"],
            name="fk_statement_line_share",
        ),
        UniqueConstraint("charge_id", "share", name="uq_statement_line_share"),
    )  # fmt: skip

    statement_id: Mapped[int] = mapped_column(
        ForeignKey("statement.id"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    charge_id: Mapped[int] = mapped_column(Id)
    share: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    route: Mapped[str] = mapped_column(String(10))
    service_on: Mapped[date] = mapped_column(Date)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id"))
    fund_id: Mapped[int | None] = mapped_column(ForeignKey("fund.id"))
    fund_code: Mapped[str] = mapped_column(String(60), server_default="", default="")
    instrument_en: Mapped[str] = mapped_column(String(200), server_default="", default="")
    instrument_zh: Mapped[str] = mapped_column(String(200), server_default="", default="")
    lab_en: Mapped[str] = mapped_column(String(200), server_default="", default="")
    lab_zh: Mapped[str] = mapped_column(String(200), server_default="", default="")
    person_en: Mapped[str] = mapped_column(String(200), server_default="", default="")
    person_zh: Mapped[str] = mapped_column(String(200), server_default="", default="")
    customer_class: Mapped[str] = mapped_column(String(30), server_default="", default="")
    reason: Mapped[str] = mapped_column(Text, server_default="", default="")
    charge_units: Mapped[int] = mapped_column(BigInteger)
    programme_units: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    amount_units: Mapped[int] = mapped_column(BigInteger)
    tax_units: Mapped[int] = mapped_column(BigInteger)
