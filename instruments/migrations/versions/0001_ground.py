"""The journal and kept answers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "idempotent_answer",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), server_default="0", nullable=False),
        sa.Column("location", sa.String(length=300), server_default="", nullable=False),
        sa.Column("etag", sa.String(length=80), server_default="", nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("replays", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "key", name="pk_idempotent_answer"),
    )
    op.create_index("ix_idempotent_answer_age", "idempotent_answer", ["created_at"], unique=False)
    op.create_table(
        "journal_entry",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("deed", sa.String(length=60), nullable=False),
        sa.Column("thing_kind", sa.String(length=30), nullable=False),
        sa.Column("thing_id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_entry"),
    )
    op.create_index("ix_journal_entry_institution", "journal_entry", ["institution_id", "id"], unique=False)
    op.create_index("ix_journal_entry_thing", "journal_entry", ["thing_kind", "thing_id", "id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("journal_entry")
    op.drop_table("idempotent_answer")
