"""A use may have no user until a person says who it was; each report says how it was found out whose it is."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0112"
down_revision = "0105"
branch_labels = None
depends_on = None

UNKNOWN = "state = 'waiting' AND kind = 'walk_up' AND ' ' || flags || ' ' LIKE '% nobody %'"
NAMED = "user_id IS NOT NULL OR kind = 'walk_up' AND state IN ('waiting', 'void')"
HOW = "attribution IN ('', 'said', 'named', 'time', 'near', 'nobody')"
# In the words by which SQLite keeps the table the new check stands before the one of its kinds.
KINDS = "CONSTRAINT ck_use_ck_use_kind CHECK"
NEW = f"CONSTRAINT ck_use_of_nobody CHECK ({NAMED}), "


def upgrade() -> None:
    """Apply: what only devices reported was kept as used by whoever's token they had; that person is taken from it."""
    op.execute(
        "ALTER TABLE use_span ADD COLUMN attribution VARCHAR(8) DEFAULT '' NOT NULL"
        f" CONSTRAINT ck_use_span_attribution CHECK ({HOW})"
    )
    if _on_postgresql():
        op.alter_column("use", "user_id", nullable=True)
        op.execute(f'ALTER TABLE "use" ADD CONSTRAINT ck_use_of_nobody CHECK ({NAMED})')
    else:
        _say([(r"\buser_id (\w+) NOT NULL", r"user_id \1"), (re.escape(KINDS), NEW + KINDS)])
    unknown = f'SELECT id FROM "use" WHERE {UNKNOWN}'
    op.execute(f"UPDATE use_span SET attribution = 'nobody' WHERE source_key <> '' AND use_id IN ({unknown})")
    op.execute(f"DELETE FROM charge_missing WHERE use_id IN ({unknown})")
    op.execute(
        f'UPDATE "use" SET user_id = NULL, institution_id = NULL, version = version + 1 WHERE {UNKNOWN}'
    )


def downgrade() -> None:
    """Take back: uses of nobody are again those of whoever's token reported them."""
    op.execute(
        'UPDATE "use" SET user_id = coalesce((SELECT min(recorded_by_id) FROM use_span WHERE use_id = "use".id),'
        " (SELECT min(id) FROM person)) WHERE user_id IS NULL"
    )
    op.execute(
        'UPDATE "use" SET institution_id = (SELECT institution_id FROM person WHERE person.id = user_id)'
        f" WHERE institution_id IS NULL AND {UNKNOWN}"
    )
    if _on_postgresql():
        op.execute('ALTER TABLE "use" DROP CONSTRAINT ck_use_of_nobody')
        op.alter_column("use", "user_id", nullable=False)
    else:
        _say([(r"\buser_id (\w+)(?=\s*,)", r"user_id \1 NOT NULL"), (re.escape(NEW + KINDS), KINDS)])
    op.execute("ALTER TABLE use_span DROP COLUMN attribution")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _say(changes: list[tuple[str, str]]) -> None:
    """SQLite changes no column, and many tables refer to this one: its words are changed where they are kept, as SQLite
    advises where what is stored stays as it is."""
    connection = op.get_bind()
    words = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'use'")
    ).scalar_one()
    for before, after in changes:
        words, number = re.subn(before, after, words)
        if number != 1:
            raise RuntimeError(f"The table use does not say {before!r} once.")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    change = sa.text("UPDATE sqlite_master SET sql = :words WHERE type = 'table' AND name = 'use'")
    connection.execute(change, {"words": words})
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")
