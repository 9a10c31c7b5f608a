"""An index of the confirmed uses of which a report came since that a person has not looked at yet."""

import sqlalchemy as sa
from alembic import op

revision = "0119"
down_revision = "0103"
branch_labels = None
depends_on = None

LATE = sa.text("state = 'confirmed' AND flags LIKE '%late%'")


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_use_late", "use", ["instrument_id"], sqlite_where=LATE, postgresql_where=LATE)


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_use_late", "use")
