"""Charges with their lines and shares, what they lack, and what was decided for uses that lacked it."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    _make_charge()
    _make_charge_missing()
    _make_use_payer()
    _make_use_price()
    _make_charge_line()
    _make_charge_share()


def _make_charge() -> None:
    op.create_table(
        "charge",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("use_id", Id, nullable=True),
        sa.Column("customer", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reservation_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("customer_class", sa.String(length=30), server_default="", nullable=False),
        sa.Column("version_id", Id, nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_units", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="draft", nullable=False),
        sa.Column("service_on", sa.Date(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=True),
        sa.Column("reverses_id", Id, nullable=True),
        sa.Column("corrects_id", Id, nullable=True),
        sa.Column("about_id", Id, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("waits_for_second", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("made_by_id", Id, nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by_id", Id, nullable=True),
        sa.Column("posted_at", sa.BigInteger(), nullable=True),
        sa.Column("share_rate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tax_rate", sa.Integer(), server_default="0", nullable=False),
        sa.Column("use_version", sa.Integer(), nullable=True),
        sa.Column("disputable_until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="ck_charge_reversal"),
        sa.CheckConstraint("corrects_id IS NULL OR reason <> ''", name="ck_charge_correction"),
        sa.CheckConstraint("kind <> 'use' OR use_id IS NOT NULL", name="ck_charge_of_use"),
        sa.CheckConstraint(
            "kind IN ('use', 'late', 'no_show', 'adjustment', 'credit', 'waiver', 'write_off', 'reversal')",
            name="ck_charge_kind",
        ),
        sa.CheckConstraint(
            "kind NOT IN ('adjustment', 'credit', 'waiver', 'write_off') OR (reason <> '' AND made_by_id IS NOT NULL)",
            name="ck_charge_by_hand",
        ),
        sa.CheckConstraint(
            "kind NOT IN ('late', 'no_show') OR reservation_id IS NOT NULL", name="ck_charge_of_reservation"
        ),
        sa.CheckConstraint(
            "length(month) = 7 AND substr(month, 5, 1) = '-' AND substr(month, 6, 2) BETWEEN '01' AND '12'",
            name="ck_charge_month",
        ),
        sa.CheckConstraint("state <> 'draft' OR posted_at IS NULL", name="ck_charge_draft"),
        sa.CheckConstraint("state IN ('draft', 'posted', 'disputed', 'reversed')", name="ck_charge_state"),
        sa.CheckConstraint(
            "state NOT IN ('posted', 'reversed') OR posted_at IS NOT NULL", name="ck_charge_posted"
        ),
        sa.CheckConstraint("(month IS NULL) = (posted_at IS NULL)", name="ck_charge_posted_month"),
        sa.CheckConstraint("NOT waits_for_second OR posted_at IS NULL", name="ck_charge_waits"),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> made_by_id", name="ck_charge_second_person"
        ),
        sa.CheckConstraint("length(currency) = 3", name="ck_charge_currency"),
        sa.CheckConstraint(
            "share_rate BETWEEN 0 AND 10000 AND tax_rate BETWEEN 0 AND 10000", name="ck_charge_rates"
        ),
        sa.ForeignKeyConstraint(["about_id"], ["charge.id"], name="fk_charge_about_id_charge"),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name="fk_charge_approved_by_id_person"),
        sa.ForeignKeyConstraint(["corrects_id"], ["charge.id"], name="fk_charge_corrects_id_charge"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["research_group.id"], name="fk_charge_group_id_research_group"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_charge_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_charge_instrument_id_instrument"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_charge_lab_id_lab"),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name="fk_charge_made_by_id_person"),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name="fk_charge_reservation_id_reservation"
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["charge.id"], name="fk_charge_reverses_id_charge"),
        sa.ForeignKeyConstraint(["use_id"], ["use.id"], name="fk_charge_use_id_use"),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name="fk_charge_user_id_person"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["rate_version.id"], name="fk_charge_version_id_rate_version"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_charge"),
        sa.UniqueConstraint("corrects_id", name="uq_charge_corrects_id"),
        sa.UniqueConstraint("key", name="uq_charge_key"),
        sa.UniqueConstraint("reverses_id", name="uq_charge_reverses_id"),
    )
    op.create_index("ix_charge_about", "charge", ["about_id"], unique=False)
    op.create_index("ix_charge_books", "charge", ["institution_id", "month"], unique=False)
    op.create_index("ix_charge_group", "charge", ["group_id", "service_on", "id"], unique=False)
    op.create_index("ix_charge_lab", "charge", ["lab_id", "service_on", "id"], unique=False)
    op.create_index(
        "ix_charge_not_posted",
        "charge",
        ["id"],
        unique=False,
        postgresql_where=sa.text("posted_at IS NULL"),
        sqlite_where=sa.text("posted_at IS NULL"),
    )
    op.create_index("ix_charge_reservation", "charge", ["reservation_id"], unique=False)
    op.create_index("ix_charge_user", "charge", ["user_id", "service_on", "id"], unique=False)
    op.create_index(
        "uq_charge_live_no_show",
        "charge",
        ["reservation_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'no_show' AND state <> 'reversed'"),
        sqlite_where=sa.text("kind = 'no_show' AND state <> 'reversed'"),
    )
    op.create_index(
        "uq_charge_live_use",
        "charge",
        ["use_id", "customer"],
        unique=True,
        postgresql_where=sa.text("kind = 'use' AND state <> 'reversed'"),
        sqlite_where=sa.text("kind = 'use' AND state <> 'reversed'"),
    )


def _make_charge_missing() -> None:
    op.create_table(
        "charge_missing",
        sa.Column("use_id", Id, autoincrement=False, nullable=False),
        sa.Column("customer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("codes", sa.String(length=200), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("use_version", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("codes <> ''", name="ck_charge_missing_codes"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_charge_missing_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_charge_missing_lab_id_lab"),
        sa.ForeignKeyConstraint(
            ["use_id"], ["use.id"], name="fk_charge_missing_use_id_use", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("use_id", "customer", name="pk_charge_missing"),
    )
    op.create_index("ix_charge_missing_institution_id", "charge_missing", ["institution_id"], unique=False)
    op.create_index("ix_charge_missing_lab", "charge_missing", ["lab_id", "use_id"], unique=False)


def _make_use_payer() -> None:
    op.create_table(
        "use_payer",
        sa.Column("use_id", Id, autoincrement=False, nullable=False),
        sa.Column("customer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fund_id", Id, nullable=True),
        sa.Column("payer_institution_id", Id, nullable=True),
        sa.Column("payer_person_id", Id, nullable=True),
        sa.Column("percent", sa.String(length=30), server_default="100", nullable=False),
        sa.Column("decided_by_id", Id, nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN fund_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN payer_institution_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN payer_person_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="ck_use_payer_one_payer",
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_use_payer_decided_by_id_person"),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name="fk_use_payer_fund_id_fund"),
        sa.ForeignKeyConstraint(
            ["payer_institution_id"], ["institution.id"], name="fk_use_payer_payer_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["payer_person_id"], ["person.id"], name="fk_use_payer_payer_person_id_person"
        ),
        sa.ForeignKeyConstraint(["use_id"], ["use.id"], name="fk_use_payer_use_id_use", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("use_id", "customer", "position", name="pk_use_payer"),
    )


def _make_use_price() -> None:
    op.create_table(
        "use_price",
        sa.Column("use_id", Id, autoincrement=False, nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by_id", Id, nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("reason <> ''", name="ck_use_price_reason"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name="fk_use_price_decided_by_id_person"),
        sa.ForeignKeyConstraint(["use_id"], ["use.id"], name="fk_use_price_use_id_use", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["rate_version.id"], name="fk_use_price_version_id_rate_version"
        ),
        sa.PrimaryKeyConstraint("use_id", name="pk_use_price"),
    )


def _make_charge_line() -> None:
    op.create_table(
        "charge_line",
        sa.Column("charge_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("quantity_above", sa.BigInteger(), nullable=False),
        sa.Column("quantity_below", sa.BigInteger(), nullable=False),
        sa.Column("price_units", sa.BigInteger(), nullable=False),
        sa.Column("factor", sa.String(length=30), nullable=False),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("customer_class", sa.String(length=30), server_default="", nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind <> ''", name="ck_charge_line_kind"),
        sa.CheckConstraint("quantity_below > 0", name="ck_charge_line_quantity"),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name="fk_charge_line_charge_id_charge", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("charge_id", "position", name="pk_charge_line"),
    )


def _make_charge_share() -> None:
    op.create_table(
        "charge_share",
        sa.Column("charge_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("route", sa.String(length=10), nullable=False),
        sa.Column("taxed", sa.Boolean(), nullable=False),
        sa.Column("fund_id", Id, nullable=True),
        sa.Column("programme_id", Id, nullable=True),
        sa.Column("payer_institution_id", Id, nullable=True),
        sa.Column("payer_person_id", Id, nullable=True),
        sa.Column("payer_group_id", Id, nullable=True),
        sa.Column("percent", sa.String(length=30), server_default="100", nullable=False),
        sa.Column("customer_class", sa.String(length=30), server_default="", nullable=False),
        sa.Column("amount_units", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.CheckConstraint("(role = 'payer') = (programme_id IS NULL)", name="ck_charge_share_programme"),
        sa.CheckConstraint("role IN ('payer', 'programme', 'later')", name="ck_charge_share_role"),
        sa.CheckConstraint("route <> 'internal' OR fund_id IS NOT NULL", name="ck_charge_share_internal"),
        sa.CheckConstraint(
            "route IN ('internal', 'receivable', 'prepaid', 'claim')", name="ck_charge_share_route"
        ),
        sa.CheckConstraint(
            "(payer_institution_id IS NULL) <> (payer_person_id IS NULL)", name="ck_charge_share_one_payer"
        ),
        sa.ForeignKeyConstraint(
            ["charge_id"], ["charge.id"], name="fk_charge_share_charge_id_charge", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name="fk_charge_share_fund_id_fund"),
        sa.ForeignKeyConstraint(
            ["payer_group_id"], ["research_group.id"], name="fk_charge_share_payer_group_id_research_group"
        ),
        sa.ForeignKeyConstraint(
            ["payer_institution_id"],
            ["institution.id"],
            name="fk_charge_share_payer_institution_id_institution",
        ),
        sa.ForeignKeyConstraint(
            ["payer_person_id"], ["person.id"], name="fk_charge_share_payer_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.id"], name="fk_charge_share_programme_id_programme"
        ),
        sa.PrimaryKeyConstraint("charge_id", "position", name="pk_charge_share"),
    )
    op.create_index("ix_charge_share_fund", "charge_share", ["fund_id"], unique=False)
    op.create_index("ix_charge_share_group", "charge_share", ["payer_group_id"], unique=False)
    op.create_index("ix_charge_share_payer", "charge_share", ["payer_institution_id"], unique=False)
    op.create_index("ix_charge_share_person", "charge_share", ["payer_person_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("charge_share")
    op.drop_table("charge_line")
    op.drop_table("use_price")
    op.drop_table("use_payer")
    op.drop_table("charge_missing")
    op.drop_table("charge")
