"""Whom an instrument served in a month: with their reservations and their evidence, found by group as well.

What is kept so far knows neither, so that all of it is due to be worked out anew, and pages say so until it is. A reservation
that gets another group or institution is noted as touched, whatever else of it changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0105"
down_revision = "0102"
branch_labels = None
depends_on = None

TABLE = "utilization_customer"
COUNTS = ("reservations", "no_shows")
TIMES = ("lead", "by_sensor", "by_scan", "by_file", "by_typed", "by_assumed")
BEFORE = ("instrument_id", "state", "starts_at", "ends_at")
NOW = (*BEFORE, "institution_id", "group_id")
TRIGGER = "touched_reservation_update"
NOTE = (
    "INSERT INTO touched (instrument_id, first, last) SELECT {r}.instrument_id, {r}.starts_at, {r}.ends_at;"
)


def upgrade() -> None:
    """Apply."""
    for names, kind in ((COUNTS, sa.Integer()), (TIMES, sa.BigInteger())):
        for name in names:
            op.add_column(TABLE, sa.Column(name, kind, server_default="0", nullable=False))
    op.create_index("ix_utilization_customer_group", TABLE, ["group_id", "month"], unique=False)
    _note_changes_of(NOW)
    op.execute("UPDATE utilization_month SET due_at = 0")
    op.execute("DELETE FROM utilization_year")
    op.execute("UPDATE utilization_state SET number = number + 1, marked = marked + 1")


def downgrade() -> None:
    """Take back; who only reserved something is nobody who was served."""
    _note_changes_of(BEFORE)
    op.drop_index("ix_utilization_customer_group", TABLE)
    op.execute(f"DELETE FROM {TABLE} WHERE effective = 0 AND uses = 0 AND samples = 0")
    for name in (*COUNTS, *TIMES):
        op.drop_column(TABLE, name)


def _note_changes_of(columns: tuple[str, ...]) -> None:
    of = ", ".join(columns)
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP TRIGGER {TRIGGER} ON reservation")
        connection.exec_driver_sql(
            f"CREATE TRIGGER {TRIGGER} AFTER UPDATE OF {of} ON reservation"
            f" FOR EACH ROW EXECUTE FUNCTION {TRIGGER}()"
        )
        return
    body = " ".join(NOTE.format(r=row) for row in ("OLD", "NEW"))
    connection.exec_driver_sql(f"DROP TRIGGER {TRIGGER}")
    connection.exec_driver_sql(
        f"CREATE TRIGGER {TRIGGER} AFTER UPDATE OF {of} ON reservation BEGIN {body} END"
    )
