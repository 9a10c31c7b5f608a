"""When the issuing of a month last went on, so that a page can tell where nobody works on it."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Instant

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("closing", sa.Column("moved_at", Instant, nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("closing", "moved_at")
