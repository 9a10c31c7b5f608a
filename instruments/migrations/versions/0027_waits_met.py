"""Find the requests of the waitlist that are met and not over yet, whatever their number in the past."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    met = sa.text("state = 'met'")
    op.create_index("ix_wait_request_met", "wait_request", ["latest"], postgresql_where=met, sqlite_where=met)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_wait_request_met", table_name="wait_request")
