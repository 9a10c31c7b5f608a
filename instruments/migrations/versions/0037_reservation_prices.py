"""What a reservation was quoted when it was booked, and who is to pay for it."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reservation_price",
        sa.Column("reservation_id", Id, autoincrement=False, nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("customer_class", sa.String(length=30), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("quoted_units", sa.BigInteger(), nullable=False),
        sa.Column("ceiling_units", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("operator_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("priced_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("mode IN ('self', 'assisted', 'service')", name="ck_reservation_price_mode"),
        sa.CheckConstraint("length(currency) = 3", name="ck_reservation_price_currency"),
        sa.CheckConstraint("quoted_units >= 0", name="ck_reservation_price_quoted"),
        sa.CheckConstraint("ceiling_units >= 0", name="ck_reservation_price_ceiling"),
        sa.CheckConstraint("operator_minutes >= 0", name="ck_reservation_price_operator"),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["rate_version.id"]),
        sa.PrimaryKeyConstraint("reservation_id"),
    )
    op.create_index("ix_reservation_price_version", "reservation_price", ["version_id"])
    op.create_table(
        "reservation_payer",
        sa.Column("reservation_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fund_id", Id, nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("customer_class", sa.String(length=30), nullable=False),
        sa.Column("share_units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 1 AND 10000", name="ck_reservation_payer_percent"),
        sa.CheckConstraint("share_units >= 0", name="ck_reservation_payer_share"),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"]),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reservation_id", "position"),
        sa.UniqueConstraint("reservation_id", "fund_id"),
    )
    op.create_index("ix_reservation_payer_fund", "reservation_payer", ["fund_id"])
    op.create_table(
        "reservation_programme",
        sa.Column("reservation_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("programme_id", Id, nullable=False),
        sa.Column("share_units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("share_units >= 0", name="ck_reservation_programme_share"),
        sa.ForeignKeyConstraint(["programme_id"], ["programme.id"]),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reservation_id", "position"),
        sa.UniqueConstraint("reservation_id", "programme_id"),
    )
    op.create_index("ix_reservation_programme_programme", "reservation_programme", ["programme_id"])


def downgrade() -> None:
    """Take back."""
    for table in ("reservation_programme", "reservation_payer", "reservation_price"):
        op.drop_table(table)
