"""Feeds for calendars, subscriptions to outside calendars, and the busy time they bring."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ONE_OWNER = "(lab_id IS NULL) <> (instrument_id IS NULL)"


def upgrade() -> None:
    """Apply."""
    op.add_column("closure", sa.Column("changed_at", sa.BigInteger(), nullable=True))
    _feeds()
    _subscriptions()
    _busy_times()


def _owned(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.CheckConstraint(ONE_OWNER, name=f"ck_{table}_one_owner"),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name=f"fk_{table}_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name=f"fk_{table}_lab_id_lab", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def _feeds() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_calendar_feed_lab_id_lab", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_calendar_feed_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feed"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_feed_token_hash"),
    )
    op.create_index("ix_calendar_feed_person_id", "calendar_feed", ["person_id"], unique=False)
    op.create_index("ix_calendar_feed_lab_id", "calendar_feed", ["lab_id"], unique=False)


def _subscriptions() -> None:
    op.create_table(
        "calendar_subscription",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=2000), server_default="", nullable=False),
        sa.Column("host", sa.String(length=255), server_default="", nullable=False),
        sa.Column("state", sa.String(length=10), server_default="active", nullable=False),
        sa.Column("body", sa.String(length=200), server_default="", nullable=False),
        sa.Column("upload", sa.String(length=200), server_default="", nullable=False),
        sa.Column("etag", sa.String(length=300), server_default="", nullable=False),
        sa.Column("last_modified", sa.String(length=100), server_default="", nullable=False),
        sa.Column("body_hash", sa.String(length=64), server_default="", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("succeeded_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("report", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("read_until", sa.BigInteger(), nullable=True),
        sa.Column("created_by_id", Id, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'paused')", name="ck_calendar_subscription_state"),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["person.id"], name="fk_calendar_subscription_created_by_id_person"
        ),
        *_owned("calendar_subscription"),
    )
    for name, columns in {
        "due": ["state", "due_at"],
        "lab": ["lab_id"],
        "instrument": ["instrument_id"],
        "host": ["host", "leased_until"],
    }.items():
        op.create_index(f"ix_calendar_subscription_{name}", "calendar_subscription", columns, unique=False)


def _busy_times() -> None:
    op.create_table(
        "busy_time",
        sa.Column("id", Id, nullable=False),
        sa.Column("subscription_id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="ck_busy_time_span"),
        *_owned("busy_time"),
    )
    for name, columns in {
        "lab": ["lab_id", "ends_at"],
        "instrument": ["instrument_id", "ends_at"],
        "span": ["ends_at", "starts_at"],
        "subscription": ["subscription_id", "ends_at"],
    }.items():
        op.create_index(f"ix_busy_time_{name}", "busy_time", columns, unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("busy_time")
    op.drop_table("calendar_subscription")
    op.drop_table("calendar_feed")
    op.drop_column("closure", "changed_at")
