"""The ledger: accounts, transfers in one currency and the books of one institution, closed months."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    _ledger_account()
    _ledger_transfer()
    _closed_month()
    _fund_payment()


def _ledger_account() -> None:
    op.create_table(
        "ledger_account",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("fund_id", Id, nullable=True),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("payer_institution_id", Id, nullable=True),
        sa.Column("payer_person_id", Id, nullable=True),
        sa.Column("programme_id", Id, nullable=True),
        sa.CheckConstraint(
            "(kind = 'lab_income') = (lab_id IS NOT NULL)", name="ck_ledger_account_lab_income"
        ),
        sa.CheckConstraint(
            "(kind = 'programme_claim') = (programme_id IS NOT NULL)",
            name="ck_ledger_account_programme_claim",
        ),
        sa.CheckConstraint(
            "(kind IN ('receivable', 'prepaid', 'payable')) = (payer_institution_id IS NOT NULL OR payer_person_id IS NOT NULL)",
            name="ck_ledger_account_payer",
        ),
        sa.CheckConstraint(
            "fund_id IS NULL OR kind IN ('fund', 'receivable', 'prepaid')", name="ck_ledger_account_of_fund"
        ),
        sa.CheckConstraint("kind <> 'fund' OR fund_id IS NOT NULL", name="ck_ledger_account_fund"),
        sa.CheckConstraint(
            "kind IN ('fund', 'receivable', 'prepaid', 'payable', 'programme_claim', 'output_tax', "
            "'lab_income', 'institution_share', 'bank_clearing', 'waiver', 'write_off', 'opening')",
            name="ck_ledger_account_kind",
        ),
        sa.CheckConstraint("length(currency) = 3", name="ck_ledger_account_currency"),
        sa.CheckConstraint(
            "payer_institution_id IS NULL OR payer_person_id IS NULL", name="ck_ledger_account_one_payer"
        ),
        sa.ForeignKeyConstraint(
            ["fund_id", "institution_id", "currency"],
            ["fund.id", "fund.institution_id", "fund.currency"],
            name="fk_ledger_account_fund",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_ledger_account_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_ledger_account_lab_id_lab"),
        sa.ForeignKeyConstraint(
            ["payer_institution_id"],
            ["institution.id"],
            name="fk_ledger_account_payer_institution_id_institution",
        ),
        sa.ForeignKeyConstraint(
            ["payer_person_id"], ["person.id"], name="fk_ledger_account_payer_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_ledger_account_programme_id_programme"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_account"),
        sa.UniqueConstraint("id", "institution_id", "currency", name="uq_ledger_account_books"),
    )
    op.create_index("ix_ledger_account_fund", "ledger_account", ["fund_id"], unique=True)
    op.create_index("ix_ledger_account_payer", "ledger_account", ["payer_institution_id"], unique=False)
    op.create_index(
        "uq_ledger_account",
        "ledger_account",
        [
            "institution_id",
            "kind",
            "currency",
            sa.text("coalesce(fund_id, 0)"),
            sa.text("coalesce(lab_id, 0)"),
            sa.text("coalesce(payer_institution_id, 0)"),
            sa.text("coalesce(payer_person_id, 0)"),
            sa.text("coalesce(programme_id, 0)"),
        ],
        unique=True,
    )


def _ledger_transfer() -> None:
    op.create_table(
        "ledger_transfer",
        sa.Column("id", Id, nullable=False),
        sa.Column("debit_id", Id, nullable=False),
        sa.Column("credit_id", Id, nullable=False),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("thing_kind", sa.String(length=30), nullable=False),
        sa.Column("thing_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("made_by_id", Id, nullable=True),
        sa.Column("reason", sa.String(length=300), server_default="", nullable=False),
        sa.Column("reverses_id", Id, nullable=True),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.CheckConstraint("kind <> ''", name="ck_ledger_transfer_kind"),
        sa.CheckConstraint("kind <> 'opening' OR reason <> ''", name="ck_ledger_transfer_opening_reason"),
        sa.CheckConstraint(
            "length(month) = 7 AND substr(month, 5, 1) = '-' AND substr(month, 6, 2) BETWEEN '01' AND '12'",
            name="ck_ledger_transfer_month",
        ),
        sa.CheckConstraint("amount_units > 0", name="ck_ledger_transfer_amount"),
        sa.CheckConstraint("debit_id <> credit_id", name="ck_ledger_transfer_two_accounts"),
        sa.ForeignKeyConstraint(
            ["credit_id", "institution_id", "currency"],
            ["ledger_account.id", "ledger_account.institution_id", "ledger_account.currency"],
            name="fk_ledger_transfer_credit",
        ),
        sa.ForeignKeyConstraint(
            ["debit_id", "institution_id", "currency"],
            ["ledger_account.id", "ledger_account.institution_id", "ledger_account.currency"],
            name="fk_ledger_transfer_debit",
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name="fk_ledger_transfer_made_by_id_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_ledger_transfer_person_id_person"),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["ledger_transfer.id"], name="fk_ledger_transfer_reverses_id_ledger_transfer"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transfer"),
        sa.UniqueConstraint("key", name="uq_ledger_transfer_key"),
        sa.UniqueConstraint("reverses_id", name="uq_ledger_transfer_reverses_id"),
    )
    op.create_index("ix_ledger_transfer_credit", "ledger_transfer", ["credit_id", "id"], unique=False)
    op.create_index("ix_ledger_transfer_debit", "ledger_transfer", ["debit_id", "id"], unique=False)
    op.create_index("ix_ledger_transfer_month", "ledger_transfer", ["institution_id", "month"], unique=False)
    op.create_index("ix_ledger_transfer_thing", "ledger_transfer", ["thing_kind", "thing_id"], unique=False)


def _closed_month() -> None:
    op.create_table(
        "closed_month",
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_by_id", Id, nullable=True),
        sa.CheckConstraint(
            "length(month) = 7 AND substr(month, 5, 1) = '-' AND substr(month, 6, 2) BETWEEN '01' AND '12'",
            name="ck_closed_month_month",
        ),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name="fk_closed_month_closed_by_id_person"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_closed_month_institution_id_institution"
        ),
        sa.PrimaryKeyConstraint("institution_id", "month", name="pk_closed_month"),
    )


def _fund_payment() -> None:
    op.create_table(
        "fund_payment",
        sa.Column("id", Id, nullable=False),
        sa.Column("fund_id", Id, nullable=False),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("bank_account", sa.String(length=80), nullable=False),
        sa.Column("reference", sa.String(length=120), server_default="", nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("refunds_id", Id, nullable=True),
        sa.Column("transfer_id", Id, nullable=False),
        sa.Column("recorded_by_id", Id, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("bank_account <> ''", name="ck_fund_payment_account"),
        sa.CheckConstraint("amount_units > 0", name="ck_fund_payment_amount"),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name="fk_fund_payment_fund_id_fund"),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["person.id"], name="fk_fund_payment_recorded_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["refunds_id", "fund_id", "bank_account"],
            ["fund_payment.id", "fund_payment.fund_id", "fund_payment.bank_account"],
            name="fk_fund_payment_refunds",
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["ledger_transfer.id"], name="fk_fund_payment_transfer_id_ledger_transfer"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fund_payment"),
        sa.UniqueConstraint("id", "fund_id", "bank_account", name="uq_fund_payment_account"),
        sa.UniqueConstraint("transfer_id", name="uq_fund_payment_transfer_id"),
    )
    op.create_index("ix_fund_payment_fund", "fund_payment", ["fund_id", "id"], unique=False)
    op.create_index("ix_fund_payment_refunds", "fund_payment", ["refunds_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("fund_payment")
    op.drop_table("closed_month")
    op.drop_table("ledger_transfer")
    op.drop_table("ledger_account")
