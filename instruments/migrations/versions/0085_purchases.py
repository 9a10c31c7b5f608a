"""Reviews of proposed purchases, and what they compare with; what is signed never changes."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Amount, Id, Instant

revision = "0085"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    _review()
    op.create_table(
        "purchase_alternative",
        sa.Column("review_id", Id, autoincrement=False, nullable=False),
        sa.Column("instrument_id", Id, autoincrement=False, nullable=False),
        sa.Column("substitutable", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("kept", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("substitutable OR reason <> ''", name="ck_purchase_alternative_reason"),
        sa.ForeignKeyConstraint(
            ["review_id"], ["purchase_review.id"], ondelete="CASCADE",
            name="fk_purchase_alternative_review_id_purchase_review",
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_purchase_alternative_instrument_id_instrument"
        ),
        sa.PrimaryKeyConstraint("review_id", "instrument_id", name="pk_purchase_alternative"),
    )  # fmt: skip
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql()
    else:
        _keep_on_sqlite()


def _review() -> None:
    op.create_table(
        "purchase_review",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("class_code", sa.String(length=6), nullable=True),
        sa.Column("amount", Amount, nullable=True),
        sa.Column("currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("need", sa.Text(), server_default="", nullable=False),
        sa.Column("period", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="draft", nullable=False),
        sa.Column("conclusion", sa.String(length=12), server_default="", nullable=False),
        sa.Column("opinion", sa.Text(), server_default="", nullable=False),
        sa.Column("made_by_id", Id, nullable=True),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("signed_by_id", Id, nullable=True),
        sa.Column("signed_at", Instant, nullable=True),
        sa.Column("signer_en", sa.String(length=200), server_default="", nullable=False),
        sa.Column("signer_zh", sa.String(length=200), server_default="", nullable=False),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('draft', 'signed')", name="ck_purchase_review_state"),
        sa.CheckConstraint("name <> ''", name="ck_purchase_review_name"),
        sa.CheckConstraint("amount IS NULL OR amount >= 0", name="ck_purchase_review_amount"),
        sa.CheckConstraint(
            "conclusion IN ('', 'buy', 'conditions', 'share')", name="ck_purchase_review_conclusion"
        ),
        sa.CheckConstraint(
            "state <> 'signed' OR (signed_at IS NOT NULL AND opinion <> '' AND conclusion <> '' AND digest <> '')",
            name="ck_purchase_review_signed",
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=f"fk_purchase_review_{column}_{target.split('.')[0]}")
            for column, target in (
                ("institution_id", "institution.id"), ("class_code", "instrument_class.code"),
                ("made_by_id", "person.id"), ("signed_by_id", "person.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_purchase_review"),
    )  # fmt: skip
    op.create_index("ix_purchase_review_institution", "purchase_review", ["institution_id", "id"])


def _keep_on_sqlite() -> None:
    """What is signed stays as it is, whoever writes: the review, and what it compares with."""
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER purchase_signed_{event.lower()} BEFORE {event} ON purchase_review"
            " WHEN OLD.state = 'signed' BEGIN SELECT RAISE(ABORT, 'purchase_signed'); END"
        )
    for event, whose in (
        ("INSERT", "NEW.review_id"),
        ("UPDATE", "OLD.review_id, NEW.review_id"),
        ("DELETE", "OLD.review_id"),
    ):
        op.execute(
            f"CREATE TRIGGER purchase_alternative_signed_{event.lower()} BEFORE {event} ON purchase_alternative"
            f" WHEN EXISTS (SELECT 1 FROM purchase_review WHERE id IN ({whose}) AND state = 'signed')"
            " BEGIN SELECT RAISE(ABORT, 'purchase_alternative_signed'); END"
        )


def _keep_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION purchase_signed() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '%', TG_NAME USING ERRCODE = '23514'; END $$"
    )
    op.execute(
        "CREATE FUNCTION purchase_alternative_signed() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN"
        " IF EXISTS (SELECT 1 FROM purchase_review WHERE state = 'signed' AND id IN (OLD.review_id, NEW.review_id)) THEN"
        " RAISE EXCEPTION '%', TG_NAME USING ERRCODE = '23514'; END IF;"
        " RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;"
        " END $$"
    )
    op.execute(
        "CREATE TRIGGER purchase_signed BEFORE UPDATE OR DELETE ON purchase_review FOR EACH ROW"
        " WHEN (OLD.state = 'signed') EXECUTE FUNCTION purchase_signed()"
    )
    op.execute(
        "CREATE TRIGGER purchase_alternative_signed BEFORE INSERT OR UPDATE OR DELETE ON purchase_alternative"
        " FOR EACH ROW EXECUTE FUNCTION purchase_alternative_signed()"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("purchase_alternative")
    op.drop_table("purchase_review")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION purchase_alternative_signed()")
        op.execute("DROP FUNCTION purchase_signed()")
