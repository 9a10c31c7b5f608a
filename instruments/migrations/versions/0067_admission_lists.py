"""Lists of safety admissions that an institution brings from elsewhere, until they are taken over."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "admission_list",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("brought_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_admission_list_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_admission_list_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_admission_list"),
    )
    op.create_index("ix_admission_list_institution", "admission_list", ["institution_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("admission_list")
