"""Letters that were handed over and of which no answer came: in doubt, until a person says what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0100"
branch_labels = None
depends_on = None

TABLE, NAME = "notice_delivery", "ck_notice_delivery_ck_notice_delivery_state"
BEFORE = "state IN ('due', 'sending', 'sent', 'failed')"
AFTER = "state IN ('due', 'sending', 'handed', 'sent', 'failed', 'doubtful')"
UNANSWERED = "the mail server did not answer"


def upgrade() -> None:
    """Apply. Of what is being sent nobody can say how far it has come: it is not sent again by itself."""
    op.add_column(TABLE, sa.Column("handed_at", sa.BigInteger()))
    _say(BEFORE, AFTER)
    moment = "coalesce(lease_until - 300, next_at)"
    op.execute(f"UPDATE {TABLE} SET state = 'handed', handed_at = {moment} WHERE state = 'sending'")


def downgrade() -> None:
    """Take back. What is in doubt is given up with that reason: the code before would send it again."""
    op.execute(
        f"UPDATE {TABLE} SET state = 'failed', failure = '{UNANSWERED}', done_at = coalesce(done_at, handed_at)"
        " WHERE state IN ('handed', 'doubtful')"
    )
    _say(AFTER, BEFORE)
    op.drop_column(TABLE, "handed_at")


def _say(before: str, after: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT {NAME}")
        op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {NAME} CHECK ({after}) NOT VALID")
        op.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {NAME}")
        return
    # SQLite changes no constraint: the table's words are changed where they are kept, as it advises where what is stored
    # stays as it is.
    question = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    words = connection.execute(question, {"table": TABLE}).scalar_one()
    if words.count(before) != 1:
        raise RuntimeError(f"The table {TABLE} does not say {before!r}.")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    change = sa.text("UPDATE sqlite_master SET sql = :words WHERE type = 'table' AND name = :table")
    connection.execute(change, {"words": words.replace(before, after), "table": TABLE})
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
