"""What closures did to the reservations in their way, and until when a time that is free again is offered back."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "displacement",
        sa.Column("id", Id, nullable=False),
        sa.Column("reservation_id", Id, nullable=False),
        sa.Column("closure_id", Id, nullable=True),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.String(length=500), server_default="", nullable=False),
        sa.Column("replaced_by_id", Id, nullable=True),
        sa.Column("decided_by_id", Id, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("offered_until", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("outcome IN ('kept', 'moved', 'cancelled')", name="ck_displacement_outcome"),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.id"],
            name="fk_displacement_reservation_id_reservation",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["closure_id"], ["closure.id"], name="fk_displacement_closure_id_closure", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_displacement_instrument_id_instrument"
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["reservation.id"], name="fk_displacement_replaced_by_id_reservation"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name="fk_displacement_decided_by_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_displacement"),
    )
    op.create_index("ix_displacement_reservation", "displacement", ["reservation_id"], unique=False)
    op.create_index("ix_displacement_closure", "displacement", ["closure_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("displacement")
