"""Since when a person wishes to be told of a kind again that was switched off."""

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0119"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: whoever chose before is told as before."""
    op.add_column("notice_preference", sa.Column("since", sa.BigInteger))


def downgrade() -> None:
    """Take back."""
    op.drop_column("notice_preference", "since")
