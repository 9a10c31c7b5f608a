"""Find uses by when they were confirmed, keep the class of who pays afterwards, and let a charge say which version of its
use it still agrees with.

All else of what is posted never changes, as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

FIXED = (
    "key", "kind", "use_id", "customer", "reservation_id", "instrument_id", "lab_id", "institution_id", "user_id", "group_id",
    "customer_class", "version_id", "currency", "total_units", "service_on", "month", "reverses_id", "corrects_id", "about_id",
    "reason", "made_by_id", "made_at", "approved_by_id", "posted_at", "share_rate", "tax_rate",
)  # fmt: skip
CONFIRMED = sa.text("state = 'confirmed'")


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "use_payer", sa.Column("customer_class", sa.String(length=30), nullable=False, server_default="")
    )
    op.create_index(
        "ix_use_confirmed", "use", ["confirmed_at", "id"], postgresql_where=CONFIRMED, sqlite_where=CONFIRMED
    )
    _unchanged_but(FIXED)


def _unchanged_but(fixed: tuple[str, ...]) -> None:
    """Let the database refuse a change of these columns of what is posted."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        changed = " OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in fixed)
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION charge_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF EXISTS (SELECT 1 FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id WHERE o.posted_at IS NOT NULL"
            f" AND (o.state = 'reversed' AND n.state <> 'reversed' OR {changed}))"
            " THEN RAISE EXCEPTION 'charge_unchanged' USING ERRCODE = 'check_violation', CONSTRAINT = 'charge_unchanged';"
            " END IF; RETURN NULL; END $$"
        )
        return
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in fixed)
    connection.exec_driver_sql("DROP TRIGGER charge_unchanged")
    connection.exec_driver_sql(
        "CREATE TRIGGER charge_unchanged BEFORE UPDATE ON charge WHEN OLD.posted_at IS NOT NULL"
        f" AND (OLD.state = 'reversed' AND NEW.state <> 'reversed' OR {changed})"
        " BEGIN SELECT RAISE(ABORT, 'charge_unchanged'); END"
    )


def downgrade() -> None:
    """Undo."""
    _unchanged_but((*FIXED, "use_version"))
    op.drop_index("ix_use_confirmed", table_name="use")
    op.drop_column("use_payer", "customer_class")
