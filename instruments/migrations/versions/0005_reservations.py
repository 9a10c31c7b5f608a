"""Rules and reservations, and what keeps them from overlapping."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "booking_rules",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("grid_minutes", sa.Integer(), nullable=True),
        sa.Column("shortest_minutes", sa.Integer(), nullable=True),
        sa.Column("longest_minutes", sa.Integer(), nullable=True),
        sa.Column("lead_minutes", sa.Integer(), nullable=True),
        sa.Column("horizon_days", sa.Integer(), nullable=True),
        sa.Column("buffer_minutes", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="ck_booking_rules_one_owner"),
        sa.CheckConstraint("buffer_minutes BETWEEN 0 AND 1440", name="ck_booking_rules_buffer"),
        sa.CheckConstraint("grid_minutes BETWEEN 1 AND 1440", name="ck_booking_rules_grid"),
        sa.CheckConstraint("horizon_days BETWEEN 1 AND 730", name="ck_booking_rules_horizon"),
        sa.CheckConstraint("lead_minutes >= 0", name="ck_booking_rules_lead"),
        sa.CheckConstraint("longest_minutes BETWEEN 1 AND 44640", name="ck_booking_rules_longest"),
        sa.CheckConstraint("shortest_minutes BETWEEN 1 AND 44640", name="ck_booking_rules_shortest"),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_booking_rules_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_booking_rules_lab_id_lab", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_booking_rules"),
        sa.UniqueConstraint("instrument_id", name="uq_booking_rules_instrument_id"),
        sa.UniqueConstraint("lab_id", name="uq_booking_rules_lab_id"),
    )
    op.create_table(
        "reservation",
        sa.Column("id", Id, nullable=False),
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("booker_id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="confirmed", nullable=False),
        sa.Column(
            "live",
            sa.Boolean(),
            sa.Computed("state NOT IN ('cancelled', 'declined', 'expired')", persisted=True),
            nullable=False,
        ),
        sa.Column("exclusive", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("purpose", sa.String(length=12), server_default="research", nullable=False),
        sa.Column("title", sa.String(length=200), server_default="", nullable=False),
        sa.Column("shows_name", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "purpose IN ('teaching', 'research', 'development', 'service')", name="ck_reservation_purpose"
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'confirmed', 'cancelled', 'declined', 'expired', 'released', 'done', 'no_show')",
            name="ck_reservation_state",
        ),
        sa.CheckConstraint("ends_at - starts_at <= 2678400", name="ck_reservation_longest"),
        sa.CheckConstraint("held_until BETWEEN starts_at AND ends_at", name="ck_reservation_held"),
        sa.CheckConstraint("starts_at < ends_at", name="ck_reservation_span"),
        sa.ForeignKeyConstraint(["booker_id"], ["person.id"], name="fk_reservation_booker_id_person"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["research_group.id"], name="fk_reservation_group_id_research_group"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_reservation_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_reservation_instrument_id_instrument"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name="fk_reservation_user_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_reservation"),
    )
    op.create_index("ix_reservation_booker", "reservation", ["booker_id", "ends_at"], unique=False)
    op.create_index(
        "ix_reservation_instrument",
        "reservation",
        ["instrument_id", "starts_at", "held_until", "live"],
        unique=False,
    )
    op.create_index("ix_reservation_user", "reservation", ["user_id", "ends_at"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("reservation")
    op.drop_table("booking_rules")
