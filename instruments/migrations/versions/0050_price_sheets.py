"""Sheets of prices that labs brought, until they are taken over."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "price_sheet",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("brought_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_price_sheet_lab_id_lab", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_price_sheet_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_price_sheet"),
    )
    op.create_index("ix_price_sheet_lab", "price_sheet", ["lab_id", "id"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_table("price_sheet")
