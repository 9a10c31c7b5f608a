"""The waitlist, what it offers, and the demand that was not met."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, sa.TextClause]:
    """An index over some of the rows, on both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    """Apply."""
    _requests()
    _offers()
    _demand()


def _requests() -> None:
    op.create_table(
        "wait_request",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("asker_id", Id, nullable=False),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("class_code", sa.String(length=6), nullable=True),
        sa.Column("place_id", Id, nullable=True),
        sa.Column("earliest", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.Column("length_seconds", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=12), server_default="research", nullable=False),
        sa.Column("state", sa.String(length=12), server_default="waiting", nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("reservation_id", Id, nullable=True),
        sa.Column("looked", sa.String(length=80), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(instrument_id IS NULL) <> (class_code IS NULL)", name="ck_wait_request_one_thing"
        ),
        sa.CheckConstraint(
            "place_id IS NULL OR class_code IS NOT NULL", name="ck_wait_request_place_of_class"
        ),
        sa.CheckConstraint("earliest < latest", name="ck_wait_request_span"),
        sa.CheckConstraint("length_seconds BETWEEN 300 AND 2678400", name="ck_wait_request_length"),
        sa.CheckConstraint("length_seconds <= latest - earliest", name="ck_wait_request_fits"),
        sa.CheckConstraint(
            "purpose IN ('teaching', 'research', 'development', 'service')", name="ck_wait_request_purpose"
        ),
        sa.CheckConstraint("state IN ('waiting', 'met', 'withdrawn', 'over')", name="ck_wait_request_state"),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ck_wait_request_ended"),
        sa.CheckConstraint("(state = 'met') = (reservation_id IS NOT NULL)", name="ck_wait_request_met"),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name="fk_wait_request_user_id_person"),
        sa.ForeignKeyConstraint(["asker_id"], ["person.id"], name="fk_wait_request_asker_id_person"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["research_group.id"], name="fk_wait_request_group_id_research_group"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_wait_request_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["class_code"], ["instrument_class.code"], name="fk_wait_request_class_code_instrument_class"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["institution.id"], name="fk_wait_request_place_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name="fk_wait_request_reservation_id_reservation"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_wait_request"),
    )
    op.create_index("ix_wait_request_user", "wait_request", ["user_id", "state"])
    op.create_index("ix_wait_request_asker", "wait_request", ["asker_id", "state"])
    op.create_index("ix_wait_request_instrument", "wait_request", ["instrument_id", "state"])
    op.create_index(
        "ix_wait_request_waiting", "wait_request", ["asked_at", "id"], **only("state = 'waiting'")
    )
    same = [
        "user_id", sa.text("coalesce(instrument_id, 0)"), sa.text("coalesce(class_code, '')"),
        sa.text("coalesce(place_id, 0)"), "earliest", "latest", "length_seconds",
    ]  # fmt: skip
    op.create_index("uq_wait_request_same", "wait_request", same, unique=True, **only("state = 'waiting'"))


def _offers() -> None:
    op.create_table(
        "wait_offer",
        sa.Column("id", Id, nullable=False),
        sa.Column("request_id", Id, nullable=False),
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="open", nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("starts_at < ends_at", name="ck_wait_offer_span"),
        sa.CheckConstraint("offered_at < expires_at AND expires_at <= starts_at", name="ck_wait_offer_life"),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'expired', 'lapsed')", name="ck_wait_offer_state"
        ),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="ck_wait_offer_closed"),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["wait_request.id"],
            name="fk_wait_offer_request_id_wait_request",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_wait_offer_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_wait_offer"),
    )
    op.create_index("uq_wait_offer_open", "wait_offer", ["request_id"], unique=True, **only("state = 'open'"))
    op.create_index("ix_wait_offer_request", "wait_offer", ["request_id", "id"])
    op.create_index("ix_wait_offer_instrument", "wait_offer", ["instrument_id", "state"])
    op.create_index("ix_wait_offer_expiry", "wait_offer", ["state", "expires_at"])


def _demand() -> None:
    op.create_table(
        "unmet_demand",
        sa.Column("id", Id, nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("class_code", sa.String(length=6), nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("place_id", Id, nullable=True),
        sa.Column("city", sa.String(length=80), server_default="", nullable=False),
        sa.Column("earliest", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.BigInteger(), nullable=False),
        sa.Column("length_seconds", sa.Integer(), nullable=False),
        sa.Column("asker_institution_id", Id, nullable=True),
        sa.Column("asker_kind", sa.String(length=12), server_default="", nullable=False),
        sa.Column("once", sa.String(length=64), server_default="", nullable=False),
        sa.CheckConstraint("source IN ('search', 'waitlist')", name="ck_unmet_demand_source"),
        sa.CheckConstraint("earliest < latest", name="ck_unmet_demand_span"),
        sa.CheckConstraint("length_seconds > 0", name="ck_unmet_demand_length"),
        sa.ForeignKeyConstraint(
            ["class_code"], ["instrument_class.code"], name="fk_unmet_demand_class_code_instrument_class"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_unmet_demand_instrument_id_instrument",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["institution.id"], name="fk_unmet_demand_place_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["asker_institution_id"],
            ["institution.id"],
            name="fk_unmet_demand_asker_institution_id_institution",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_unmet_demand"),
    )
    op.create_index(
        "uq_unmet_demand_once", "unmet_demand", ["noted_on", "once"], unique=True, **only("once <> ''")
    )
    op.create_index("ix_unmet_demand_place", "unmet_demand", ["place_id", "noted_on"])
    op.create_index("ix_unmet_demand_asker", "unmet_demand", ["asker_institution_id", "noted_on"])
    op.create_index("ix_unmet_demand_class", "unmet_demand", ["class_code", "noted_on"])


def downgrade() -> None:
    """Undo."""
    for table in ("unmet_demand", "wait_offer", "wait_request"):
        op.drop_table(table)
