"""Payments with what they pay, proposals to net, invoices, and the layouts of journals."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ONE_PAYER = (
    "(CASE WHEN payer_institution_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN payer_person_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN programme_id IS NULL THEN 0 ELSE 1 END) = 1"
)


def upgrade() -> None:
    """Apply."""
    _journal_layout()
    _invoice_details()
    _settlement_proposal()
    _payment()
    _invoice()
    _payment_match()
    _statement_reminder()
    _invoice_line()


def _journal_layout() -> None:
    op.create_table(
        "journal_layout",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("name <> ''", name="ck_journal_layout_name"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_journal_layout_institution_id_institution"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_journal_layout"),
        sa.UniqueConstraint("institution_id", "name", name="uq_journal_layout_name"),
    )


def _invoice_details() -> None:
    op.create_table(
        "invoice_details",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("type", sa.String(length=10), server_default="ordinary", nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=30), server_default="", nullable=False),
        sa.Column("address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=40), server_default="", nullable=False),
        sa.Column("bank", sa.String(length=200), server_default="", nullable=False),
        sa.Column("bank_account", sa.String(length=80), server_default="", nullable=False),
        sa.Column("mail", sa.String(length=254), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("title <> ''", name="ck_invoice_details_title"),
        sa.CheckConstraint(
            "type <> 'special' OR (tax_number <> '' AND address <> '' AND phone <> '' AND bank <> '' AND bank_account <> '')",
            name="ck_invoice_details_special",
        ),
        sa.CheckConstraint("type IN ('ordinary', 'special')", name="ck_invoice_details_type"),
        sa.CheckConstraint(
            "(institution_id IS NULL) <> (person_id IS NULL)", name="ck_invoice_details_one_payer"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_invoice_details_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_invoice_details_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_invoice_details"),
    )
    op.create_index(
        "uq_invoice_details_payer",
        "invoice_details",
        [sa.text("coalesce(institution_id, 0)"), sa.text("coalesce(person_id, 0)")],
        unique=True,
    )


def _settlement_proposal() -> None:
    op.create_table(
        "settlement_proposal",
        sa.Column("id", Id, nullable=False),
        sa.Column("one_id", Id, nullable=False),
        sa.Column("two_id", Id, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("one_owes_units", sa.BigInteger(), nullable=False),
        sa.Column("two_owes_units", sa.BigInteger(), nullable=False),
        sa.Column("netted_units", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="proposed", nullable=False),
        sa.Column("proposed_by_id", Id, nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("one_accepted_by_id", Id, nullable=True),
        sa.Column("two_accepted_by_id", Id, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "length(month) = 7 AND substr(month, 5, 1) = '-' AND substr(month, 6, 2) BETWEEN '01' AND '12'",
            name="ck_settlement_proposal_month",
        ),
        sa.CheckConstraint(
            "state <> 'accepted' OR (one_accepted_by_id IS NOT NULL AND two_accepted_by_id IS NOT NULL)",
            name="ck_settlement_proposal_both_accept",
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'accepted', 'refused')", name="ck_settlement_proposal_state"
        ),
        sa.CheckConstraint("length(currency) = 3", name="ck_settlement_proposal_currency"),
        sa.CheckConstraint(
            "netted_units <= one_owes_units AND netted_units <= two_owes_units",
            name="ck_settlement_proposal_within_both",
        ),
        sa.CheckConstraint("netted_units > 0", name="ck_settlement_proposal_netted"),
        sa.CheckConstraint(
            "one_accepted_by_id IS NULL OR two_accepted_by_id IS NULL OR one_accepted_by_id <> two_accepted_by_id",
            name="ck_settlement_proposal_two_persons",
        ),
        sa.CheckConstraint("one_id < two_id", name="ck_settlement_proposal_two"),
        sa.ForeignKeyConstraint(
            ["one_accepted_by_id"], ["person.id"], name="fk_settlement_proposal_one_accepted_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["one_id"], ["institution.id"], name="fk_settlement_proposal_one_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["person.id"], name="fk_settlement_proposal_proposed_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["two_accepted_by_id"], ["person.id"], name="fk_settlement_proposal_two_accepted_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["two_id"], ["institution.id"], name="fk_settlement_proposal_two_id_institution"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_settlement_proposal"),
    )
    op.create_index("ix_settlement_two", "settlement_proposal", ["two_id"], unique=False)
    op.create_index(
        "uq_settlement_proposed",
        "settlement_proposal",
        ["one_id", "two_id", "currency"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
        sqlite_where=sa.text("state = 'proposed'"),
    )


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", Id, nullable=False),
        sa.Column("creditor_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=10), server_default="payment", nullable=False),
        sa.Column("payer_institution_id", Id, nullable=True),
        sa.Column("payer_person_id", Id, nullable=True),
        sa.Column("programme_id", Id, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("bank_account", sa.String(length=80), server_default="", nullable=False),
        sa.Column("reference", sa.String(length=120), server_default="", nullable=False),
        sa.Column("refunds_id", Id, nullable=True),
        sa.Column("proposal_id", Id, nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("recorded_by_id", Id, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(kind = 'netting') = (proposal_id IS NOT NULL)", name="ck_payment_netting"),
        sa.CheckConstraint("(kind = 'refund') = (refunds_id IS NOT NULL)", name="ck_payment_refund"),
        sa.CheckConstraint("kind = 'netting' OR bank_account <> ''", name="ck_payment_account"),
        sa.CheckConstraint("kind IN ('payment', 'refund', 'netting')", name="ck_payment_kind"),
        sa.CheckConstraint(
            ONE_PAYER,
            name="ck_payment_one_payer",
        ),
        sa.CheckConstraint("amount_units > 0", name="ck_payment_amount"),
        sa.CheckConstraint("length(currency) = 3", name="ck_payment_currency"),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["institution.id"], name="fk_payment_creditor_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["payer_institution_id"], ["institution.id"], name="fk_payment_payer_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["payer_person_id"], ["person.id"], name="fk_payment_payer_person_id_person"),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"], name="fk_payment_programme_id_programme"),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["settlement_proposal.id"], name="fk_payment_proposal_id_settlement_proposal"
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name="fk_payment_recorded_by_id_person"),
        sa.ForeignKeyConstraint(
            ["refunds_id", "creditor_id", "bank_account", "currency"],
            ["payment.id", "payment.creditor_id", "payment.bank_account", "payment.currency"],
            name="fk_payment_refunds",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment"),
        sa.UniqueConstraint("id", "creditor_id", "bank_account", "currency", name="uq_payment_account"),
        sa.UniqueConstraint("key", name="uq_payment_key"),
    )
    op.create_index("ix_payment_creditor", "payment", ["creditor_id", "received_on", "id"], unique=False)
    op.create_index("ix_payment_payer", "payment", ["payer_institution_id", "creditor_id"], unique=False)
    op.create_index("ix_payment_refunds", "payment", ["refunds_id"], unique=False)


def _invoice() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", Id, nullable=False),
        sa.Column("creditor_id", Id, nullable=False),
        sa.Column("statement_id", Id, nullable=False),
        sa.Column("colour", sa.String(length=4), server_default="blue", nullable=False),
        sa.Column("corrects_id", Id, nullable=True),
        sa.Column("type", sa.String(length=10), server_default="ordinary", nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=30), server_default="", nullable=False),
        sa.Column("address", sa.String(length=300), server_default="", nullable=False),
        sa.Column("phone", sa.String(length=40), server_default="", nullable=False),
        sa.Column("bank", sa.String(length=200), server_default="", nullable=False),
        sa.Column("bank_account", sa.String(length=80), server_default="", nullable=False),
        sa.Column("mail", sa.String(length=254), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("tax_units", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="asked", nullable=False),
        sa.Column("number", sa.String(length=40), server_default="", nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("asked_by_id", Id, nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(colour = 'red') = (amount_units < 0) AND amount_units <> 0", name="ck_invoice_amount"
        ),
        sa.CheckConstraint("(colour = 'red') = (corrects_id IS NOT NULL)", name="ck_invoice_red"),
        sa.CheckConstraint(
            "(state = 'issued') = (number <> '' AND issued_on IS NOT NULL)", name="ck_invoice_number"
        ),
        sa.CheckConstraint("colour IN ('blue', 'red')", name="ck_invoice_colour"),
        sa.CheckConstraint("state IN ('asked', 'issued')", name="ck_invoice_state"),
        sa.CheckConstraint("type IN ('ordinary', 'special')", name="ck_invoice_type"),
        sa.CheckConstraint("length(currency) = 3", name="ck_invoice_currency"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name="fk_invoice_asked_by_id_person"),
        sa.ForeignKeyConstraint(["corrects_id"], ["invoice.id"], name="fk_invoice_corrects_id_invoice"),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["institution.id"], name="fk_invoice_creditor_id_institution"
        ),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name="fk_invoice_statement_id_statement"),
        sa.PrimaryKeyConstraint("id", name="pk_invoice"),
    )
    op.create_index("ix_invoice_corrects", "invoice", ["corrects_id"], unique=False)
    op.create_index("ix_invoice_creditor", "invoice", ["creditor_id", "id"], unique=False)
    op.create_index("ix_invoice_statement", "invoice", ["statement_id"], unique=False)
    op.create_index(
        "uq_invoice_number",
        "invoice",
        ["creditor_id", "number"],
        unique=True,
        postgresql_where=sa.text("number <> ''"),
        sqlite_where=sa.text("number <> ''"),
    )


def _payment_match() -> None:
    op.create_table(
        "payment_match",
        sa.Column("id", Id, nullable=False),
        sa.Column("payment_id", Id, nullable=False),
        sa.Column("statement_id", Id, nullable=False),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("matched_by_id", Id, nullable=True),
        sa.Column("matched_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by_id", Id, nullable=True),
        sa.CheckConstraint("amount_units > 0", name="ck_payment_match_amount"),
        sa.ForeignKeyConstraint(
            ["matched_by_id"], ["person.id"], name="fk_payment_match_matched_by_id_person"
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name="fk_payment_match_payment_id_payment"),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name="fk_payment_match_statement_id_statement"
        ),
        sa.ForeignKeyConstraint(["undone_by_id"], ["person.id"], name="fk_payment_match_undone_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_payment_match"),
    )
    op.create_index("ix_payment_match_statement", "payment_match", ["statement_id"], unique=False)
    op.create_index(
        "uq_payment_match_live",
        "payment_match",
        ["payment_id", "statement_id"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
        sqlite_where=sa.text("undone_at IS NULL"),
    )


def _statement_reminder() -> None:
    op.create_table(
        "statement_reminder",
        sa.Column("statement_id", Id, autoincrement=False, nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=False),
        sa.Column("overdue_units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("overdue_units > 0", name="ck_statement_reminder_overdue"),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name="fk_statement_reminder_statement_id_statement"
        ),
        sa.PrimaryKeyConstraint("statement_id", "reminded_on", name="pk_statement_reminder"),
    )


def _invoice_line() -> None:
    op.create_table(
        "invoice_line",
        sa.Column("statement_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("invoice_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name="fk_invoice_line_invoice_id_invoice"),
        sa.ForeignKeyConstraint(
            ["statement_id", "position"],
            ["statement_line.statement_id", "statement_line.position"],
            name="fk_invoice_line_statement_line",
        ),
        sa.PrimaryKeyConstraint("statement_id", "position", name="pk_invoice_line"),
    )
    op.create_index("ix_invoice_line_invoice", "invoice_line", ["invoice_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("invoice_line")
    op.drop_table("statement_reminder")
    op.drop_table("payment_match")
    op.drop_table("invoice")
    op.drop_table("payment")
    op.drop_table("settlement_proposal")
    op.drop_table("invoice_details")
    op.drop_table("journal_layout")
