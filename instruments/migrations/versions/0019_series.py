"""Series: the rule by which the same time is booked again and again, and the reservations that came of it."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reservation_series",
        sa.Column("id", Id, nullable=False),
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("booker_id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("starts", sa.String(length=8), nullable=False),
        sa.Column("ends", sa.String(length=8), nullable=False),
        sa.Column("nights", sa.Integer(), server_default="0", nullable=False),
        sa.Column("every", sa.String(length=12), nullable=False),
        sa.Column("weekdays", sa.String(length=20), server_default="", nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=True),
        sa.Column("skips_holidays", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "every IN ('week', 'fortnight', 'four_weeks', 'month')", name="ck_reservation_series_every"
        ),
        sa.CheckConstraint("(until IS NULL) <> (times IS NULL)", name="ck_reservation_series_one_end"),
        sa.CheckConstraint("times BETWEEN 1 AND 100", name="ck_reservation_series_times"),
        sa.CheckConstraint("first_day <= until", name="ck_reservation_series_order"),
        sa.CheckConstraint("nights BETWEEN 0 AND 31", name="ck_reservation_series_nights"),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_reservation_series_instrument_id_instrument"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name="fk_reservation_series_user_id_person"),
        sa.ForeignKeyConstraint(["booker_id"], ["person.id"], name="fk_reservation_series_booker_id_person"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_reservation_series_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["research_group.id"], name="fk_reservation_series_group_id_research_group"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reservation_series"),
    )
    op.create_index("ix_reservation_series_user", "reservation_series", ["user_id"], unique=False)
    op.create_table(
        "series_occurrence",
        sa.Column("reservation_id", Id, autoincrement=False, nullable=False),
        sa.Column("series_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("position >= 0", name="ck_series_occurrence_position"),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"],
            name="fk_series_occurrence_reservation_id_reservation", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["series_id"], ["reservation_series.id"],
            name="fk_series_occurrence_series_id_reservation_series", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reservation_id", name="pk_series_occurrence"),
        sa.UniqueConstraint("series_id", "position", name="uq_series_occurrence_series_id_position"),
    )  # fmt: skip


def downgrade() -> None:
    """Undo."""
    op.drop_table("series_occurrence")
    op.drop_table("reservation_series")
