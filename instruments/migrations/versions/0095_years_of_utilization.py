"""The months of a year of each instrument added up, and what an instrument earned in a month found by an index."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0095"
down_revision = "0090"
branch_labels = None
depends_on = None

TIMES = (
    "calendar", "open", "bookable", "down", "reserved", "attended", "effective", "owned", "inside", "unused", "clock",
    "external", "external_clock", "lead",
)  # fmt: skip
COUNTS = (
    "lead_known", "uses", "external_uses", "samples", "external_samples", "reservations", "no_shows", "late_cancelled",
    "repairs",
)  # fmt: skip
EVIDENCE = ("by_sensor", "by_scan", "by_file", "by_typed", "by_assumed")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "utilization_year",
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instrument_id", Id, autoincrement=False, nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in TIMES),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("served", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in EVIDENCE),
        sa.CheckConstraint(
            "first / 100 BETWEEN 1970 AND 9999 AND first % 100 IN (1, 9)", name="ck_utilization_year_first"
        ),
        sa.CheckConstraint("months BETWEEN 1 AND 12", name="ck_utilization_year_months"),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_utilization_year_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("first", "instrument_id", name="pk_utilization_year"),
    )
    op.create_index("ix_utilization_year_instrument", "utilization_year", ["instrument_id"], unique=False)
    op.create_index("ix_charge_instrument", "charge", ["instrument_id", "service_on"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_charge_instrument", "charge")
    op.drop_table("utilization_year")
