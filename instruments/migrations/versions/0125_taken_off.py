"""A dispute says what its answer took off, off which kind of line, and who agreed as the second person.

Of what was answered before it is read from the charges that came of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0125"
down_revision = "0124"
branch_labels = None
depends_on = None

UNITS = """
    UPDATE dispute SET
      less_units = (
        SELECT b.total_units - a.total_units FROM charge AS b, charge AS a
        WHERE b.id = dispute.charge_id AND a.id = dispute.result_id AND b.total_units > a.total_units
      ),
      agreed_by_id = (
        SELECT a.approved_by_id FROM charge AS a WHERE a.id = dispute.result_id AND a.approved_by_id <> dispute.decided_by_id
      )
    WHERE state = 'adjusted'
"""
# What was answered before was taken off the whole charge, whichever line was disputed: only of what is open counts the line.
KINDS = """
    UPDATE dispute SET line_kind = coalesce((
        SELECT l.kind FROM charge_line AS l
        WHERE l.charge_id = dispute.charge_id AND l.position = dispute.position AND l.amount_units > 0
      ), '')
    WHERE state = 'open' AND position IS NOT NULL
"""


def upgrade() -> None:
    """Apply."""
    number = "bigint" if op.get_bind().dialect.name == "postgresql" else "integer"
    op.execute(
        "ALTER TABLE dispute ADD COLUMN less_units bigint CONSTRAINT ck_dispute_less"
        " CHECK (less_units IS NULL OR (state = 'adjusted' AND less_units > 0))"
    )
    op.execute("ALTER TABLE dispute ADD COLUMN line_kind VARCHAR(12) DEFAULT '' NOT NULL")
    op.execute(
        f"ALTER TABLE dispute ADD COLUMN agreed_by_id {number} CONSTRAINT fk_dispute_agreed_by_id_person"
        " REFERENCES person (id) CONSTRAINT ck_dispute_second_person CHECK (agreed_by_id <> decided_by_id)"
    )
    op.execute(sa.text(UNITS))
    op.execute(sa.text(KINDS))


def downgrade() -> None:
    """Take back. A draft that was lessened stays as it is until its use changes."""
    for name in ("agreed_by_id", "line_kind", "less_units"):
        op.drop_column("dispute", name)
