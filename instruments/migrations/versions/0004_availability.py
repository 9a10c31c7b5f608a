"""Opening hours, holidays and closures."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "holiday",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name="fk_holiday_institution_id_institution",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_holiday"),
    )
    op.create_index("uq_holiday_day", "holiday", ["institution_id", "day"], unique=True)
    op.create_table(
        "closure",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), server_default=sa.text("('')"), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('closed', 'maintenance')", name="ck_closure_kind"),
        sa.CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="ck_closure_one_owner"),
        sa.CheckConstraint("starts_at < ends_at", name="ck_closure_span"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_closure_created_by_id_person"),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_closure_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_closure_lab_id_lab", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_closure"),
    )
    op.create_index("ix_closure_instrument", "closure", ["instrument_id", "ends_at"], unique=False)
    op.create_index("ix_closure_lab", "closure", ["lab_id", "ends_at"], unique=False)
    op.create_index("ix_closure_span", "closure", ["ends_at", "starts_at"], unique=False)
    op.create_table(
        "opening_hours",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("week", sa.String(length=1000), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="ck_opening_hours_one_owner"),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to",
            name="ck_opening_hours_valid_span",
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_opening_hours_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_opening_hours_lab_id_lab", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_opening_hours"),
    )
    op.create_index("ix_opening_hours_instrument", "opening_hours", ["instrument_id"], unique=False)
    op.create_index("ix_opening_hours_lab", "opening_hours", ["lab_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("opening_hours")
    op.drop_table("closure")
    op.drop_table("holiday")
