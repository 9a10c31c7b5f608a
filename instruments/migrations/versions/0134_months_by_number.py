"""A number for each month of the summaries, so that what was worked out from one holds until that month is written again."""

import sqlalchemy as sa
from alembic import op

revision = "0134"
down_revision = "0133"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "utilization_number",
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "month / 100 BETWEEN 1970 AND 9999 AND month % 100 BETWEEN 1 AND 12",
            name="ck_utilization_number_month",
        ),
        sa.PrimaryKeyConstraint("month", name="pk_utilization_number"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("utilization_number")
