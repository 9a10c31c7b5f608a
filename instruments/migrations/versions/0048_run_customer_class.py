"""The class of customers by which each customer of a run pays."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("run_customer", sa.Column("customer_class", sa.String(length=30), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("run_customer", "customer_class")
