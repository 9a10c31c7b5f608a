"""Named seasons of an institution, and what takes its dates from them.

No two spans of one season share a date: PostgreSQL by an exclusion constraint, SQLite, which has one writer, by triggers.
"""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

REFERRING = (("opening_hours", "season_span"), ("dated_rules", "season"), ("quota", "season"))
POSTGRESQL = """
    ALTER TABLE season_span ADD CONSTRAINT season_span_overlap EXCLUDE USING gist (
      int8range(season_id, season_id, '[]') WITH &&,
      daterange(first_day, last_day, '[]') WITH &&
    )
"""
REFUSAL = """
    SELECT RAISE(ABORT, 'season_span_overlap') WHERE EXISTS (
      SELECT 1 FROM season_span AS s
      WHERE s.season_id = NEW.season_id AND s.id <> NEW.id
        AND s.first_day <= NEW.last_day AND s.last_day >= NEW.first_day
    );
"""
SQLITE = (
    f"CREATE TRIGGER season_span_overlap_insert BEFORE INSERT ON season_span BEGIN {REFUSAL} END",
    "CREATE TRIGGER season_span_overlap_update BEFORE UPDATE OF season_id, first_day, last_day ON season_span"
    f" BEGIN {REFUSAL} END",
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "season",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("kind IN ('term', 'exams', 'vacation', 'other')", name="ck_season_kind"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"],
            name="fk_season_institution_id_institution", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_season"),
    )  # fmt: skip
    op.create_index("uq_season_name", "season", ["institution_id", "name_en", "name_zh"], unique=True)
    op.create_table(
        "season_span",
        sa.Column("id", Id, nullable=False),
        sa.Column("season_id", Id, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name="ck_season_span_span"),
        sa.ForeignKeyConstraint(
            ["season_id"], ["season.id"], name="fk_season_span_season_id_season", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_season_span"),
    )
    op.create_index("ix_season_span_season", "season_span", ["season_id", "first_day"], unique=False)
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    for statement in SQLITE if sqlite else (POSTGRESQL,):
        connection.exec_driver_sql(statement)
    for table, target in REFERRING:
        column = f"{target}_id"
        connection.exec_driver_sql(
            f"ALTER TABLE {table} ADD COLUMN {column} {'INTEGER' if sqlite else 'BIGINT'}"
            f" CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id)"
        )
        op.create_index(f"ix_{table}_season", table, [column], unique=False)


def downgrade() -> None:
    """Undo: what took its dates from a season keeps those it has."""
    connection = op.get_bind()
    for table, target in REFERRING:
        op.drop_index(f"ix_{table}_season", table_name=table)
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {target}_id")
    if connection.dialect.name == "sqlite":
        for name in ("insert", "update"):
            connection.exec_driver_sql(f"DROP TRIGGER season_span_overlap_{name}")
    op.drop_table("season_span")
    op.drop_table("season")
