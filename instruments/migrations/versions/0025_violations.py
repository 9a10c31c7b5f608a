"""Kinds of violation that a lab knows, and what it recorded of whom."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ON_APPEAL = (
    "state NOT IN ('upheld', 'lifted') OR (appealed_at IS NOT NULL AND decided_by_id IS NOT NULL"
    " AND decided_by_id <> recorded_by_id AND decided_by_id <> person_id)"
)


def upgrade() -> None:
    """Apply."""
    _make_kinds()
    _make_violations()


def _make_kinds() -> None:
    op.create_table(
        "violation_kind",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("name_en", sa.String(length=120), server_default="", nullable=False),
        sa.Column("name_zh", sa.String(length=120), server_default="", nullable=False),
        sa.Column("suspended_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column("after", sa.Integer(), server_default="1", nullable=False),
        sa.Column("expires_days", sa.Integer(), server_default="365", nullable=False),
        sa.Column("in_use", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("suspended_days BETWEEN 0 AND 366", name="ck_violation_kind_suspended"),
        sa.CheckConstraint("after BETWEEN 1 AND 20", name="ck_violation_kind_after"),
        sa.CheckConstraint("expires_days BETWEEN 1 AND 1096", name="ck_violation_kind_expires"),
        sa.CheckConstraint("suspended_days <= expires_days", name="ck_violation_kind_not_longer"),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_violation_kind_lab_id_lab", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_violation_kind"),
    )
    op.create_index("ix_violation_kind_lab", "violation_kind", ["lab_id"], unique=False)


def _make_violations() -> None:
    op.create_table(
        "violation",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("kind_id", Id, nullable=False),
        sa.Column("kind_en", sa.String(length=120), server_default="", nullable=False),
        sa.Column("kind_zh", sa.String(length=120), server_default="", nullable=False),
        sa.Column("reservation_id", Id, nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", Id, nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("suspended_until", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=10), server_default="standing", nullable=False),
        sa.Column("appealed_at", sa.BigInteger(), nullable=True),
        sa.Column("appeal", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by_id", Id, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state IN ('standing', 'upheld', 'lifted', 'withdrawn')", name="ck_violation_state"
        ),
        sa.CheckConstraint("person_id <> recorded_by_id", name="ck_violation_not_oneself"),
        sa.CheckConstraint(ON_APPEAL, name="ck_violation_appeal"),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_violation_lab_id_lab"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_violation_person_id_person"),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["violation_kind.id"], name="fk_violation_kind_id_violation_kind"
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.id"],
            name="fk_violation_reservation_id_reservation",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name="fk_violation_recorded_by_id_person"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_violation_decided_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_violation"),
    )
    op.create_index("ix_violation_person", "violation", ["person_id", "id"], unique=False)
    op.create_index("ix_violation_lab", "violation", ["lab_id", "id"], unique=False)
    op.create_index("ix_violation_suspended", "violation", ["suspended_until"], unique=False)
    op.create_index("ix_violation_reservation", "violation", ["reservation_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("violation")
    op.drop_table("violation_kind")
