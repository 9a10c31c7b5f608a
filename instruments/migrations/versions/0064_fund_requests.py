"""Requests for the right to charge a fund."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id, Instant

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "fund_request",
        sa.Column("id", Id, nullable=False),
        sa.Column("asker_id", Id, nullable=False),
        sa.Column("home_id", Id, nullable=True),
        sa.Column("said", sa.String(length=254), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("holder_id", Id, nullable=True),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="open", nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
        sa.Column("ended_by_id", Id, nullable=True),
        sa.Column("fund_id", Id, nullable=True),
        sa.Column("message", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("said <> ''", name="ck_fund_request_said"),
        sa.CheckConstraint("words <> ''", name="ck_fund_request_words"),
        sa.CheckConstraint(
            "state IN ('open', 'granted', 'declined', 'withdrawn', 'expired')", name="ck_fund_request_state"
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ck_fund_request_ended"),
        sa.CheckConstraint("(state = 'granted') = (fund_id IS NOT NULL)", name="ck_fund_request_granted"),
        sa.ForeignKeyConstraint(["asker_id"], ["person.id"], name="fk_fund_request_asker_id_person"),
        sa.ForeignKeyConstraint(["home_id"], ["institution.id"], name="fk_fund_request_home_id_institution"),
        sa.ForeignKeyConstraint(["holder_id"], ["person.id"], name="fk_fund_request_holder_id_person"),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name="fk_fund_request_ended_by_id_person"),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name="fk_fund_request_fund_id_fund"),
        sa.PrimaryKeyConstraint("id", name="pk_fund_request"),
    )
    waiting = sa.text("state = 'open'")
    op.create_index("ix_fund_request_asker", "fund_request", ["asker_id", "id"], unique=False)
    for name, columns, unique in (
        ("uq_fund_request_open", ["asker_id", "said"], True),
        ("ix_fund_request_home", ["home_id", "said"], False),
        ("ix_fund_request_holder", ["holder_id"], False),
        ("ix_fund_request_expiry", ["expires_at"], False),
    ):
        op.create_index(
            name, "fund_request", columns, unique=unique, postgresql_where=waiting, sqlite_where=waiting
        )


def downgrade() -> None:
    """Take back."""
    op.drop_table("fund_request")
