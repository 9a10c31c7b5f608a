"""What was counted of a confirmed use, said anew with a reason."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id, Instant

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "use_amendment",
        sa.Column("id", Id, nullable=False),
        sa.Column("use_id", Id, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("amended_by_id", Id, nullable=False),
        sa.Column("amended_at", Instant, nullable=False),
        sa.CheckConstraint("reason <> ''", name="ck_use_amendment_reason"),
        sa.ForeignKeyConstraint(
            ["amended_by_id"], ["person.id"], name="fk_use_amendment_amended_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["use_id"], ["use.id"], name="fk_use_amendment_use_id_use", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_use_amendment"),
    )
    op.create_index("ix_use_amendment_use", "use_amendment", ["use_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("use_amendment")
