"""Labs are asked why instruments stood idle, once for a period, and answer."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id, Instant

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "idle_question",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("period", sa.String(length=30), nullable=False),
        sa.Column("asked_by_id", Id, nullable=True),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_idle_question_lab_id_lab"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name="fk_idle_question_asked_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_idle_question"),
        sa.UniqueConstraint("lab_id", "period", name="uq_idle_question_lab_id_period"),
    )
    op.create_table(
        "idle_instrument",
        sa.Column("question_id", Id, autoincrement=False, nullable=False),
        sa.Column("instrument_id", Id, autoincrement=False, nullable=False),
        sa.Column("may_be", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.String(length=500), server_default="", nullable=False),
        sa.Column("answered_by_id", Id, nullable=True),
        sa.Column("answered_at", Instant, nullable=True),
        sa.CheckConstraint("(answer = '') = (answered_at IS NULL)", name="ck_idle_instrument_answered"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["idle_question.id"], ondelete="CASCADE",
            name="fk_idle_instrument_question_id_idle_question",
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_idle_instrument_instrument_id_instrument"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name="fk_idle_instrument_answered_by_id_person"
        ),
        sa.PrimaryKeyConstraint("question_id", "instrument_id", name="pk_idle_instrument"),
    )  # fmt: skip
    op.create_index("ix_idle_instrument_instrument", "idle_instrument", ["instrument_id"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("idle_instrument")
    op.drop_table("idle_question")
