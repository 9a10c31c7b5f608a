"""Views of utilization saved under a name, and targets of figures."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id, Instant

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "utilization_view",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("query", sa.String(length=300), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("made_by_id", Id, nullable=True),
        sa.Column("made_at", Instant, nullable=False),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (institution_id IS NULL)", name="ck_utilization_view_whose"
        ),
        sa.CheckConstraint("name <> ''", name="ck_utilization_view_name"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], ondelete="CASCADE", name="fk_utilization_view_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_utilization_view_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name="fk_utilization_view_made_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_utilization_view"),
    )
    for whose in ("person", "institution"):
        some = sa.text(f"{whose}_id IS NOT NULL")
        op.create_index(
            f"uq_utilization_view_{whose}", "utilization_view", [f"{whose}_id", "name"], unique=True,
            sqlite_where=some, postgresql_where=some,
        )  # fmt: skip
    op.create_table(
        "utilization_target",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("figure", sa.String(length=40), nullable=False),
        sa.Column("thousandths", sa.BigInteger(), nullable=False),
        sa.Column("set_by_id", Id, nullable=True),
        sa.Column("set_at", Instant, nullable=False),
        sa.CheckConstraint("kind IN ('platform', 'institution', 'lab')", name="ck_utilization_target_kind"),
        sa.CheckConstraint("(kind = 'platform') = (number = 0)", name="ck_utilization_target_number"),
        sa.CheckConstraint("thousandths > 0", name="ck_utilization_target_thousandths"),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name="fk_utilization_target_set_by_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_utilization_target"),
        sa.UniqueConstraint("kind", "number", "figure", name="uq_utilization_target_place"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("utilization_target")
    op.drop_table("utilization_view")
