"""A limit that says until when somebody is named who pays."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for table in ("booking_rules", "dated_rules"):
        op.add_column(table, sa.Column("payer_named", sa.String(length=12), nullable=True))


def downgrade() -> None:
    """Take back."""
    for table in ("booking_rules", "dated_rules"):
        op.drop_column(table, "payer_named")
