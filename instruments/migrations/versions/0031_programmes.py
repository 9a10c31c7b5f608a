"""Programmes: their terms, whom they admit, what they reserve and pay."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, sa.TextClause]:
    """An index over some of the rows, on both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    """Apply."""
    _programme()
    _programme_payer()
    _programme_hold()


def _programme() -> None:
    op.create_table(
        "programme",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=200), server_default="", nullable=False),
        sa.Column("name_zh", sa.String(length=200), server_default="", nullable=False),
        sa.Column("description_en", sa.Text(), server_default="", nullable=False),
        sa.Column("description_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("payer_kinds", sa.JSON(), nullable=False),
        sa.Column("small_firms_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("needs_proof", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("class_codes", sa.JSON(), nullable=False),
        sa.Column("institution_ids", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("cap_per_order_units", sa.BigInteger(), nullable=True),
        sa.Column("cap_per_year_units", sa.BigInteger(), nullable=True),
        sa.Column("budget_units", sa.BigInteger(), nullable=True),
        sa.Column("combines", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("afterwards", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="open", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("code <> ''", name="ck_programme_coded"),
        sa.CheckConstraint("name_en <> '' OR name_zh <> ''", name="ck_programme_named"),
        sa.CheckConstraint("state IN ('open', 'closed')", name="ck_programme_state"),
        sa.CheckConstraint("budget_units >= 0 AND cap_per_order_units >= 0", name="ck_programme_limits"),
        sa.CheckConstraint("cap_per_year_units >= 0", name="ck_programme_yearly"),
        sa.CheckConstraint("length(currency) = 3", name="ck_programme_currency"),
        sa.CheckConstraint("rate BETWEEN 1 AND 10000", name="ck_programme_rate"),
        sa.CheckConstraint("valid_from <= valid_to", name="ck_programme_valid_span"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_programme_institution_id_institution"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_programme"),
        sa.UniqueConstraint("code", name="uq_programme_code"),
    )
    op.create_index("ix_programme_institution_id", "programme", ["institution_id"], unique=False)


def _programme_payer() -> None:
    op.create_table(
        "programme_payer",
        sa.Column("id", Id, nullable=False),
        sa.Column("programme_id", Id, nullable=False),
        sa.Column("payer_institution_id", Id, nullable=True),
        sa.Column("payer_person_id", Id, nullable=True),
        sa.Column("small_firm", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("declaration", sa.String(length=500), server_default="", nullable=False),
        sa.Column("document", sa.String(length=80), server_default="", nullable=False),
        sa.Column("document_name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), server_default="asked", nullable=False),
        sa.Column("asked_by_id", Id, nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by_id", Id, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_why", sa.String(length=300), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(document = '') = (document_name = '')", name="ck_programme_payer_document"),
        sa.CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="ck_programme_payer_decided"),
        sa.CheckConstraint(
            "state IN ('asked', 'admitted', 'refused', 'ended')", name="ck_programme_payer_state"
        ),
        sa.CheckConstraint(
            "(payer_institution_id IS NULL) <> (payer_person_id IS NULL)", name="ck_programme_payer_one_payer"
        ),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name="fk_programme_payer_asked_by_id_person"),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name="fk_programme_payer_decided_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["payer_institution_id"],
            ["institution.id"],
            name="fk_programme_payer_payer_institution_id_institution",
        ),
        sa.ForeignKeyConstraint(
            ["payer_person_id"], ["person.id"], name="fk_programme_payer_payer_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_programme_payer_programme_id_programme"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_programme_payer"),
    )
    op.create_index(
        "ix_programme_payer_institution", "programme_payer", ["payer_institution_id"], unique=False
    )
    op.create_index("ix_programme_payer_person", "programme_payer", ["payer_person_id"], unique=False)
    op.create_index(
        "uq_programme_payer_live",
        "programme_payer",
        [
            "programme_id",
            sa.text("coalesce(payer_institution_id, 0)"),
            sa.text("coalesce(payer_person_id, 0)"),
        ],
        unique=True,
        **only("state IN ('asked', 'admitted')"),
    )


def _programme_hold() -> None:
    op.create_table(
        "programme_hold",
        sa.Column("id", Id, nullable=False),
        sa.Column("programme_id", Id, nullable=False),
        sa.Column("payer_institution_id", Id, nullable=True),
        sa.Column("payer_person_id", Id, nullable=True),
        sa.Column("thing_kind", sa.String(length=30), nullable=False),
        sa.Column("thing_id", Id, nullable=False),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="reserved", nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'reserved') = (resolved_at IS NULL)", name="ck_programme_hold_resolved"),
        sa.CheckConstraint(
            "state IN ('reserved', 'committed', 'released', 'reversed')", name="ck_programme_hold_state"
        ),
        sa.CheckConstraint(
            "(payer_institution_id IS NULL) <> (payer_person_id IS NULL)", name="ck_programme_hold_one_payer"
        ),
        sa.CheckConstraint("amount_units > 0", name="ck_programme_hold_amount"),
        sa.ForeignKeyConstraint(
            ["payer_institution_id"],
            ["institution.id"],
            name="fk_programme_hold_payer_institution_id_institution",
        ),
        sa.ForeignKeyConstraint(
            ["payer_person_id"], ["person.id"], name="fk_programme_hold_payer_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_programme_hold_programme_id_programme"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_programme_hold"),
    )
    op.create_index(
        "ix_programme_hold_payer",
        "programme_hold",
        ["programme_id", "year", "payer_institution_id", "payer_person_id"],
        unique=False,
    )
    op.create_index("ix_programme_hold_thing", "programme_hold", ["thing_kind", "thing_id"], unique=False)
    op.create_index(
        "uq_programme_hold_live",
        "programme_hold",
        ["programme_id", "thing_kind", "thing_id"],
        unique=True,
        **only("state IN ('reserved', 'committed')"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("programme_hold")
    op.drop_table("programme_payer")
    op.drop_table("programme")
