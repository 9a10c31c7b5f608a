"""When anything was first reserved or used, kept beside the number of the summaries' state."""

import sqlalchemy as sa
from alembic import op

revision = "0101"
down_revision = "0098"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; where nothing is reserved or used yet, it is looked for when summaries are next written."""
    op.add_column("utilization_state", sa.Column("begun", sa.BigInteger()))
    op.execute(
        "UPDATE utilization_state SET begun = (SELECT min(first) FROM (SELECT min(starts_at) AS first FROM reservation"
        ' UNION ALL SELECT min(started_at) FROM "use") AS each)'
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("utilization_state", "begun")
