"""Of one reservation a violation of one kind stands once.

Where one was recorded several times, one is kept: what was upheld on appeal before what was not, then what was recorded first.
The others are withdrawn, as whoever recorded them would have done it, with a sentence that says why; they stay to be read. A
suspension that came of them ends with them. Taking this back does not let them stand again.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0123"
down_revision = "0122"
branch_labels = None
depends_on = None

STANDS_ONCE = "reservation_id IS NOT NULL AND state IN ('standing', 'upheld')"
WHY = "Recorded more than once; one of them stands. / 重复记录，只保留其中一条。"
OTHERS = (
    "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY reservation_id, kind_id"
    " ORDER BY CASE state WHEN 'upheld' THEN 0 ELSE 1 END, id) AS place"
    f" FROM violation WHERE {STANDS_ONCE}) AS numbered WHERE place > 1"
)


def upgrade() -> None:
    """Apply."""
    op.execute(
        sa.text(
            "UPDATE violation SET state = 'withdrawn', decided_by_id = coalesce(decided_by_id, recorded_by_id),"
            " decided_at = :now, answer = CASE answer WHEN '' THEN :why ELSE answer END, version = version + 1"
            f" WHERE id IN ({OTHERS})"
        ).bindparams(now=int(time.time()), why=WHY)
    )
    # Who was suspended by them is not any more: what processes remember of the catalogue is read anew.
    op.execute("UPDATE catalog_revision SET number = number + 1")
    op.create_index(
        "uq_violation_standing",
        "violation",
        ["reservation_id", "kind_id"],
        unique=True,
        postgresql_where=sa.text(STANDS_ONCE),
        sqlite_where=sa.text(STANDS_ONCE),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("uq_violation_standing", "violation")
