"""What was really used: uses with their spans, corrections and counts, settings, and what came of it year by year."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

OUTPUTS = (
    "paper_indexed", "paper_core", "paper_other", "patent_teacher", "patent_student", "award_national",
    "award_provincial", "thesis", "standard", "other",
)  # fmt: skip
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, sa.TextClause]:
    """An index over some of the rows, on both databases."""
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    """Apply."""
    _make_usage_settings()
    _make_use()
    _make_use_correction()
    _make_use_span()
    _make_use_count()
    _make_run_customer()
    _make_instrument_output()
    _make_usage_file()


def _make_usage_settings() -> None:
    op.create_table(
        "usage_settings",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("check_in", sa.String(length=10), nullable=True),
        sa.Column("grace_minutes", sa.Integer(), nullable=True),
        sa.Column("end_after_minutes", sa.Integer(), nullable=True),
        sa.Column("longest_minutes", sa.Integer(), nullable=True),
        sa.Column("confirm_days", sa.Integer(), nullable=True),
        sa.Column("walk_up", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("check_in IN ('off', 'optional', 'required')", name="ck_usage_settings_check_in"),
        sa.CheckConstraint("(lab_id IS NULL) <> (instrument_id IS NULL)", name="ck_usage_settings_one_owner"),
        sa.CheckConstraint("confirm_days BETWEEN 1 AND 60", name="ck_usage_settings_confirm"),
        sa.CheckConstraint("end_after_minutes BETWEEN 0 AND 1440", name="ck_usage_settings_end_after"),
        sa.CheckConstraint("grace_minutes BETWEEN 5 AND 1440", name="ck_usage_settings_grace"),
        sa.CheckConstraint("longest_minutes BETWEEN 30 AND 44640", name="ck_usage_settings_longest"),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_usage_settings_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lab_id"], ["lab.id"], name="fk_usage_settings_lab_id_lab", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_usage_settings"),
        sa.UniqueConstraint("instrument_id", name="uq_usage_settings_instrument_id"),
        sa.UniqueConstraint("lab_id", name="uq_usage_settings_lab_id"),
    )


def _make_use() -> None:
    op.create_table(
        "use",
        sa.Column("id", Id, nullable=False),
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("reservation_id", Id, nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("operator_id", Id, nullable=True),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("reserved_from", sa.BigInteger(), nullable=True),
        sa.Column("reserved_until", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=10), nullable=True),
        sa.Column("state", sa.String(length=12), server_default="running", nullable=False),
        sa.Column("flags", sa.String(length=200), server_default="", nullable=False),
        sa.Column("confirm_by", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by_id", Id, nullable=True),
        sa.Column("confirmed_by_rule", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("operator_minutes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("samples", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=10), server_default="self", nullable=False),
        sa.Column("project", sa.String(length=200), server_default="", nullable=False),
        sa.Column("funding_source", sa.String(length=40), server_default="", nullable=False),
        sa.Column("subject", sa.String(length=3), server_default="", nullable=False),
        sa.Column("contract", sa.String(length=120), server_default="", nullable=False),
        sa.Column("trained_students", sa.Integer(), server_default="0", nullable=False),
        sa.Column("trained_teachers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("trained_others", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rating_words", sa.Text(), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'confirmed') = (confirmed_at IS NOT NULL)", name="ck_use_confirmed"),
        sa.CheckConstraint("ended_by IN ('person', 'rule', 'report')", name="ck_use_ended_by"),
        sa.CheckConstraint(
            "kind <> 'reservation' OR reservation_id IS NOT NULL", name="ck_use_of_reservation"
        ),
        sa.CheckConstraint("kind <> 'run' OR reservation_id IS NULL", name="ck_use_run_alone"),
        sa.CheckConstraint("kind IN ('reservation', 'walk_up', 'run')", name="ck_use_kind"),
        sa.CheckConstraint("mode IN ('self', 'assisted', 'service')", name="ck_use_mode"),
        sa.CheckConstraint(
            "state <> 'confirmed' OR confirmed_by_rule = (confirmed_by_id IS NULL)",
            name="ck_use_confirmed_by",
        ),
        sa.CheckConstraint(
            "state = 'void' OR (state = 'running') = (ended_at IS NULL)", name="ck_use_running"
        ),
        sa.CheckConstraint("state IN ('running', 'waiting', 'confirmed', 'void')", name="ck_use_state"),
        sa.CheckConstraint("(reserved_from IS NULL) = (reserved_until IS NULL)", name="ck_use_reserved_both"),
        sa.CheckConstraint("operator_minutes BETWEEN 0 AND 44640", name="ck_use_operator_minutes"),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="ck_use_rating"),
        sa.CheckConstraint("reserved_from < reserved_until", name="ck_use_reserved_span"),
        sa.CheckConstraint("samples BETWEEN 0 AND 1000000", name="ck_use_samples"),
        sa.CheckConstraint("started_at <= ended_at", name="ck_use_span"),
        sa.CheckConstraint("trained_others BETWEEN 0 AND 10000", name="ck_use_trained_others"),
        sa.CheckConstraint("trained_students BETWEEN 0 AND 10000", name="ck_use_trained_students"),
        sa.CheckConstraint("trained_teachers BETWEEN 0 AND 10000", name="ck_use_trained_teachers"),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["person.id"], name="fk_use_confirmed_by_id_person"),
        sa.ForeignKeyConstraint(["group_id"], ["research_group.id"], name="fk_use_group_id_research_group"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_use_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"], name="fk_use_instrument_id_instrument"),
        sa.ForeignKeyConstraint(["operator_id"], ["person.id"], name="fk_use_operator_id_person"),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name="fk_use_reservation_id_reservation"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["person.id"], name="fk_use_user_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_use"),
    )
    op.create_index("ix_use_group", "use", ["group_id", "started_at"], unique=False)
    op.create_index("ix_use_institution", "use", ["institution_id", "started_at"], unique=False)
    op.create_index("ix_use_instrument", "use", ["instrument_id", "started_at"], unique=False)
    op.create_index("ix_use_running", "use", ["instrument_id"], unique=False, **only("state = 'running'"))
    op.create_index("ix_use_user", "use", ["user_id", "started_at"], unique=False)
    op.create_index("ix_use_waiting", "use", ["confirm_by", "id"], unique=False, **only("state = 'waiting'"))
    op.create_index("uq_use_reservation", "use", ["reservation_id"], unique=True, **only("state <> 'void'"))


def _make_use_correction() -> None:
    op.create_table(
        "use_correction",
        sa.Column("id", Id, nullable=False),
        sa.Column("use_id", Id, nullable=False),
        sa.Column("layer", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("corrected_by_id", Id, nullable=False),
        sa.Column("corrected_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "layer IN ('attended', 'preparation', 'measurement', 'post_processing', 'idle', 'debugging', 'down', 'fault')",
            name="ck_use_correction_layer",
        ),
        sa.CheckConstraint("reason <> ''", name="ck_use_correction_reason"),
        sa.ForeignKeyConstraint(
            ["corrected_by_id"], ["person.id"], name="fk_use_correction_corrected_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["use_id"], ["use.id"], name="fk_use_correction_use_id_use", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_use_correction"),
    )
    op.create_index("ix_use_correction_use", "use_correction", ["use_id"], unique=False)


def _make_use_span() -> None:
    op.create_table(
        "use_span",
        sa.Column("id", Id, nullable=False),
        sa.Column("use_id", Id, nullable=False),
        sa.Column("layer", sa.String(length=16), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("grade", sa.String(length=10), nullable=False),
        sa.Column("reporter", sa.String(length=80), server_default="person", nullable=False),
        sa.Column("source_key", sa.String(length=200), server_default="", nullable=False),
        sa.Column("correction_id", Id, nullable=True),
        sa.Column("recorded_by_id", Id, nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "grade IN ('sensor', 'scan', 'file', 'typed', 'assumed')", name="ck_use_span_grade"
        ),
        sa.CheckConstraint(
            "layer IN ('attended', 'preparation', 'measurement', 'post_processing', 'idle', 'debugging', 'down', 'fault')",
            name="ck_use_span_layer",
        ),
        sa.CheckConstraint(
            "correction_id IS NULL OR ended_at IS NOT NULL", name="ck_use_span_corrected_ends"
        ),
        sa.CheckConstraint("ended_at - started_at <= 2678400", name="ck_use_span_longest"),
        sa.CheckConstraint("started_at < ended_at", name="ck_use_span_span"),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["use_correction.id"],
            name="fk_use_span_correction_id_use_correction",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["person.id"], name="fk_use_span_recorded_by_id_person"),
        sa.ForeignKeyConstraint(["use_id"], ["use.id"], name="fk_use_span_use_id_use", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_use_span"),
    )
    op.create_index("ix_use_span_correction", "use_span", ["correction_id"], unique=False)
    op.create_index("ix_use_span_use", "use_span", ["use_id"], unique=False)
    op.create_index(
        "uq_use_span_open",
        "use_span",
        ["use_id", "reporter", "layer"],
        unique=True,
        **only("ended_at IS NULL"),
    )
    op.create_index(
        "uq_use_span_source", "use_span", ["reporter", "source_key"], unique=True, **only("source_key <> ''")
    )


def _make_use_count() -> None:
    op.create_table(
        "use_count",
        sa.Column("use_id", Id, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("number >= 0", name="ck_use_count_number"),
        sa.ForeignKeyConstraint(["use_id"], ["use.id"], name="fk_use_count_use_id_use", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("use_id", "code", name="pk_use_count"),
    )


def _make_run_customer() -> None:
    op.create_table(
        "run_customer",
        sa.Column("id", Id, nullable=False),
        sa.Column("use_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("institution_id", Id, nullable=True),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("samples", sa.Integer(), server_default="0", nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("samples BETWEEN 0 AND 1000000", name="ck_run_customer_samples"),
        sa.CheckConstraint("share >= 0", name="ck_run_customer_share"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["research_group.id"], name="fk_run_customer_group_id_research_group"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_run_customer_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_run_customer_person_id_person"),
        sa.ForeignKeyConstraint(
            ["use_id"], ["use.id"], name="fk_run_customer_use_id_use", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_run_customer"),
    )
    op.create_index("ix_run_customer_group", "run_customer", ["group_id"], unique=False)
    op.create_index("ix_run_customer_institution", "run_customer", ["institution_id"], unique=False)
    op.create_index("ix_run_customer_person", "run_customer", ["person_id"], unique=False)
    op.create_index("uq_run_customer_position", "run_customer", ["use_id", "position"], unique=True)


def _make_instrument_output() -> None:
    op.create_table(
        "instrument_output",
        sa.Column("id", Id, nullable=False),
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("title", sa.String(length=300), server_default="", nullable=False),
        sa.Column("reference", sa.String(length=200), server_default="", nullable=False),
        sa.Column("entered_by_id", Id, nullable=True),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            f"kind IN {OUTPUTS}",
            name="ck_instrument_output_kind",
        ),
        sa.CheckConstraint("number BETWEEN 1 AND 10000", name="ck_instrument_output_number"),
        sa.CheckConstraint("year BETWEEN 1950 AND 2200", name="ck_instrument_output_year"),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["person.id"], name="fk_instrument_output_entered_by_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_instrument_output_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_instrument_output"),
    )
    op.create_index("ix_instrument_output_year", "instrument_output", ["instrument_id", "year"], unique=False)
    op.create_index(
        "uq_instrument_output_reference",
        "instrument_output",
        ["instrument_id", "kind", "reference"],
        unique=True,
        **only("reference <> ''"),
    )


def _make_usage_file() -> None:
    op.create_table(
        "usage_file",
        sa.Column("id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_path", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=12), server_default="uploaded", nullable=False),
        sa.Column("report", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('logs', 'outputs')", name="ck_usage_file_kind"),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'importing', 'done', 'failed')",
            name="ck_usage_file_state",
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_usage_file_lab_id_lab", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_usage_file_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_usage_file"),
    )
    op.create_index("ix_usage_file_lab", "usage_file", ["lab_id"], unique=False)


def downgrade() -> None:
    """Undo."""
    for table in (
        "usage_file",
        "instrument_output",
        "run_customer",
        "use_count",
        "use_span",
        "use_correction",
        "use",
        "usage_settings",
    ):
        op.drop_table(table)
