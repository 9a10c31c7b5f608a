"""Limits: windows by audience, cut-off, buffers before and after, names, and limits for certain dates."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NEW = (
    "before_minutes",
    "cutoff_minutes",
    "lab_days",
    "institution_days",
    "partners_days",
    "companies_days",
    "consecutive_minutes",
)
OLD = (
    "grid_minutes",
    "shortest_minutes",
    "longest_minutes",
    "lead_minutes",
    "horizon_days",
    "buffer_minutes",
)


def upgrade() -> None:
    """Apply."""
    for name in NEW:
        op.add_column("booking_rules", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("booking_rules", sa.Column("names_seen", sa.String(length=12), nullable=True))
    op.create_table(
        "dated_rules",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in (*OLD, *NEW)),
        sa.Column("names_seen", sa.String(length=12), nullable=True),
        sa.CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="ck_dated_rules_one_owner"),
        sa.CheckConstraint("valid_from <= valid_to", name="ck_dated_rules_valid_span"),
        sa.CheckConstraint("grid_minutes BETWEEN 1 AND 1440", name="ck_dated_rules_grid"),
        sa.CheckConstraint("shortest_minutes BETWEEN 1 AND 44640", name="ck_dated_rules_shortest"),
        sa.CheckConstraint("longest_minutes BETWEEN 1 AND 44640", name="ck_dated_rules_longest"),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_dated_rules_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_dated_rules_lab_id_lab", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_dated_rules"),
    )
    op.create_index("ix_dated_rules_instrument", "dated_rules", ["instrument_id"], unique=False)
    op.create_index("ix_dated_rules_lab", "dated_rules", ["lab_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("dated_rules")
    for name in ("names_seen", *NEW):
        op.drop_column("booking_rules", name)
