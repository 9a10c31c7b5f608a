"""The role of the safety officer, held on an institution."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NAME = "ck_role_grant_institution_role"
BEFORE = "'institution_manager', 'finance_officer', 'auditor', 'company_manager'"
AFTER = f"{BEFORE}, 'safety_officer'"


def upgrade() -> None:
    """Apply."""
    _allow(BEFORE, AFTER)


def downgrade() -> None:
    """Undo."""
    op.execute("DELETE FROM role_grant WHERE role = 'safety_officer'")
    _allow(AFTER, BEFORE)


def _allow(before: str, after: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.drop_constraint(NAME, "role_grant", type_="check")
        op.create_check_constraint(NAME, "role_grant", f"(role IN ({after})) = (institution_id IS NOT NULL)")
        return
    # SQLite changes no constraint: the table is written anew, from its own words; nothing refers to it.
    question = (
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'role_grant' AND sql IS NOT NULL ORDER BY type DESC"
    )
    table, *indexes = connection.execute(sa.text(question)).scalars().all()
    fresh = table.replace("role_grant", "role_grant_new", 1).replace(f"({before})", f"({after})")
    op.execute(fresh.replace(":", "\\:"))
    op.execute("INSERT INTO role_grant_new SELECT * FROM role_grant")
    op.execute("DROP TABLE role_grant")
    op.execute("ALTER TABLE role_grant_new RENAME TO role_grant")
    for index in indexes:
        op.execute(index)
