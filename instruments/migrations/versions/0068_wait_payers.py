"""Who is to pay for what is waited for, and how it is to be used."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("wait_request", sa.Column("mode", sa.String(length=20), nullable=True))
    op.add_column("wait_request", sa.Column("counts", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("wait_request", sa.Column("programmes", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "wait_payer",
        sa.Column("request_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fund_id", Id, nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 1 AND 10000", name="ck_wait_payer_percent"),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["wait_request.id"],
            name="fk_wait_payer_request_id_wait_request",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name="fk_wait_payer_fund_id_fund"),
        sa.PrimaryKeyConstraint("request_id", "position", name="pk_wait_payer"),
    )
    op.create_index("ix_wait_payer_fund", "wait_payer", ["fund_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("wait_payer")
    for name in ("programmes", "counts", "mode"):
        op.drop_column("wait_request", name)
