"""Which years an institution ever told everybody of, so that none that overlaps one of them is told after it."""

import json
import re
from datetime import date

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None

YEAR = re.compile(r"([12][0-9]{3})([-/.0-9]*)")
TOLD = sa.table(
    "utilization_told",
    sa.column("institution_id", Id),
    sa.column("first_on", sa.Date),
    sa.column("end_on", sa.Date),
)


def upgrade() -> None:
    """Apply; what was told so far stands in the journal."""
    op.create_table(
        "utilization_told",
        sa.Column("institution_id", Id, autoincrement=False, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date(), nullable=False),
        sa.CheckConstraint("first_on < end_on", name="ck_utilization_told_span"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_utilization_told_institution_id_institution"
        ),
        sa.PrimaryKeyConstraint("institution_id", "first_on", name="pk_utilization_told"),
    )
    known = {(number, span) for number, words in _chosen() if (span := _span(words)) is not None}
    if known:
        op.bulk_insert(
            TOLD,
            [
                {"institution_id": number, "first_on": first, "end_on": end}
                for number, (first, end) in sorted(known)
            ],
        )


def downgrade() -> None:
    """Take back."""
    op.drop_table("utilization_told")


def _chosen() -> list[tuple[int, str]]:
    """The institutions and years that were chosen, now and before."""
    bind = op.get_bind()
    found = [
        (row[0], row[1])
        for row in bind.execute(sa.text("SELECT institution_id, period FROM utilization_public"))
    ]
    asked = "SELECT thing_id, detail FROM journal_entry WHERE deed = 'public_figures.chosen'"
    for number, detail in bind.execute(sa.text(asked)):
        told = json.loads(detail) if isinstance(detail, str) else detail
        if told.get("hours") or told.get("served"):
            found.append((number, told.get("period", "")))
    return found


def _span(words: str) -> tuple[date, date] | None:
    """A year as it was chosen: 2025, 2025/26, or from its first day to its last (2025-09-01..2026-08-31)."""
    found = YEAR.fullmatch(words.strip())
    if found is None:
        return None
    year = int(found[1])
    is_academic = found[2] == f"/{(year + 1) % 100:02d}" or found[2] == f"-09-01..{year + 1}-08-31"
    if not is_academic and found[2] not in ("", f"-01-01..{year}-12-31"):
        return None
    month = 9 if is_academic else 1
    return date(year, month, 1), date(year + 1, month, 1)
