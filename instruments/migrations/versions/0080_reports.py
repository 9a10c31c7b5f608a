"""Statutory forms: reports in their versions, their rows and entries; what is filed never changes."""

import sqlalchemy as sa
from alembic import op

from instruments.database.types import Id, Instant

revision = "0080"
down_revision = "0070"
branch_labels = None
depends_on = None

PARTS = ("report_row", "report_entry", "report_override")


def upgrade() -> None:
    """Apply."""
    _report()
    _rows()
    _by_hand()
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql()
    else:
        _keep_on_sqlite()


def _report() -> None:
    op.create_table(
        "report",
        sa.Column("id", Id, nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("format_version", sa.Integer(), nullable=False),
        sa.Column("format_digest", sa.String(length=64), nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("period", sa.String(length=30), nullable=False),
        sa.Column("number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("corrects_id", Id, nullable=True),
        sa.Column("fresh_only", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="draft", nullable=False),
        sa.Column("layout", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("definitions", sa.JSON(), server_default="{}", nullable=False),
        *(
            sa.Column(name, sa.Integer(), server_default="0", nullable=False)
            for name in ("rows_total", "rows_lacking", "rows_left_out", "unknown", "old")
        ),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("counted_at", Instant, nullable=True),
        sa.Column("made_by_id", Id, nullable=True),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("filed_by_id", Id, nullable=True),
        sa.Column("filed_at", Instant, nullable=True),
        sa.Column("reference", sa.String(length=120), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('draft', 'filed')", name="ck_report_state"),
        sa.CheckConstraint("number > 0", name="ck_report_number"),
        sa.CheckConstraint("(number = 1) = (corrects_id IS NULL)", name="ck_report_corrects"),
        sa.CheckConstraint("(state = 'filed') = (filed_at IS NOT NULL)", name="ck_report_filed"),
        sa.CheckConstraint(
            "state <> 'filed' OR (digest <> '' AND counted_at IS NOT NULL)", name="ck_report_counted"
        ),
        sa.CheckConstraint("state <> 'filed' OR number = 1 OR reason <> ''", name="ck_report_reason"),
        sa.CheckConstraint(
            "rows_lacking BETWEEN 0 AND rows_total AND rows_left_out <= rows_lacking", name="ck_report_rows"
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_report_{column}_{table}")
            for column, table in (
                ("institution_id", "institution"), ("lab_id", "lab"), ("corrects_id", "report"), ("made_by_id", "person"),
                ("filed_by_id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name="pk_report"),
        sa.UniqueConstraint("corrects_id", name="uq_report_corrects_id"),
    )  # fmt: skip
    whose = ["form", "institution_id", sa.text("coalesce(lab_id, 0)"), "period"]
    op.create_index("uq_report_number", "report", [*whose, "number"], unique=True)
    drafts = sa.text("state = 'draft'")
    op.create_index(
        "uq_report_draft", "report", whose, unique=True, postgresql_where=drafts, sqlite_where=drafts
    )
    op.create_index("ix_report_institution", "report", ["institution_id", "form", "period"])


def _part(table: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    op.create_table(
        table,
        sa.Column("report_id", Id, autoincrement=False, nullable=False),
        sa.Column("sheet", sa.String(length=40), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=f"fk_{table}_report_id_report", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "sheet", *key, name=f"pk_{table}"),
    )


def _rows() -> None:
    _part(
        "report_row",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("instrument_id", Id, nullable=True),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("lacks", sa.Text(), server_default="[]", nullable=False),
        sa.Column("lacking", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("left_out", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("NOT left_out OR lacking", name="ck_report_row_left_out"),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_report_row_lab_id_lab"),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_report_row_instrument_id_instrument"
        ),
        sa.UniqueConstraint("report_id", "sheet", "key", name="uq_report_row_key"),
        key=("position",),
    )
    op.create_index("ix_report_row_lab", "report_row", ["lab_id", "report_id", "lacking"])


def _by_hand() -> None:
    _part(
        "report_entry",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("column_key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("entered_by_id", Id, nullable=True),
        sa.Column("entered_at", Instant, nullable=False),
        sa.CheckConstraint("value <> ''", name="ck_report_entry_value"),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["person.id"], name="fk_report_entry_entered_by_id_person"
        ),
        key=("key", "column_key"),
    )
    _part(
        "report_override",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("overridden_by_id", Id, nullable=True),
        sa.Column("overridden_at", Instant, nullable=False),
        sa.CheckConstraint("reason <> ''", name="ck_report_override_reason"),
        sa.ForeignKeyConstraint(
            ["overridden_by_id"], ["person.id"], name="fk_report_override_overridden_by_id_person"
        ),
        key=("key", "code"),
    )


def _keep_on_sqlite() -> None:
    """What is filed stays as it is, whoever writes: the report, and each part of it."""
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER report_filed_{event.lower()} BEFORE {event} ON report WHEN OLD.state = 'filed'"
            " BEGIN SELECT RAISE(ABORT, 'report_filed'); END"
        )
    for table in PARTS:
        for event, whose in (
            ("INSERT", "NEW.report_id"),
            ("UPDATE", "OLD.report_id, NEW.report_id"),
            ("DELETE", "OLD.report_id"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_filed_{event.lower()} BEFORE {event} ON {table}"
                f" WHEN EXISTS (SELECT 1 FROM report WHERE id IN ({whose}) AND state = 'filed')"
                f" BEGIN SELECT RAISE(ABORT, '{table}_filed'); END"
            )


def _keep_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION report_filed() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '%', TG_NAME USING ERRCODE = '23514'; END $$"
    )
    op.execute(
        "CREATE FUNCTION report_part_filed() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN"
        " IF EXISTS (SELECT 1 FROM report WHERE state = 'filed' AND id IN (OLD.report_id, NEW.report_id)) THEN"
        " RAISE EXCEPTION '%', TG_NAME USING ERRCODE = '23514'; END IF;"
        " RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;"
        " END $$"
    )
    op.execute(
        "CREATE TRIGGER report_filed BEFORE UPDATE OR DELETE ON report FOR EACH ROW WHEN (OLD.state = 'filed')"
        " EXECUTE FUNCTION report_filed()"
    )
    for table in PARTS:
        op.execute(
            f"CREATE TRIGGER {table}_filed BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
            " EXECUTE FUNCTION report_part_filed()"
        )


def downgrade() -> None:
    """Take back."""
    for table in (*reversed(PARTS), "report"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION report_part_filed()")
        op.execute("DROP FUNCTION report_filed()")
