"""Funds: whose they are, who may charge them, what for, and what is held of them."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, sa.TextClause]:
    """An index over some of the rows, on both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    """Apply."""
    _fund()
    _fund_user()
    _fund_permit()
    _fund_hold()


def _fund() -> None:
    op.create_table(
        "fund",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("owner_institution_id", Id, nullable=False),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=200), server_default="", nullable=False),
        sa.Column("name_zh", sa.String(length=200), server_default="", nullable=False),
        sa.Column("source", sa.String(length=20), server_default="", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("budget_units", sa.BigInteger(), nullable=True),
        sa.Column("warn_percents", sa.JSON(), nullable=False),
        sa.Column("warned", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=12), server_default="open", nullable=False),
        sa.Column("blocked_why", sa.String(length=300), server_default="", nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("overdrawn", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(kind IN ('wallet', 'credit')) = (institution_id <> owner_institution_id)",
            name="ck_fund_whose_books",
        ),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="ck_fund_closed"),
        sa.CheckConstraint("code <> ''", name="ck_fund_coded"),
        sa.CheckConstraint("kind <> 'credit' OR budget_units IS NOT NULL", name="ck_fund_credit_has_limit"),
        sa.CheckConstraint("kind <> 'wallet' OR budget_units IS NULL", name="ck_fund_wallet_without_budget"),
        sa.CheckConstraint(
            "kind IN ('grant', 'cost_code', 'allowance', 'wallet', 'credit')", name="ck_fund_kind"
        ),
        sa.CheckConstraint("name_en <> '' OR name_zh <> ''", name="ck_fund_named"),
        sa.CheckConstraint(
            "source = '' OR source IN ('national', 'foundation', 'provincial', 'municipal',"
            " 'institution', 'enterprise', 'abroad', 'other')",
            name="ck_fund_source",
        ),
        sa.CheckConstraint("state IN ('open', 'blocked', 'closed')", name="ck_fund_state"),
        sa.CheckConstraint("budget_units >= 0", name="ck_fund_budget"),
        sa.CheckConstraint("length(currency) = 3", name="ck_fund_currency"),
        sa.CheckConstraint("valid_from <= valid_to", name="ck_fund_valid_span"),
        sa.ForeignKeyConstraint(["created_by_id"], ["person.id"], name="fk_fund_created_by_id_person"),
        sa.ForeignKeyConstraint(["group_id"], ["research_group.id"], name="fk_fund_group_id_research_group"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_fund_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["owner_institution_id"], ["institution.id"], name="fk_fund_owner_institution_id_institution"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fund"),
        sa.UniqueConstraint("id", "institution_id", "currency", name="uq_fund_books"),
        sa.UniqueConstraint("institution_id", "owner_institution_id", "code", name="uq_fund_code"),
    )
    op.create_index("ix_fund_group", "fund", ["group_id", "state"], unique=False)
    op.create_index("ix_fund_institution_id", "fund", ["institution_id"], unique=False)
    op.create_index("ix_fund_owner", "fund", ["owner_institution_id", "state"], unique=False)


def _fund_user() -> None:
    op.create_table(
        "fund_user",
        sa.Column("id", Id, nullable=False),
        sa.Column("fund_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("limit_units", sa.BigInteger(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("given_by_id", Id, nullable=True),
        sa.Column("given_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("limit_units >= 0", name="ck_fund_user_limit"),
        sa.ForeignKeyConstraint(
            ["fund_id"], ["fund.id"], name="fk_fund_user_fund_id_fund", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name="fk_fund_user_given_by_id_person"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_fund_user_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_fund_user"),
    )
    op.create_index("ix_fund_user_person_id", "fund_user", ["person_id"], unique=False)
    op.create_index("uq_fund_user", "fund_user", ["fund_id", sa.text("coalesce(person_id, 0)")], unique=True)


def _fund_permit() -> None:
    op.create_table(
        "fund_permit",
        sa.Column("id", Id, nullable=False),
        sa.Column("fund_id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("class_code", sa.String(length=6), nullable=True),
        sa.Column("line_kind", sa.String(length=12), nullable=True),
        sa.CheckConstraint(
            "line_kind IN ('time', 'minimum', 'add_on', 'operator', 'fee')", name="ck_fund_permit_line_kind"
        ),
        sa.CheckConstraint(
            "(CASE WHEN lab_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN institution_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN class_code IS NULL THEN 0 ELSE 1 END) + (CASE WHEN line_kind IS NULL THEN 0 ELSE 1 END) = 1",
            name="ck_fund_permit_one_thing",
        ),
        sa.ForeignKeyConstraint(
            ["class_code"], ["instrument_class.code"], name="fk_fund_permit_class_code_instrument_class"
        ),
        sa.ForeignKeyConstraint(
            ["fund_id"], ["fund.id"], name="fk_fund_permit_fund_id_fund", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_fund_permit_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_fund_permit_lab_id_lab"),
        sa.PrimaryKeyConstraint("id", name="pk_fund_permit"),
    )
    op.create_index(
        "uq_fund_permit",
        "fund_permit",
        [
            "fund_id",
            sa.text("coalesce(lab_id, 0)"),
            sa.text("coalesce(institution_id, 0)"),
            sa.text("coalesce(class_code, '')"),
            sa.text("coalesce(line_kind, '')"),
        ],
        unique=True,
    )


def _fund_hold() -> None:
    op.create_table(
        "fund_hold",
        sa.Column("id", Id, nullable=False),
        sa.Column("fund_id", Id, nullable=False),
        sa.Column("thing_kind", sa.String(length=30), nullable=False),
        sa.Column("thing_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="pending", nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("replaces_id", Id, nullable=True),
        sa.CheckConstraint("(state = 'pending') = (resolved_at IS NULL)", name="ck_fund_hold_resolved"),
        sa.CheckConstraint("state IN ('pending', 'posted', 'voided', 'expired')", name="ck_fund_hold_state"),
        sa.CheckConstraint("amount_units > 0", name="ck_fund_hold_amount"),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name="fk_fund_hold_fund_id_fund"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_fund_hold_person_id_person"),
        sa.ForeignKeyConstraint(["replaces_id"], ["fund_hold.id"], name="fk_fund_hold_replaces_id_fund_hold"),
        sa.PrimaryKeyConstraint("id", name="pk_fund_hold"),
    )
    op.create_index(
        "ix_fund_hold_expiring",
        "fund_hold",
        ["expires_at"],
        unique=False,
        **only("state = 'pending' AND expires_at IS NOT NULL"),
    )
    op.create_index("ix_fund_hold_fund", "fund_hold", ["fund_id", "id"], unique=False)
    op.create_index("ix_fund_hold_person", "fund_hold", ["person_id", "fund_id"], unique=False)
    op.create_index("ix_fund_hold_replaces", "fund_hold", ["replaces_id"], unique=True)
    op.create_index("ix_fund_hold_thing", "fund_hold", ["thing_kind", "thing_id"], unique=False)
    op.create_index(
        "uq_fund_hold_pending",
        "fund_hold",
        ["fund_id", "thing_kind", "thing_id"],
        unique=True,
        **only("state = 'pending'"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("fund_hold")
    op.drop_table("fund_permit")
    op.drop_table("fund_user")
    op.drop_table("fund")
