"""Qualifications, safety admissions, what instruments ask of their users, and who else is present."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "qualification_list",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("brought_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_qualification_list_lab_id_lab", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_qualification_list_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_qualification_list"),
    )
    op.create_index("ix_qualification_list_lab", "qualification_list", ["lab_id"], unique=False)
    op.create_table(
        "qualified_technique",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("name_en", sa.String(length=120), server_default="", nullable=False),
        sa.Column("name_zh", sa.String(length=120), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("name_en <> '' OR name_zh <> ''", name="ck_qualified_technique_named"),
        sa.CheckConstraint(
            "(lab_id IS NULL) <> (institution_id IS NULL)", name="ck_qualified_technique_one_owner"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name="fk_qualified_technique_institution_id_institution",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_qualified_technique_lab_id_lab", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_qualified_technique"),
    )
    op.create_index(
        "ix_qualified_technique_institution", "qualified_technique", ["institution_id"], unique=False
    )
    op.create_index("ix_qualified_technique_lab", "qualified_technique", ["lab_id"], unique=False)
    op.create_table(
        "safety_admission",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("exam", sa.String(length=120), server_default="", nullable=False),
        sa.Column("result", sa.String(length=120), server_default="", nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("granted_by_id", Id, nullable=True),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.String(length=64), server_default="", nullable=False),
        sa.Column("evidence_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by_id", Id, nullable=True),
        sa.Column("revoked_why", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "granted_by_id IS NULL OR granted_by_id <> person_id",
            name="ck_safety_admission_granted_by_another",
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["person.id"], name="fk_safety_admission_granted_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_safety_admission_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_safety_admission_person_id_person"),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["person.id"], name="fk_safety_admission_revoked_by_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_safety_admission"),
    )
    op.create_index("ix_safety_admission_person", "safety_admission", ["person_id"], unique=False)
    op.create_index("ix_safety_admission_valid", "safety_admission", ["valid_until"], unique=False)
    op.create_index(
        "uq_safety_admission",
        "safety_admission",
        ["institution_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "qualification",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("technique_id", Id, nullable=True),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("granted_by_id", Id, nullable=True),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(length=64), server_default="", nullable=False),
        sa.Column("evidence_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("remark", sa.String(length=300), server_default="", nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by_id", Id, nullable=True),
        sa.Column("revoked_why", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("level IN ('assisted', 'independent', 'night')", name="ck_qualification_level"),
        sa.CheckConstraint(
            "(instrument_id IS NULL) <> (technique_id IS NULL)", name="ck_qualification_one_subject"
        ),
        sa.CheckConstraint(
            "granted_by_id IS NULL OR granted_by_id <> person_id", name="ck_qualification_granted_by_another"
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["person.id"], name="fk_qualification_granted_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_qualification_instrument_id_instrument"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_qualification_person_id_person"),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["person.id"], name="fk_qualification_revoked_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"],
            ["qualified_technique.id"],
            name="fk_qualification_technique_id_qualified_technique",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_qualification"),
    )
    op.create_index("ix_qualification_expires", "qualification", ["expires_on"], unique=False)
    op.create_index("ix_qualification_person", "qualification", ["person_id"], unique=False)
    op.create_index(
        "uq_qualification_instrument",
        "qualification",
        ["instrument_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(
        "uq_qualification_technique",
        "qualification",
        ["technique_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "qualification_request",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("level", sa.String(length=12), nullable=True),
        sa.Column("words", sa.String(length=500), server_default="", nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="open", nullable=False),
        sa.Column("message", sa.String(length=500), server_default="", nullable=False),
        sa.Column("answered_by_id", Id, nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "level IN ('assisted', 'independent', 'night')", name="ck_qualification_request_level"
        ),
        sa.CheckConstraint(
            "state IN ('open', 'invited', 'granted', 'declined', 'withdrawn')",
            name="ck_qualification_request_state",
        ),
        sa.CheckConstraint(
            "(lab_id IS NULL) = (instrument_id IS NULL)", name="ck_qualification_request_one_kind"
        ),
        sa.CheckConstraint(
            "(level IS NULL) = (instrument_id IS NULL)", name="ck_qualification_request_level_for_instrument"
        ),
        sa.CheckConstraint(
            "answered_by_id IS NULL OR answered_by_id <> person_id",
            name="ck_qualification_request_answered_by_another",
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name="fk_qualification_request_answered_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_qualification_request_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_qualification_request_instrument_id_instrument"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_qualification_request_lab_id_lab"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_qualification_request_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_qualification_request"),
    )
    op.create_index(
        "ix_qualification_request_institution",
        "qualification_request",
        ["institution_id", "state"],
        unique=False,
    )
    op.create_index(
        "ix_qualification_request_lab", "qualification_request", ["lab_id", "state"], unique=False
    )
    op.create_index(
        "uq_qualification_request_admission",
        "qualification_request",
        ["person_id", "institution_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'invited') AND instrument_id IS NULL"),
        postgresql_where=sa.text("state IN ('open', 'invited') AND instrument_id IS NULL"),
    )
    op.create_index(
        "uq_qualification_request_instrument",
        "qualification_request",
        ["person_id", "instrument_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'invited') AND instrument_id IS NOT NULL"),
        postgresql_where=sa.text("state IN ('open', 'invited') AND instrument_id IS NOT NULL"),
    )
    op.create_table(
        "qualification_rule",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("in_force", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("level", sa.String(length=12), server_default="", nullable=False),
        sa.Column("night_level", sa.String(length=12), server_default="", nullable=False),
        sa.Column("night_from", sa.Integer(), nullable=True),
        sa.Column("night_until", sa.Integer(), nullable=True),
        sa.Column("days_off", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("admission", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("two_at_night", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("two_if_hazardous", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("level IN ('', 'assisted', 'independent')", name="ck_qualification_rule_level"),
        sa.CheckConstraint(
            "night_from IS NOT NULL OR (night_level = '' AND NOT two_at_night)",
            name="ck_qualification_rule_night_known",
        ),
        sa.CheckConstraint(
            "night_level IN ('', 'independent', 'night')", name="ck_qualification_rule_night_level"
        ),
        sa.CheckConstraint(
            "(lab_id IS NULL) <> (instrument_id IS NULL)", name="ck_qualification_rule_one_owner"
        ),
        sa.CheckConstraint(
            "(night_from IS NULL) = (night_until IS NULL)", name="ck_qualification_rule_night_whole"
        ),
        sa.CheckConstraint(
            "night_from BETWEEN 0 AND 1439 AND night_until BETWEEN 0 AND 1439 AND night_from <> night_until",
            name="ck_qualification_rule_night",
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_qualification_rule_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_qualification_rule_lab_id_lab", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_qualification_rule"),
        sa.UniqueConstraint("instrument_id", name="uq_qualification_rule_instrument_id"),
        sa.UniqueConstraint("lab_id", name="uq_qualification_rule_lab_id"),
    )
    op.create_table(
        "technique_instrument",
        sa.Column("technique_id", Id, nullable=False),
        sa.Column("instrument_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_technique_instrument_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"],
            ["qualified_technique.id"],
            name="fk_technique_instrument_technique_id_qualified_technique",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("technique_id", "instrument_id", name="pk_technique_instrument"),
    )
    op.create_index(
        "ix_technique_instrument_instrument", "technique_instrument", ["instrument_id"], unique=False
    )
    op.add_column(
        "reservation", sa.Column("hazardous", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    # Written out, because SQLite takes a constraint only together with its column.
    number = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE reservation ADD COLUMN second_id {number}"
        " CONSTRAINT fk_reservation_second_id_person REFERENCES person (id)"
        " CONSTRAINT ck_reservation_second_is_another CHECK (second_id <> user_id)"
    )
    op.create_index("ix_reservation_second", "reservation", ["second_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_reservation_second", "reservation")
    op.drop_column("reservation", "second_id")
    op.drop_column("reservation", "hazardous")
    for table in (
        "qualification_list",
        "technique_instrument",
        "qualification_rule",
        "qualification_request",
        "qualification",
        "safety_admission",
        "qualified_technique",
    ):
        op.drop_table(table)
