"""What the manager of an institution chose to tell everybody of its sharing."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id, Instant

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "utilization_public",
        sa.Column("institution_id", Id, autoincrement=False, nullable=False),
        sa.Column("period", sa.String(length=30), nullable=False),
        sa.Column("hours", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("served", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("chosen_by_id", Id, nullable=True),
        sa.Column("chosen_at", Instant, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("hours OR served", name="ck_utilization_public_something"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_utilization_public_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["chosen_by_id"], ["person.id"], name="fk_utilization_public_chosen_by_id_person"
        ),
        sa.PrimaryKeyConstraint("institution_id", name="pk_utilization_public"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("utilization_public")
