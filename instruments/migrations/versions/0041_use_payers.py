"""Who pays for walk-ups and runs, under which prices; and the index by which over reservations are found."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

COLUMNS = (
    ("use", "fund_id", "fund"),
    ("use", "version_id", "rate_version"),
    ("run_customer", "fund_id", "fund"),
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    number = "INTEGER" if connection.dialect.name == "sqlite" else "BIGINT"
    for table, column, other in COLUMNS:
        connection.exec_driver_sql(
            f"ALTER TABLE {table} ADD COLUMN {column} {number}"
            f" CONSTRAINT fk_{table}_{column}_{other} REFERENCES {other} (id)"
        )
    op.add_column("use", sa.Column("customer_class", sa.String(length=30), nullable=True))
    condition = sa.text("state = 'confirmed'")
    op.create_index(
        "ix_reservation_unsettled",
        "reservation",
        ["ends_at"],
        postgresql_where=condition,
        sqlite_where=condition,
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_reservation_unsettled", "reservation")
    op.drop_column("use", "customer_class")
    for table, column, _ in COLUMNS:
        op.drop_column(table, column)
