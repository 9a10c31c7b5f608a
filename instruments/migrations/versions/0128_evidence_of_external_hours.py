"""Keep the evidence of external hours apart in the summaries of months and years.

It is taken over from what is kept of whom an instrument served; where that does not tell who was another legal person than
the owner, the month is due to be worked out anew. Years are added up again by the worker.
"""

import sqlalchemy as sa
from alembic import op

revision = "0128"
down_revision = "0127"
branch_labels = None
depends_on = None

GRADES = ("sensor", "scan", "file", "typed", "assumed")
TABLES = ("utilization_month", "utilization_year")
OTHERS = (
    " FROM utilization_customer AS c JOIN instrument AS i ON i.id = c.instrument_id"
    " WHERE c.instrument_id = utilization_month.instrument_id AND c.month = utilization_month.month"
    " AND c.institution_id NOT IN (0, i.institution_id)"
)


def upgrade() -> None:
    """Apply."""
    for table in TABLES:
        for grade in GRADES:
            op.add_column(
                table, sa.Column(f"external_by_{grade}", sa.BigInteger(), server_default="0", nullable=False)
            )
    names = ", ".join(f"external_by_{grade}" for grade in GRADES)
    sums = ", ".join(f"COALESCE(SUM(c.by_{grade}), 0)" for grade in GRADES)
    op.execute(f"UPDATE utilization_month SET ({names}) = (SELECT {sums}{OTHERS}) WHERE external > 0")
    op.execute(
        "UPDATE utilization_month SET due_at = 0 WHERE EXISTS (SELECT 1 FROM utilization_customer AS c"
        " WHERE c.instrument_id = utilization_month.instrument_id AND c.month = utilization_month.month"
        " AND c.institution_id = 0) AND external > 0"
    )
    op.execute("DELETE FROM utilization_year")
    op.execute("UPDATE utilization_state SET number = number + 1, marked = marked + 1")


def downgrade() -> None:
    """Take back."""
    for table in TABLES:
        for grade in GRADES:
            op.drop_column(table, f"external_by_{grade}")
