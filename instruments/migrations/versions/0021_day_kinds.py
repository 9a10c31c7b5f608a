"""What the days of an institution are: announced or set by hand, off, worked or made up for.

A holiday that is there stays one, set by hand. Institutions that are there follow no country until they say so;
one that is made later follows that of its zone.
"""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COLUMNS = (
    "kind VARCHAR(10) DEFAULT 'holiday' NOT NULL"
    " CONSTRAINT ck_holiday_kind CHECK (kind IN ('holiday', 'make_up', 'rest', 'workday'))",
    "source VARCHAR(10) DEFAULT 'hand' NOT NULL"
    " CONSTRAINT ck_holiday_source CHECK (source IN ('announced', 'hand'))",
    "replaces DATE CONSTRAINT ck_holiday_replaces CHECK (replaces IS NULL OR kind = 'make_up')",
    "set_by_id {id} CONSTRAINT fk_holiday_set_by_id_person REFERENCES person (id)",
    "set_at BIGINT",
)
TAKES = "'replaced', 'itself', '0', '1', '2', '3', '4', '5', '6'"


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    number = "INTEGER" if connection.dialect.name == "sqlite" else "BIGINT"
    for column in COLUMNS:
        connection.exec_driver_sql(f"ALTER TABLE holiday ADD COLUMN {column.format(id=number)}")
    op.drop_index("uq_holiday_day", table_name="holiday")
    op.create_index("uq_holiday_day", "holiday", ["institution_id", "day", "source"], unique=True)
    op.create_table(
        "national_calendar",
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"],
            name="fk_national_calendar_institution_id_institution", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("institution_id", name="pk_national_calendar"),
    )  # fmt: skip
    connection.exec_driver_sql(
        "INSERT INTO national_calendar (institution_id, region) SELECT id, '' FROM institution"
    )
    op.create_table(
        "known_year",
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("set_by_id", Id, nullable=True),
        sa.Column("set_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("source IN ('announced', 'hand')", name="ck_known_year_source"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"],
            name="fk_known_year_institution_id_institution", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name="fk_known_year_set_by_id_person"),
        sa.PrimaryKeyConstraint("institution_id", "year", name="pk_known_year"),
    )  # fmt: skip
    op.create_table(
        "make_up_hours",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("takes", sa.String(length=10), nullable=False),
        sa.CheckConstraint(f"takes IN ({TAKES})", name="ck_make_up_hours_takes"),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_make_up_hours_lab_id_lab", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_make_up_hours"),
    )  # fmt: skip
    op.create_index("uq_make_up_hours", "make_up_hours", ["lab_id", "since"], unique=True)


def downgrade() -> None:
    """Undo: of the days only those that close stay, each once."""
    op.drop_table("make_up_hours")
    op.drop_table("known_year")
    op.drop_table("national_calendar")
    connection = op.get_bind()
    connection.exec_driver_sql(
        "DELETE FROM holiday WHERE source = 'announced' AND EXISTS (SELECT 1 FROM holiday AS by_hand"
        " WHERE by_hand.institution_id = holiday.institution_id AND by_hand.day = holiday.day"
        " AND by_hand.source = 'hand')"
    )
    connection.exec_driver_sql("DELETE FROM holiday WHERE kind <> 'holiday'")
    op.drop_index("uq_holiday_day", table_name="holiday")
    op.create_index("uq_holiday_day", "holiday", ["institution_id", "day"], unique=True)
    # What depends on another column goes before it.
    for name in ("replaces", "set_at", "set_by_id", "source", "kind"):
        connection.exec_driver_sql(f"ALTER TABLE holiday DROP COLUMN {name}")
