"""Numbers that were given for filed reports and noted afterwards, each beside those before it; what was filed stays as it is."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id, Instant

revision = "0133"
down_revision = "0132"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "report_receipt",
        sa.Column("report_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("noted_by_id", Id, nullable=True),
        sa.Column("noted_at", Instant, nullable=False),
        sa.CheckConstraint("reference <> ''", name="ck_report_receipt_reference"),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name="fk_report_receipt_report_id_report"),
        sa.ForeignKeyConstraint(["noted_by_id"], ["person.id"], name="fk_report_receipt_noted_by_id_person"),
        sa.PrimaryKeyConstraint("report_id", "position", name="pk_report_receipt"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("report_receipt")
