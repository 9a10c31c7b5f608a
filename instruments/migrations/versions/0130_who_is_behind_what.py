"""Keep by person of which figures of an instrument and month they are part, so that each is withheld by who stands behind it.

It is worked out anew by the worker from the facts of every month in which anything happened; until then nothing of others is
told. Years are added up again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0130"
down_revision = "0128"
branch_labels = None
depends_on = None

HAPPENED = "effective > 0 OR uses > 0 OR samples > 0 OR reservations > 0 OR late_cancelled > 0 OR reserved > 0 OR unused > 0"


def upgrade() -> None:
    """Apply."""
    op.add_column("utilization_person", sa.Column("behind", sa.Integer(), server_default="1", nullable=False))
    op.execute(f"UPDATE utilization_month SET due_at = 0 WHERE {HAPPENED}")
    op.execute("DELETE FROM utilization_year")
    op.execute("UPDATE utilization_state SET number = number + 1, marked = marked + 1")


def downgrade() -> None:
    """Take back."""
    op.execute("DELETE FROM utilization_person WHERE person_id = 0 OR behind % 2 = 0")
    op.drop_column("utilization_person", "behind")
