"""Formal quotes, whose content never changes, and the framework agreements under which they are accepted."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIXED = (
    "institution_id", "year", "position", "lab_id", "instrument_id", "payer_institution_id", "payer_person_id",
    "asked_by_id", "starts_at", "ends_at", "mode", "version_id", "customer_class", "currency", "total_units",
    "valid_until",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    _agreements()
    _counter()
    _quotes()
    _keep()


def _agreements() -> None:
    op.create_table(
        "framework_agreement",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("published_by_id", Id, nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("text_en <> '' AND text_zh <> ''", name="ck_framework_agreement_texts"),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"]),
        sa.ForeignKeyConstraint(["published_by_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("institution_id", "number"),
    )
    op.create_table(
        "agreement_acceptance",
        sa.Column("id", Id, nullable=False),
        sa.Column("agreement_id", Id, nullable=False),
        sa.Column("payer_institution_id", Id, nullable=True),
        sa.Column("payer_person_id", Id, nullable=True),
        sa.Column("accepted_by_id", Id, nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(payer_institution_id IS NULL) <> (payer_person_id IS NULL)",
            name="ck_agreement_acceptance_one_payer",
        ),
        sa.ForeignKeyConstraint(["agreement_id"], ["framework_agreement.id"]),
        sa.ForeignKeyConstraint(["payer_institution_id"], ["institution.id"]),
        sa.ForeignKeyConstraint(["payer_person_id"], ["person.id"]),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["person.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "uq_agreement_acceptance_payer",
        "agreement_acceptance",
        [
            "agreement_id",
            sa.text("coalesce(payer_institution_id, 0)"),
            sa.text("coalesce(payer_person_id, 0)"),
        ],
        unique=True,
    )


def _counter() -> None:
    op.create_table(
        "formal_quote_counter",
        sa.Column("institution_id", Id, autoincrement=False, nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["institution_id"], ["institution.id"]),
        sa.PrimaryKeyConstraint("institution_id", "year"),
    )


def _quotes() -> None:
    op.create_table(
        "formal_quote",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("payer_institution_id", Id, nullable=True),
        sa.Column("payer_person_id", Id, nullable=True),
        sa.Column("asked_by_id", Id, nullable=False),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.String(length=12), server_default="service", nullable=False),
        sa.Column("title", sa.String(length=200), server_default="", nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("customer_class", sa.String(length=30), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_units", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="offered", nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("accepted_by_id", Id, nullable=True),
        sa.Column("agreement_id", Id, nullable=True),
        sa.Column("reservation_id", Id, nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(payer_institution_id IS NULL) <> (payer_person_id IS NULL)", name="ck_formal_quote_one_payer"
        ),
        sa.CheckConstraint("starts_at < ends_at", name="ck_formal_quote_span"),
        sa.CheckConstraint("mode IN ('self', 'assisted', 'service')", name="ck_formal_quote_mode"),
        sa.CheckConstraint("length(currency) = 3", name="ck_formal_quote_currency"),
        sa.CheckConstraint("total_units >= 0", name="ck_formal_quote_total"),
        sa.CheckConstraint(
            "state IN ('offered', 'accepted', 'declined', 'withdrawn', 'expired')", name="ck_formal_quote_state"
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (reservation_id IS NOT NULL)", name="ck_formal_quote_accepted"
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (accepted_by_id IS NOT NULL)", name="ck_formal_quote_accepted_by"
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"])
            for column, table in (
                ("institution_id", "institution"), ("lab_id", "lab"), ("instrument_id", "instrument"),
                ("payer_institution_id", "institution"), ("payer_person_id", "person"), ("asked_by_id", "person"),
                ("group_id", "research_group"), ("version_id", "rate_version"), ("accepted_by_id", "person"),
                ("agreement_id", "framework_agreement"), ("reservation_id", "reservation"),
            )
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("institution_id", "year", "position"),
        sa.UniqueConstraint("reservation_id"),
    )  # fmt: skip
    for name, columns in (
        ("ix_formal_quote_payer", ["payer_institution_id", "id"]),
        ("ix_formal_quote_asker", ["asked_by_id", "id"]),
        ("ix_formal_quote_lab", ["lab_id", "id"]),
        ("ix_formal_quote_open", ["state", "valid_until"]),
        ("ix_formal_quote_instrument_id", ["instrument_id"]),
    ):
        op.create_index(name, "formal_quote", columns)


def _keep() -> None:
    """What was put on paper, and what was agreed upon, stays; an accepted quote stays accepted."""
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql()
        return
    other = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)
    for name, event, when in (
        ("formal_quote_kept", "UPDATE ON formal_quote", f"OLD.state <> 'offered' OR {other}"),
        ("formal_quote_gone", "DELETE ON formal_quote", "OLD.state = 'accepted'"),
        ("framework_agreement_kept", "UPDATE ON framework_agreement", "true"),
        ("agreement_acceptance_kept", "UPDATE ON agreement_acceptance", "true"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} WHEN {when} BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )


def _keep_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION formal_quote_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '%', TG_NAME USING ERRCODE = '23514'; END $$"
    )
    other = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED)
    for name, event, when in (
        ("formal_quote_kept", "UPDATE ON formal_quote", f"OLD.state <> 'offered' OR {other}"),
        ("formal_quote_gone", "DELETE ON formal_quote", "OLD.state = 'accepted'"),
        ("framework_agreement_kept", "UPDATE ON framework_agreement", "true"),
        ("agreement_acceptance_kept", "UPDATE ON agreement_acceptance", "true"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION formal_quote_refuse()"
        )


def downgrade() -> None:
    """Take back."""
    for table in ("formal_quote", "formal_quote_counter", "agreement_acceptance", "framework_agreement"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION formal_quote_refuse()")
