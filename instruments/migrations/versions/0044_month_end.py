"""Month end: how institutions bill, closings, and the statements that come of them."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
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
    _billing_details()
    _closing()
    _closing_left_out()
    _statement()
    _statement_line()


def _billing_details() -> None:
    op.create_table(
        "billing_details",
        sa.Column("institution_id", Id, autoincrement=False, nullable=False),
        sa.Column("title_en", sa.String(length=200), server_default="", nullable=False),
        sa.Column("title_zh", sa.String(length=200), server_default="", nullable=False),
        sa.Column("address_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("address_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("contact", sa.String(length=200), server_default="", nullable=False),
        sa.Column("tax_number", sa.String(length=30), server_default="", nullable=False),
        sa.Column("bank", sa.String(length=200), server_default="", nullable=False),
        sa.Column("bank_account", sa.String(length=80), server_default="", nullable=False),
        sa.Column("exemption", sa.String(length=300), server_default="", nullable=False),
        sa.Column("note_en", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("note_zh", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("due_days", sa.Integer(), server_default="30", nullable=False),
        sa.Column("objection_days", sa.Integer(), server_default="5", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("due_days BETWEEN 1 AND 180", name="ck_billing_details_due_days"),
        sa.CheckConstraint("objection_days BETWEEN 0 AND 60", name="ck_billing_details_objection_days"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_billing_details_institution_id_institution"
        ),
        sa.PrimaryKeyConstraint("institution_id", name="pk_billing_details"),
    )


def _closing() -> None:
    op.create_table(
        "closing",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="preview", nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_by_id", Id, nullable=True),
        sa.Column("objections_until", sa.Date(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("started_by_id", Id, nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("statements_total", sa.Integer(), nullable=True),
        sa.Column("statements_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(state = 'issued') = (issued_at IS NOT NULL AND statements_total IS NOT NULL)",
            name="ck_closing_issued",
        ),
        sa.CheckConstraint(
            "(state IN ('issuing', 'issued')) = (started_at IS NOT NULL AND issued_on IS NOT NULL AND due_on IS NOT NULL)",
            name="ck_closing_started",
        ),
        sa.CheckConstraint(
            "length(month) = 7 AND substr(month, 5, 1) = '-' AND substr(month, 6, 2) BETWEEN '01' AND '12'",
            name="ck_closing_month",
        ),
        sa.CheckConstraint(
            "state <> 'objecting' OR objections_until IS NOT NULL", name="ck_closing_objecting"
        ),
        sa.CheckConstraint("state IN ('preview', 'objecting', 'issuing', 'issued')", name="ck_closing_state"),
        sa.CheckConstraint(
            "statements_done BETWEEN 0 AND coalesce(statements_total, 0)", name="ck_closing_progress"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_closing_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["opened_by_id"], ["person.id"], name="fk_closing_opened_by_id_person"),
        sa.ForeignKeyConstraint(["started_by_id"], ["person.id"], name="fk_closing_started_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_closing"),
        sa.UniqueConstraint("institution_id", "month", name="uq_closing_month"),
    )
    op.create_index(
        "ix_closing_issuing",
        "closing",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'issuing'"),
        sqlite_where=sa.text("state = 'issuing'"),
    )


def _closing_left_out() -> None:
    op.create_table(
        "closing_left_out",
        sa.Column("closing_id", Id, autoincrement=False, nullable=False),
        sa.Column("charge_id", Id, autoincrement=False, nullable=False),
        sa.Column("why", sa.String(length=12), nullable=False),
        sa.CheckConstraint("why IN ('disputed')", name="ck_closing_left_out_why"),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name="fk_closing_left_out_charge_id_charge"),
        sa.ForeignKeyConstraint(
            ["closing_id"], ["closing.id"], name="fk_closing_left_out_closing_id_closing"
        ),
        sa.PrimaryKeyConstraint("closing_id", "charge_id", name="pk_closing_left_out"),
    )


def _statement() -> None:
    op.create_table(
        "statement",
        sa.Column("id", Id, nullable=False),
        sa.Column("closing_id", Id, nullable=False),
        sa.Column("creditor_id", Id, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payer_institution_id", Id, nullable=True),
        sa.Column("payer_person_id", Id, nullable=True),
        sa.Column("payer_group_id", Id, nullable=True),
        sa.Column("programme_id", Id, nullable=True),
        sa.Column("total_units", sa.BigInteger(), nullable=False),
        sa.Column("internal_units", sa.BigInteger(), nullable=False),
        sa.Column("prepaid_units", sa.BigInteger(), nullable=False),
        sa.Column("due_units", sa.BigInteger(), nullable=False),
        sa.Column("tax_units", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("sender", sa.JSON(), nullable=False),
        sa.Column("payer", sa.JSON(), nullable=False),
        sa.Column("issued", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.CheckConstraint(
            "length(month) = 7 AND substr(month, 5, 1) = '-' AND substr(month, 6, 2) BETWEEN '01' AND '12'",
            name="ck_statement_month",
        ),
        sa.CheckConstraint(
            ONE_PAYER,
            name="ck_statement_one_payer",
        ),
        sa.CheckConstraint(
            "internal_units + prepaid_units + due_units = total_units", name="ck_statement_total"
        ),
        sa.CheckConstraint("length(currency) = 3", name="ck_statement_currency"),
        sa.CheckConstraint("lines > 0", name="ck_statement_lines"),
        sa.CheckConstraint("number > 0 AND year BETWEEN 2000 AND 9999", name="ck_statement_number"),
        sa.CheckConstraint("payer_group_id IS NULL OR programme_id IS NULL", name="ck_statement_group"),
        sa.ForeignKeyConstraint(["closing_id"], ["closing.id"], name="fk_statement_closing_id_closing"),
        sa.ForeignKeyConstraint(
            ["creditor_id"], ["institution.id"], name="fk_statement_creditor_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["payer_group_id"], ["research_group.id"], name="fk_statement_payer_group_id_research_group"
        ),
        sa.ForeignKeyConstraint(
            ["payer_institution_id"], ["institution.id"], name="fk_statement_payer_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["payer_person_id"], ["person.id"], name="fk_statement_payer_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_statement_programme_id_programme"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_statement"),
        sa.UniqueConstraint("creditor_id", "year", "number", name="uq_statement_number"),
    )
    op.create_index("ix_statement_creditor", "statement", ["creditor_id", "month", "number"], unique=False)
    op.create_index("ix_statement_group", "statement", ["payer_group_id", "month"], unique=False)
    op.create_index("ix_statement_payer", "statement", ["payer_institution_id", "month"], unique=False)
    op.create_index(
        "uq_statement_payer",
        "statement",
        [
            "closing_id", "currency", sa.text("coalesce(payer_institution_id, 0)"),
            sa.text("coalesce(payer_person_id, 0)"), sa.text("coalesce(payer_group_id, 0)"),
            sa.text("coalesce(programme_id, 0)"),
        ],
        unique=True,
    )  # fmt: skip
    op.create_index("ix_statement_person", "statement", ["payer_person_id", "month"], unique=False)
    op.create_index(
        "ix_statement_to_issue",
        "statement",
        ["closing_id", "number"],
        unique=False,
        postgresql_where=sa.text("NOT issued"),
        sqlite_where=sa.text("NOT issued"),
    )


def _statement_line() -> None:
    op.create_table(
        "statement_line",
        sa.Column("statement_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("charge_id", Id, nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("route", sa.String(length=10), nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("fund_id", Id, nullable=True),
        sa.Column("fund_code", sa.String(length=60), server_default="", nullable=False),
        sa.Column("instrument_en", sa.String(length=200), server_default="", nullable=False),
        sa.Column("instrument_zh", sa.String(length=200), server_default="", nullable=False),
        sa.Column("lab_en", sa.String(length=200), server_default="", nullable=False),
        sa.Column("lab_zh", sa.String(length=200), server_default="", nullable=False),
        sa.Column("person_en", sa.String(length=200), server_default="", nullable=False),
        sa.Column("person_zh", sa.String(length=200), server_default="", nullable=False),
        sa.Column("customer_class", sa.String(length=30), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("charge_units", sa.BigInteger(), nullable=False),
        sa.Column("programme_units", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("tax_units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "route IN ('internal', 'receivable', 'prepaid', 'claim')", name="ck_statement_line_route"
        ),
        sa.ForeignKeyConstraint(
            ["charge_id", "share"],
            ["charge_share.charge_id", "charge_share.position"],
            name="fk_statement_line_share",
        ),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name="fk_statement_line_fund_id_fund"),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_statement_line_lab_id_lab"),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name="fk_statement_line_statement_id_statement"
        ),
        sa.PrimaryKeyConstraint("statement_id", "position", name="pk_statement_line"),
        sa.UniqueConstraint("charge_id", "share", name="uq_statement_line_share"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("statement_line")
    op.drop_table("statement")
    op.drop_table("closing_left_out")
    op.drop_table("closing")
    op.drop_table("billing_details")
