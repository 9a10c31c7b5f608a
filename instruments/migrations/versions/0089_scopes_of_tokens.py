"""Room for more scopes in one personal token: all that there were filled 195 of 200 characters."""

import sqlalchemy as sa
from alembic import op

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None

# The longest beginning of whole words within 200 characters.
CUT = "UPDATE personal_token SET scopes = regexp_replace(left(scopes, 201), ' [^ ]*$', '') WHERE length(scopes) > 200"


def upgrade() -> None:
    """Apply."""
    _width(200, 1000)


def downgrade() -> None:
    """Take back. A token that has more than fits opens less: the scopes that are written last are taken from it."""
    if _on_postgresql():
        op.execute(CUT)
    _width(1000, 200)


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _width(before: int, after: int) -> None:
    if _on_postgresql():
        op.alter_column("personal_token", "scopes", type_=sa.String(after), existing_nullable=False)
        return
    # SQLite changes no column: the table is written anew, from its own words; nothing refers to it.
    question = "SELECT sql FROM sqlite_master WHERE tbl_name = 'personal_token' AND sql IS NOT NULL ORDER BY type DESC"
    table, *indexes = op.get_bind().execute(sa.text(question)).scalars().all()
    changed = table.replace(f"scopes VARCHAR({before})", f"scopes VARCHAR({after})", 1)
    op.execute(changed.replace("personal_token", "personal_token_new", 1).replace(":", "\\:"))
    op.execute("INSERT INTO personal_token_new SELECT * FROM personal_token")
    op.execute("DROP TABLE personal_token")
    op.execute("ALTER TABLE personal_token_new RENAME TO personal_token")
    for index in indexes:
        op.execute(index)
