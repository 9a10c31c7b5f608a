"""Another fund for a charge, named by a code of which whoever asks learns nothing before it agrees."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _number(needed=False)
    number = "bigint" if _on_postgresql() else "integer"
    op.execute(
        f"ALTER TABLE fund_change ADD COLUMN home_id {number}"
        " CONSTRAINT fk_fund_change_home_id_institution REFERENCES institution (id)"
    )
    op.execute(
        "ALTER TABLE fund_change ADD COLUMN said VARCHAR(60) DEFAULT '' NOT NULL"
        " CONSTRAINT ck_fund_change_named CHECK (fund_id IS NOT NULL OR said <> '')"
    )


def downgrade() -> None:
    """Take back. What was asked by a code alone cannot be said any more."""
    op.execute("DELETE FROM fund_change WHERE fund_id IS NULL")
    for name in ("said", "home_id"):
        op.drop_column("fund_change", name)
    _number(needed=True)


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _number(*, needed: bool) -> None:
    """Whether a fund has to be named by its number."""
    if _on_postgresql():
        op.alter_column("fund_change", "fund_id", nullable=not needed)
        return
    # SQLite changes no column: the table is written anew, from its own words; nothing refers to it.
    question = (
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'fund_change' AND sql IS NOT NULL ORDER BY type DESC"
    )
    table, *indexes = op.get_bind().execute(sa.text(question)).scalars().all()
    before, after = "fund_id INTEGER", "fund_id INTEGER NOT NULL"
    changed = table.replace(before, after, 1) if needed else table.replace(after, before, 1)
    op.execute(changed.replace("fund_change", "fund_change_new", 1).replace(":", "\\:"))
    op.execute("INSERT INTO fund_change_new SELECT * FROM fund_change")
    op.execute("DROP TABLE fund_change")
    op.execute("ALTER TABLE fund_change_new RENAME TO fund_change")
    for index in indexes:
        op.execute(index)
