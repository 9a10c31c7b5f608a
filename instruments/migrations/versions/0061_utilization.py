"""Summaries of utilization: a row an instrument and month, whom it served, who used it, what it earned, in which hours."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

TIMES = (
    "calendar", "open", "bookable", "down", "reserved", "attended", "effective", "owned", "inside", "unused", "clock",
    "external", "external_clock", "lead",
)  # fmt: skip
COUNTS = (
    "lead_known", "uses", "external_uses", "samples", "external_samples", "reservations", "no_shows", "late_cancelled",
    "repairs",
)  # fmt: skip
EVIDENCE = ("by_sensor", "by_scan", "by_file", "by_typed", "by_assumed")
A_MONTH = "month / 100 BETWEEN 1970 AND 9999 AND month % 100 BETWEEN 1 AND 12"


def _of_month(table: str, keys: list[sa.Column], values: list[sa.Column], *more: sa.CheckConstraint) -> None:
    op.create_table(
        table,
        sa.Column("instrument_id", Id, autoincrement=False, nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        *keys,
        *values,
        *more,
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name=f"fk_{table}_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("instrument_id", "month", *(key.name for key in keys), name=f"pk_{table}"),
    )


def _number(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def _long(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _key(name: str) -> sa.Column:
    return sa.Column(name, Id, autoincrement=False, nullable=False)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "utilization_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("marked", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name="ck_utilization_state_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_utilization_state"),
    )
    _of_month(
        "utilization_month",
        [],
        [
            _long("due_at"), *map(_long, TIMES), *map(_number, COUNTS),
            sa.Column("served", sa.Boolean(), nullable=False), *map(_long, EVIDENCE),
        ],
        sa.CheckConstraint(A_MONTH, name="ck_utilization_month_month"),
    )  # fmt: skip
    op.create_index("ix_utilization_month_due", "utilization_month", ["month", "due_at"], unique=False)
    _of_month(
        "utilization_customer",
        [_key("institution_id"), _key("group_id")],
        [_long("effective"), _number("uses"), _number("samples")],
    )
    op.create_index(
        "ix_utilization_customer", "utilization_customer", ["institution_id", "month"], unique=False
    )
    _of_month("utilization_person", [_key("person_id")], [])
    _of_month(
        "utilization_income",
        [sa.Column("currency", sa.String(length=3), nullable=False)],
        [_long("charged"), _long("external")],
    )
    _of_month("utilization_week", [], [sa.Column("cells", sa.LargeBinary(), nullable=False)])


def downgrade() -> None:
    """Take back."""
    for table in ("week", "income", "person", "customer", "month", "state"):
        op.drop_table(f"utilization_{table}")
