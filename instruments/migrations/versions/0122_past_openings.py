"""What was open of a day before its hours were changed."""

import sqlalchemy as sa
from alembic import op

revision = "0122"
down_revision = "0121"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "past_opening",
        sa.Column("id", number, primary_key=True),
        sa.Column(
            "instrument_id", number, sa.ForeignKey("instrument.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("circle", sa.String(12), server_default="", nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("spans", sa.Text, nullable=False),
        sa.CheckConstraint("since < until", name="span"),
        sa.CheckConstraint("circle IN ('', 'lab', 'institution', 'partners', 'companies')", name="circle"),
        sa.UniqueConstraint("instrument_id", "since", "circle", name="uq_past_opening"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("past_opening")
