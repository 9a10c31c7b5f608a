"""Quotas, and the indexes by which what a group or an institution holds is counted."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "quota",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("measured", sa.String(length=12), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("per", sa.String(length=12), nullable=False),
        sa.Column("holder", sa.String(length=12), nullable=False),
        sa.Column("over", sa.String(length=12), nullable=False),
        sa.Column("circles", sa.String(length=60), server_default="", nullable=False),
        sa.Column("peak", sa.String(length=1000), server_default="", nullable=False),
        sa.Column("short_notice_hours", sa.Integer(), server_default="0", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("lab_id IS NULL OR instrument_id IS NULL", name="ck_quota_one_owner"),
        sa.CheckConstraint("amount BETWEEN 0 AND 100000", name="ck_quota_amount"),
        sa.CheckConstraint("short_notice_hours BETWEEN 0 AND 720", name="ck_quota_short_notice"),
        sa.CheckConstraint("valid_from <= valid_to", name="ck_quota_valid_span"),
        sa.CheckConstraint("measured IN ('hours', 'count')", name="ck_quota_measured"),
        sa.CheckConstraint("per IN ('day', 'week', 'month', 'year', 'future')", name="ck_quota_per"),
        sa.CheckConstraint("holder IN ('person', 'group', 'institution')", name="ck_quota_holder"),
        sa.CheckConstraint("over IN ('instrument', 'class', 'lab', 'catalogue')", name="ck_quota_over"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_quota_institution_id_institution", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_quota_lab_id_lab", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_quota_instrument_id_instrument", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quota"),
    )  # fmt: skip
    for name in ("institution", "lab", "instrument"):
        op.create_index(f"ix_quota_{name}", "quota", [f"{name}_id"], unique=False)
    op.create_index("ix_reservation_group", "reservation", ["group_id", "ends_at"], unique=False)
    op.create_index("ix_reservation_institution", "reservation", ["institution_id", "ends_at"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_reservation_institution", table_name="reservation")
    op.drop_index("ix_reservation_group", table_name="reservation")
    op.drop_table("quota")
