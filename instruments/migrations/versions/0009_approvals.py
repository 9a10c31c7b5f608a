"""Approval: whose reservations a lab decides on, and its answers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "approval_rule",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("in_force", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        *(
            sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)
            for name in ("for_lab", "for_institution", "for_partners", "for_companies")
        ),
        sa.Column("above_minutes", sa.Integer(), nullable=True),
        sa.Column("managers_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("deadline_hours", sa.Integer(), server_default="24", nullable=False),
        sa.Column("own_together", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="ck_approval_rule_one_owner"),
        sa.CheckConstraint("above_minutes BETWEEN 0 AND 44640", name="ck_approval_rule_above"),
        sa.CheckConstraint("deadline_hours BETWEEN 1 AND 336", name="ck_approval_rule_deadline"),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_approval_rule_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_approval_rule_lab_id_lab", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_approval_rule"),
        sa.UniqueConstraint("instrument_id", name="uq_approval_rule_instrument_id"),
        sa.UniqueConstraint("lab_id", name="uq_approval_rule_lab_id"),
    )
    op.create_table(
        "approval",
        sa.Column("id", Id, nullable=False),
        sa.Column("reservation_id", Id, nullable=False),
        sa.Column("rule_id", Id, nullable=True),
        sa.Column("circle", sa.String(length=12), nullable=False),
        sa.Column("above_minutes", sa.Integer(), nullable=True),
        sa.Column("managers_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("own_together", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_starts_at", sa.BigInteger(), nullable=False),
        sa.Column("asked_ends_at", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=True),
        sa.Column("proposed_by_id", Id, nullable=True),
        sa.Column("decision", sa.String(length=12), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by_id", Id, nullable=True),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "decision IN ('approved', 'declined', 'expired', 'withdrawn', 'not_needed')",
            name="ck_approval_decision",
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_approval_decided_by_id_person"),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name="fk_approval_proposed_by_id_person"),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.id"],
            name="fk_approval_reservation_id_reservation",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["approval_rule.id"], name="fk_approval_rule_id_approval_rule", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.UniqueConstraint("reservation_id", name="uq_approval_reservation_id"),
    )
    op.create_index("ix_approval_open", "approval", ["decision", "due_at"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("approval")
    op.drop_table("approval_rule")
