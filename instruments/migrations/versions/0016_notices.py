"""Notices, their deliveries, what people wish to be told, and how far the journal has been read."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNREAD = "in_app AND read_at IS NULL"


def upgrade() -> None:
    """Apply."""
    _notices()
    _deliveries()
    _preferences()
    _mark()
    op.create_index("ix_reservation_starts", "reservation", ["starts_at"], unique=False)


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("said", sa.String(length=20), nullable=False),
        sa.Column("occasion", sa.String(length=80), nullable=False),
        sa.Column("journal_id", Id, nullable=True),
        sa.Column("thing_kind", sa.String(length=30), nullable=False),
        sa.Column("thing_id", Id, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("in_app", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_notice_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("occasion", "person_id", "kind", name="uq_notice_occasion_person_id_kind"),
    )
    op.create_index("ix_notice_person", "notice", ["person_id", "id"], unique=False)
    op.create_index("ix_notice_journal", "notice", ["journal_id"], unique=False)
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["person_id"],
        unique=False,
        postgresql_where=sa.text(UNREAD),
        sqlite_where=sa.text(UNREAD),
    )


def _deliveries() -> None:
    op.create_table(
        "notice_delivery",
        sa.Column("id", Id, nullable=False),
        sa.Column("notice_id", Id, nullable=False),
        sa.Column("channel", sa.String(length=10), server_default="mail", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="due", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.String(length=300), server_default="", nullable=False),
        sa.CheckConstraint("channel IN ('mail')", name="ck_notice_delivery_channel"),
        sa.CheckConstraint("state IN ('due', 'sending', 'sent', 'failed')", name="ck_notice_delivery_state"),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name="fk_notice_delivery_notice_id_notice", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice_delivery"),
        sa.UniqueConstraint("notice_id", "channel", name="uq_notice_delivery_notice_id_channel"),
    )
    op.create_index("ix_notice_delivery_next", "notice_delivery", ["state", "next_at"], unique=False)


def _preferences() -> None:
    op.create_table(
        "notice_preference",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.CheckConstraint("hours BETWEEN 1 AND 168", name="ck_notice_preference_hours"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_notice_preference_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name="pk_notice_preference"),
    )


def _mark() -> None:
    op.create_table(
        "notice_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("settled_id", Id, server_default="0", nullable=False),
        sa.Column("seen_id", Id, server_default="0", nullable=False),
        sa.Column("seen_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("seen_horizon", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name="ck_notice_mark_one"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_mark"),
    )
    # What was done before there were notices is told to nobody.
    op.execute(
        "INSERT INTO notice_mark (id, settled_id, seen_id)"
        " SELECT 1, last, last FROM (SELECT max(id) AS last FROM journal_entry) AS journal WHERE last IS NOT NULL"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_reservation_starts", table_name="reservation")
    for table in ("notice_mark", "notice_preference", "notice_delivery", "notice"):
        op.drop_table(table)
