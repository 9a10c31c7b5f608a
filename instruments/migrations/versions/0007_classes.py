"""The national classification of large instruments."""

import csv
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CODES = Path(__file__).parents[2] / "catalog" / "data" / "classification.csv"
TABLE = sa.table(
    "instrument_class",
    *(sa.column(name) for name in ("code", "parent_code", "level", "name_zh", "name_en")),
)


def upgrade() -> None:
    """Apply."""
    with CODES.open(encoding="utf-8", newline="") as file:
        rows = [
            {
                "code": row["code"],
                "parent_code": row["parent"] or None,
                "level": int(row["level"]),
                "name_zh": row["name_zh"],
                "name_en": row["name_en"],
            }
            for row in csv.DictReader(file)
        ]
    op.bulk_insert(TABLE, sorted(rows, key=lambda row: row["level"]))


def downgrade() -> None:
    """Undo."""
    op.execute(TABLE.delete())
