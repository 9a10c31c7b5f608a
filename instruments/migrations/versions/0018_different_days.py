"""Days on which a lab or an instrument is open otherwise than its week says."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "different_day",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("times", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=200), server_default=sa.text("''"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="ck_different_day_one_owner"),
        sa.CheckConstraint("valid_from <= valid_to", name="ck_different_day_valid_span"),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_different_day_lab_id_lab", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_different_day_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_different_day"),
    )
    op.create_index("ix_different_day_lab", "different_day", ["lab_id", "valid_to"], unique=False)
    op.create_index(
        "ix_different_day_instrument", "different_day", ["instrument_id", "valid_to"], unique=False
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("different_day")
