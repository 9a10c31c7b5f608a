"""For which circles of the audience opening hours hold."""

from itertools import combinations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CIRCLES = ("lab", "institution", "partners", "companies")


def upgrade() -> None:
    """Apply."""
    sets = tuple(" ".join(chosen) for number in range(4) for chosen in combinations(CIRCLES, number))
    op.get_bind().exec_driver_sql(
        "ALTER TABLE opening_hours ADD COLUMN circles VARCHAR(60) DEFAULT '' NOT NULL"
        f" CONSTRAINT ck_opening_hours_circles CHECK (circles IN {sets})"
    )


def downgrade() -> None:
    """Undo: what was for some only is taken back, for nobody else was to have it."""
    op.execute("DELETE FROM opening_hours WHERE circles <> ''")
    op.get_bind().exec_driver_sql("ALTER TABLE opening_hours DROP COLUMN circles")
