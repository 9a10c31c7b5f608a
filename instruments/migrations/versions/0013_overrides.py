"""Who overrode the rules for a reservation, and why."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reservation_override",
        sa.Column("reservation_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("rules", sa.String(length=200), nullable=False),
        sa.Column("overridden_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_reservation_override_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.id"],
            name="fk_reservation_override_reservation_id_reservation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("reservation_id", name="pk_reservation_override"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("reservation_override")
