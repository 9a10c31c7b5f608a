"""Closures that repeat: the rule that made a closure, and the first of those it made."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    # No foreign key: SQLite could not drop the column again, and the first may be lifted before the others.
    op.add_column("closure", sa.Column("series", sa.BigInteger(), nullable=True))
    op.add_column("closure", sa.Column("rule", sa.String(length=100), nullable=True))
    op.create_index("ix_closure_series", "closure", ["series", "starts_at"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_closure_series", "closure")
    op.drop_column("closure", "rule")
    op.drop_column("closure", "series")
