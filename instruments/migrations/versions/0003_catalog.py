"""Classes, instruments and imports."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "catalog_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", Id, server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name="ck_catalog_revision_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_catalog_revision"),
    )
    op.create_table(
        "instrument_class",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("parent_code", sa.String(length=6), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=160), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"],
            ["instrument_class.code"],
            name="fk_instrument_class_parent_code_instrument_class",
        ),
        sa.PrimaryKeyConstraint("code", name="pk_instrument_class"),
    )
    op.create_index("ix_instrument_class_parent_code", "instrument_class", ["parent_code"], unique=False)
    op.create_table(
        "technique",
        sa.Column("id", Id, nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_technique"),
        sa.UniqueConstraint("key", name="uq_technique_key"),
    )
    op.create_table(
        "import_run",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_path", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=20), server_default="uploaded", nullable=False),
        sa.Column("options", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("rows_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_checked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("report", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("failure", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("woken_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'importing', 'done', 'failed')",
            name="ck_import_run_state",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_import_run_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_import_run_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
    )
    op.create_index("ix_import_run_institution_id", "import_run", ["institution_id"], unique=False)
    op.create_table(
        "instrument",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=False),
        sa.Column("class_code", sa.String(length=6), nullable=True),
        sa.Column("name_en", sa.String(length=300), server_default="", nullable=False),
        sa.Column("name_zh", sa.String(length=300), server_default="", nullable=False),
        sa.Column("maker", sa.String(length=200), server_default="", nullable=False),
        sa.Column("model", sa.String(length=200), server_default="", nullable=False),
        sa.Column("serial_number", sa.String(length=100), server_default="", nullable=False),
        sa.Column("asset_number", sa.String(length=100), server_default="", nullable=False),
        sa.Column("status", sa.String(length=20), server_default="in_service", nullable=False),
        sa.Column("status_note", sa.String(length=300), server_default="", nullable=False),
        sa.Column("audience", sa.String(length=20), server_default="partners", nullable=False),
        sa.Column("capacity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("self_operated", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("guided", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("delegated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("remote", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("description_en", sa.Text(), server_default="", nullable=False),
        sa.Column("description_zh", sa.Text(), server_default="", nullable=False),
        sa.Column("sample_requirements", sa.Text(), server_default="", nullable=False),
        sa.Column("measured_quantities", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("specifications", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("location", sa.String(length=200), server_default="", nullable=False),
        sa.Column("city_en", sa.String(length=80), server_default="", nullable=False),
        sa.Column("city_zh", sa.String(length=80), server_default="", nullable=False),
        sa.Column("contact_name", sa.String(length=120), server_default="", nullable=False),
        sa.Column("contact_phone", sa.String(length=60), server_default="", nullable=False),
        sa.Column("contact_mail", sa.String(length=200), server_default="", nullable=False),
        sa.Column("photo", sa.String(length=200), server_default="", nullable=False),
        sa.Column("commissioned_on", sa.Date(), nullable=True),
        sa.Column("retired_on", sa.Date(), nullable=True),
        sa.Column("original_value", sa.BigInteger(), nullable=True),
        sa.Column("original_currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("book_value", sa.BigInteger(), nullable=True),
        sa.Column("book_currency", sa.String(length=3), server_default="CNY", nullable=False),
        sa.Column("university_asset_class", sa.String(length=20), server_default="", nullable=False),
        sa.Column("asset_category_code", sa.String(length=20), server_default="", nullable=False),
        sa.Column("national_record", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("search_text", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "audience IN ('lab', 'institution', 'partners', 'companies')", name="ck_instrument_audience"
        ),
        sa.CheckConstraint("name_en <> '' OR name_zh <> ''", name="ck_instrument_named"),
        sa.CheckConstraint(
            "status IN ('in_service', 'limited', 'down', 'retired')", name="ck_instrument_status"
        ),
        sa.CheckConstraint("book_value IS NULL OR book_value >= 0", name="ck_instrument_book_value"),
        sa.CheckConstraint("capacity BETWEEN 1 AND 1000", name="ck_instrument_capacity"),
        sa.CheckConstraint(
            "original_value IS NULL OR original_value >= 0", name="ck_instrument_original_value"
        ),
        sa.ForeignKeyConstraint(
            ["class_code"], ["instrument_class.code"], name="fk_instrument_class_code_instrument_class"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_instrument_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_instrument_lab_id_lab"),
        sa.PrimaryKeyConstraint("id", name="pk_instrument"),
    )
    op.create_index("ix_instrument_class", "instrument", ["class_code", "id"], unique=False)
    op.create_index("ix_instrument_institution", "instrument", ["institution_id", "id"], unique=False)
    op.create_index("ix_instrument_lab", "instrument", ["lab_id", "id"], unique=False)
    op.create_index(
        "uq_instrument_asset_number",
        "instrument",
        ["institution_id", "asset_number"],
        unique=True,
        sqlite_where=sa.text("asset_number <> ''"),
        postgresql_where=sa.text("asset_number <> ''"),
    )
    op.create_index(
        "uq_instrument_serial_number",
        "instrument",
        ["institution_id", "maker", "model", "serial_number"],
        unique=True,
        sqlite_where=sa.text("asset_number = '' AND serial_number <> ''"),
        postgresql_where=sa.text("asset_number = '' AND serial_number <> ''"),
    )
    op.create_table(
        "instrument_state",
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("rev", Id, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_instrument_state_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("instrument_id", name="pk_instrument_state"),
    )
    op.create_table(
        "instrument_technique",
        sa.Column("instrument_id", Id, nullable=False),
        sa.Column("technique_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instrument.id"],
            name="fk_instrument_technique_instrument_id_instrument",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["technique_id"], ["technique.id"], name="fk_instrument_technique_technique_id_technique"
        ),
        sa.PrimaryKeyConstraint("instrument_id", "technique_id", name="pk_instrument_technique"),
    )
    op.create_index(
        "ix_instrument_technique_technique",
        "instrument_technique",
        ["technique_id", "instrument_id"],
        unique=False,
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("instrument_technique")
    op.drop_table("instrument_state")
    op.drop_table("instrument")
    op.drop_table("import_run")
    op.drop_table("technique")
    op.drop_table("instrument_class")
    op.drop_table("catalog_revision")
