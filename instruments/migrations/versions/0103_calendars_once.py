"""Of calendars that a lab or an instrument subscribed to more than once by the same address, one is left."""

import sqlalchemy as sa
from alembic import op

revision = "0103"
down_revision = "0112"
branch_labels = None
depends_on = None

# Left is the one that is asked, was read last, and was there first.
TWINS = """
    SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY lab_id, instrument_id, address
            ORDER BY CASE state WHEN 'active' THEN 0 ELSE 1 END, coalesce(succeeded_at, 0) DESC, id
        ) AS place FROM calendar_subscription WHERE address <> ''
    ) AS ranked WHERE place > 1
"""
NOW = {
    "postgresql": "CAST(extract(epoch FROM now()) AS bigint)",
    "sqlite": "CAST(strftime('%s', 'now') AS integer)",
}
TOUCHED = """
    UPDATE instrument_state SET rev = rev + 1 WHERE instrument_id IN (
        SELECT i.id FROM instrument AS i JOIN calendar_subscription AS s
            ON s.instrument_id = i.id OR s.lab_id = i.lab_id
        WHERE s.id = :number)
"""


def upgrade() -> None:
    """Apply."""
    bind = op.get_bind()
    now = NOW[bind.dialect.name]
    twins = [row.id for row in bind.execute(sa.text(TWINS))]
    for number in twins:
        values = {"number": number}
        bind.execute(sa.text(TOUCHED), values)
        # What is over stays on record, as where one is removed.
        coming = f"DELETE FROM busy_time WHERE subscription_id = :number AND starts_at >= {now}"
        bind.execute(sa.text(coming), values)
        running = f"UPDATE busy_time SET ends_at = {now} WHERE subscription_id = :number AND ends_at > {now}"
        bind.execute(sa.text(running), values)
        bind.execute(sa.text("DELETE FROM calendar_subscription WHERE id = :number"), values)


def downgrade() -> None:
    """What was there twice is not made again."""
