"""Keep whose the reserved, attended and unused hours and late cancellations of an instrument were, by month.

What is kept so far does not know, so that the months in which anybody used, reserved or gave up anything are due to be
worked out anew, and pages say so until they are. Years are added up again by the worker.
"""

import sqlalchemy as sa
from alembic import op

revision = "0132"
down_revision = "0131"
branch_labels = None
depends_on = None

TABLE = "utilization_customer"
TIMES = ("reserved", "attended", "unused")


def upgrade() -> None:
    """Apply."""
    for name in TIMES:
        op.add_column(TABLE, sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(TABLE, sa.Column("late_cancelled", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE utilization_month SET due_at = 0 WHERE uses > 0 OR reservations > 0 OR reserved > 0 OR attended > 0"
        " OR late_cancelled > 0"
    )
    op.execute("DELETE FROM utilization_year")
    op.execute("UPDATE utilization_state SET number = number + 1, marked = marked + 1")


def downgrade() -> None:
    """Take back; who only gave something up late, or stood by, is not kept."""
    op.execute(
        f"DELETE FROM {TABLE} WHERE effective = 0 AND uses = 0 AND samples = 0 AND reservations = 0"
        " AND by_sensor + by_scan + by_file + by_typed + by_assumed = 0"
    )
    for name in (*TIMES, "late_cancelled"):
        op.drop_column(TABLE, name)
