"""Targets are of instruments, groups and the people of institutions and companies as well."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id, Instant

revision = "0131"
down_revision = "0130"
branch_labels = None
depends_on = None

OLD = ("platform", "institution", "lab")
NEW = (*OLD, "instrument", "group", "people")
NAME, TABLE = "ck_utilization_target_kind", "utilization_target"


def upgrade() -> None:
    """Apply."""
    _of(NEW)


def downgrade() -> None:
    """Take back: what the new ones were to reach is forgotten."""
    op.execute(f"DELETE FROM {TABLE} WHERE kind NOT IN {OLD}")
    _of(OLD)


def _of(kinds: tuple[str, ...]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(NAME, TABLE, type_="check")
        op.create_check_constraint(NAME, TABLE, sa.text(f"kind IN {kinds}"))
    else:
        _made_anew(kinds)


def _made_anew(kinds: tuple[str, ...]) -> None:
    """SQLite changes no constraint of a table."""
    op.create_table(
        f"{TABLE}_anew",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("figure", sa.String(length=40), nullable=False),
        sa.Column("thousandths", sa.BigInteger(), nullable=False),
        sa.Column("set_by_id", Id, nullable=True),
        sa.Column("set_at", Instant, nullable=False),
        sa.CheckConstraint(f"kind IN {kinds}", name=NAME),
        sa.CheckConstraint("(kind = 'platform') = (number = 0)", name="ck_utilization_target_number"),
        sa.CheckConstraint("thousandths > 0", name="ck_utilization_target_thousandths"),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name="fk_utilization_target_set_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_utilization_target"),
        sa.UniqueConstraint("kind", "number", "figure", name="uq_utilization_target_place"),
    )
    names = "id, kind, number, figure, thousandths, set_by_id, set_at"
    op.execute(f"INSERT INTO {TABLE}_anew ({names}) SELECT {names} FROM {TABLE}")
    op.drop_table(TABLE)
    op.rename_table(f"{TABLE}_anew", TABLE)
