"""Several reports of what is filed on occasion can be of one day, each of other instruments; those there are were the first."""

import sqlalchemy as sa
from alembic import op

revision = "0135"
down_revision = "0134"
branch_labels = None
depends_on = None

WHOSE = ("form", "institution_id", sa.text("coalesce(lab_id, 0)"), "period")


def upgrade() -> None:
    """Apply."""
    op.add_column("report", sa.Column("part", sa.Integer(), server_default="1", nullable=False))
    _indexes("part")


def downgrade() -> None:
    """Take back; refused by the index where a day has several."""
    _indexes()
    op.drop_column("report", "part")


def _indexes(*part: str) -> None:
    drafts = sa.text("state = 'draft'")
    for name in ("uq_report_number", "uq_report_draft"):
        op.drop_index(name, "report")
    op.create_index("uq_report_number", "report", [*WHOSE, *part, "number"], unique=True)
    op.create_index(
        "uq_report_draft",
        "report",
        [*WHOSE, *part],
        unique=True,
        postgresql_where=drafts,
        sqlite_where=drafts,
    )
