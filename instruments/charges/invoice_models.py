"""The facts of invoices: what payers want on theirs, what is to be invoiced or taken back, items, and layouts of files."""

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

from instruments.charges.closing_models import Statement
from instruments.database import db
from instruments.database.types import Id, Instant

ORDINARY, SPECIAL = "ordinary", "special"
BLUE, RED = "blue", "red"
ASKED, ISSUED = "asked", "issued"
_IN_PLACE = text("replaces_id IS NOT NULL AND withdrawn_at IS NULL")


class InvoiceDetails(db.Model):
    """What a payer wants on its invoices, an institution, a person or a programme; a special one needs all of it."""

    __tablename__ = "invoice_details"
    __table_args__ = (
        CheckConstraint("type IN ('ordinary', 'special')", name="type"),
        CheckConstraint("title <> ''", name="title"),
        CheckConstraint(
            "(CASE WHEN institution_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN person_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN programme_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_payer",
        ),
        CheckConstraint(
            "type <> 'special' OR (tax_number <> '' AND address <> '' AND phone <> '' AND bank <> '' AND bank_account <> '')",
            name="special",
        ),
        Index(
            "uq_invoice_details_payer", func.coalesce(text("institution_id"), 0),
            func.coalesce(text("person_id"), 0), func.coalesce(text("programme_id"), 0), unique=True,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id"))
    type: Mapped[str] = mapped_column(String(10), server_default=ORDINARY, default=ORDINARY)
    title: Mapped[str] = mapped_column(String(200))
    tax_number: Mapped[str] = mapped_column(String(30), server_default="", default="")
    address: Mapped[str] = mapped_column(String(300), server_default="", default="")
    phone: Mapped[str] = mapped_column(String(40), server_default="", default="")
    bank: Mapped[str] = mapped_column(String(200), server_default="", default="")
    bank_account: Mapped[str] = mapped_column(String(80), server_default="", default="")
    mail: Mapped[str] = mapped_column(String(254), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class Invoice(db.Model):
    """What the tax system is asked to invoice of one statement, or, red, to take back of an invoice issued earlier.

    Amounts are below zero on a red one. The number comes back from the tax system; with it, it never changes. A request that
    was withdrawn is kept. replaces_id: the one that it was made for again, with another title; one in its place at a time.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("colour IN ('blue', 'red')", name="colour"),
        CheckConstraint("type IN ('ordinary', 'special')", name="type"),
        CheckConstraint("state IN ('asked', 'issued')", name="state"),
        CheckConstraint("length(currency) = 3", name="currency"),
        CheckConstraint("(colour = 'red') = (corrects_id IS NOT NULL)", name="red"),
        CheckConstraint("(colour = 'red') = (amount_units < 0) AND amount_units <> 0", name="amount"),
        CheckConstraint("(state = 'issued') = (number <> '' AND issued_on IS NOT NULL)", name="number"),
        Index(
            "uq_invoice_number", "creditor_id", "number", unique=True,
            postgresql_where=text("number <> ''"), sqlite_where=text("number <> ''"),
        ),
        Index(
            "uq_invoice_replaces", "replaces_id", unique=True,
            postgresql_where=_IN_PLACE, sqlite_where=_IN_PLACE,
        ),
        Index("ix_invoice_creditor", "creditor_id", "id"),
        Index("ix_invoice_statement", "statement_id"),
        Index("ix_invoice_corrects", "corrects_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    creditor_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"))
    colour: Mapped[str] = mapped_column(String(4), server_default=BLUE, default=BLUE)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    type: Mapped[str] = mapped_column(String(10), server_default=ORDINARY, default=ORDINARY)
    title: Mapped[str] = mapped_column(String(200))
    tax_number: Mapped[str] = mapped_column(String(30), server_default="", default="")
    address: Mapped[str] = mapped_column(String(300), server_default="", default="")
    phone: Mapped[str] = mapped_column(String(40), server_default="", default="")
    bank: Mapped[str] = mapped_column(String(200), server_default="", default="")
    bank_account: Mapped[str] = mapped_column(String(80), server_default="", default="")
    mail: Mapped[str] = mapped_column(String(254), server_default="", default="")
    currency: Mapped[str] = mapped_column(String(3))
    amount_units: Mapped[int] = mapped_column(BigInteger)
    tax_units: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), server_default=ASKED, default=ASKED)
    number: Mapped[str] = mapped_column(String(40), server_default="", default="")
    issued_on: Mapped[date | None] = mapped_column(Date)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("invoice.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(server_default="1", default=1)

    statement: Mapped[Statement] = relationship()


class InvoiceLine(db.Model):
    """A line of a statement on an invoice: on one at a time, which is the live one.

    takes_back: it is taken back by a red letter because its invoice has a wrong title.
    """

    __tablename__ = "invoice_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["statement_id", "position"], ["statement_line.statement_id", "statement_line.position"],
            name="fk_invoice_line_statement_line",
        ),
        Index("ix_invoice_line_invoice", "invoice_id"),
        Index(
            "uq_invoice_line_live", "statement_id", "position", unique=True,
            postgresql_where=text("live"), sqlite_where=text("live"),
        ),
    )  # fmt: skip

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), primary_key=True, autoincrement=False)
    statement_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    live: Mapped[bool] = mapped_column(Boolean, server_default=text("true"), default=True)
    takes_back: Mapped[bool] = mapped_column(Boolean, server_default=text("false"), default=False)


class InvoiceItem(db.Model):
    """As what an institution invoices the services of its labs, or, of one lab, that lab's: the item and its tax code.

    code: of the tax authority's classification of goods and services, as finance gives it.
    """

    __tablename__ = "invoice_item"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        Index("uq_invoice_item_lab", "institution_id", func.coalesce(text("lab_id"), 0), unique=True),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id"))
    name: Mapped[str] = mapped_column(String(100))
    code: Mapped[str] = mapped_column(String(19), server_default="", default="")
    unit: Mapped[str] = mapped_column(String(20), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class InvoiceFile(db.Model):
    """One file of numbers that the tax system gave: its rows, kept until they are taken over."""

    __tablename__ = "invoice_file"
    __table_args__ = (
        CheckConstraint("state IN ('checked', 'done')", name="state"),
        Index("ix_invoice_file_institution", "institution_id", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(8), server_default="checked", default="checked")
    rows: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    taken_at: Mapped[datetime | None] = mapped_column(Instant)


class JournalLayout(db.Model):
    """Which columns an institution's other systems read, by name of the file ("usual": the journal of a month), in which order,
    under which heads."""

    __tablename__ = "journal_layout"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name"),
        UniqueConstraint("institution_id", "name", name="uq_journal_layout_name"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    name: Mapped[str] = mapped_column(String(80))
    columns: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(server_default="1", default=1)
