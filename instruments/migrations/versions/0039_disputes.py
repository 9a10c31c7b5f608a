"""Disputes, funds that pay afterwards, and how institutions charge."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    _make_charging_settings()
    _make_dispute()
    _make_fund_change()


def _make_charging_settings() -> None:
    op.create_table(
        "charging_settings",
        sa.Column("institution_id", Id, autoincrement=False, nullable=False),
        sa.Column("share_rate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tax_rate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("second_above_units", sa.BigInteger(), server_default="100000", nullable=False),
        sa.Column("answer_days", sa.Integer(), server_default="14", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("answer_days BETWEEN 1 AND 90", name="ck_charging_settings_answer_days"),
        sa.CheckConstraint("second_above_units >= 0", name="ck_charging_settings_second_above"),
        sa.CheckConstraint("share_rate BETWEEN 0 AND 10000", name="ck_charging_settings_share_rate"),
        sa.CheckConstraint("tax_rate BETWEEN 0 AND 10000", name="ck_charging_settings_tax_rate"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_charging_settings_institution_id_institution"
        ),
        sa.PrimaryKeyConstraint("institution_id", name="pk_charging_settings"),
    )


def _make_dispute() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", Id, nullable=False),
        sa.Column("charge_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("raised_by_id", Id, nullable=False),
        sa.Column("raised_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("escalated_at", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("decided_by_id", Id, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("result_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="ck_dispute_decided"),
        sa.CheckConstraint("reason <> ''", name="ck_dispute_reason"),
        sa.CheckConstraint("state IN ('open', 'upheld', 'adjusted', 'withdrawn')", name="ck_dispute_state"),
        sa.CheckConstraint(
            "state NOT IN ('upheld', 'adjusted') OR (answer <> ''"
            " AND decided_by_id IS NOT NULL AND decided_by_id <> raised_by_id)",
            name="ck_dispute_answered",
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name="fk_dispute_charge_id_charge"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_dispute_decided_by_id_person"),
        sa.ForeignKeyConstraint(["raised_by_id"], ["person.id"], name="fk_dispute_raised_by_id_person"),
        sa.ForeignKeyConstraint(["result_id"], ["charge.id"], name="fk_dispute_result_id_charge"),
        sa.PrimaryKeyConstraint("id", name="pk_dispute"),
    )
    op.create_index("ix_dispute_charge", "dispute", ["charge_id"], unique=False)
    op.create_index(
        "ix_dispute_due",
        "dispute",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_dispute_open",
        "dispute",
        ["charge_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )


def _make_fund_change() -> None:
    op.create_table(
        "fund_change",
        sa.Column("id", Id, nullable=False),
        sa.Column("charge_id", Id, nullable=False),
        sa.Column("fund_id", Id, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by_id", Id, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="asked", nullable=False),
        sa.Column("decided_by_id", Id, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(length=500), server_default="", nullable=False),
        sa.Column("result_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="ck_fund_change_decided"),
        sa.CheckConstraint("reason <> ''", name="ck_fund_change_reason"),
        sa.CheckConstraint("state IN ('asked', 'agreed', 'refused')", name="ck_fund_change_state"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name="fk_fund_change_asked_by_id_person"),
        sa.ForeignKeyConstraint(["charge_id"], ["charge.id"], name="fk_fund_change_charge_id_charge"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_fund_change_decided_by_id_person"),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name="fk_fund_change_fund_id_fund"),
        sa.ForeignKeyConstraint(["result_id"], ["charge.id"], name="fk_fund_change_result_id_charge"),
        sa.PrimaryKeyConstraint("id", name="pk_fund_change"),
    )
    op.create_index("ix_fund_change_charge", "fund_change", ["charge_id"], unique=False)
    op.create_index("ix_fund_change_fund", "fund_change", ["fund_id"], unique=False)
    op.create_index(
        "uq_fund_change_asked",
        "fund_change",
        ["charge_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
        sqlite_where=sa.text("state = 'asked'"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("fund_change")
    op.drop_table("dispute")
    op.drop_table("charging_settings")
