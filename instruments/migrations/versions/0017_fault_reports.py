"""Faults that people report, and what the lab answers."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "fault_report",
        sa.Column("id", Id, nullable=False),
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("reporter_id", Id, nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("photo", sa.String(length=64), server_default="", nullable=False),
        sa.Column("reported_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("note", sa.String(length=300), server_default="", nullable=False),
        sa.Column("answered_by_id", Id, nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('open', 'known', 'settled')", name="ck_fault_report_state"),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_fault_report_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name="fk_fault_report_reporter_id_person"),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name="fk_fault_report_answered_by_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fault_report"),
    )
    op.create_index("ix_fault_report_instrument", "fault_report", ["instrument_id", "state"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("fault_report")
