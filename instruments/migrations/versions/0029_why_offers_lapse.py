"""Why an offer of the waitlist is over: somebody has the time, or it is not open any more."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("wait_offer", sa.Column("why", sa.String(length=10), server_default="", nullable=False))


def downgrade() -> None:
    """Undo."""
    op.drop_column("wait_offer", "why")
