"""Training and breakdown beside closed and maintenance.

The kind of a closure stays one of the two that the running version knows, so that it can go on reading and writing;
`detail_kind` tells the newer kinds apart. A wider CHECK on `kind` would break the running version when it reads the
new words, and SQLite could only have it by copying the table. An end that is not known yet is the year 2200.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.get_bind().exec_driver_sql(
        "ALTER TABLE closure ADD COLUMN detail_kind VARCHAR(20)"
        " CONSTRAINT ck_closure_detail_kind CHECK (detail_kind IN ('training', 'breakdown'))"
    )


def downgrade() -> None:
    """Undo."""
    op.get_bind().exec_driver_sql("ALTER TABLE closure DROP COLUMN detail_kind")
