"""Items of invoices, files of numbers, steps of reminders; and a red letter never takes back more than its invoice says."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Of an invoice with its number, from the same creditor, on the same terms, and with what other red letters took back.
NO_FIT = (
    "NOT EXISTS (SELECT 1 FROM invoice AS o WHERE o.id = NEW.corrects_id AND o.colour = 'blue' AND o.state = 'issued'"
    " AND o.creditor_id = NEW.creditor_id AND o.currency = NEW.currency AND o.amount_units + NEW.amount_units"
    " + (SELECT coalesce(sum(r.amount_units), 0) FROM invoice AS r WHERE r.corrects_id = NEW.corrects_id) >= 0)"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "invoice_item",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("lab_id", Id, nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("code", sa.String(length=19), server_default="", nullable=False),
        sa.Column("unit", sa.String(length=20), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("name <> ''", name="ck_invoice_item_name"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_invoice_item_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["lab_id"], ["lab.id"], name="fk_invoice_item_lab_id_lab"),
        sa.PrimaryKeyConstraint("id", name="pk_invoice_item"),
    )
    op.create_index(
        "uq_invoice_item_lab",
        "invoice_item",
        ["institution_id", sa.literal_column("coalesce(lab_id, 0)")],
        unique=True,
    )
    op.create_table(
        "invoice_file",
        sa.Column("id", Id, nullable=False),
        sa.Column("institution_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="checked", nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('checked', 'done')", name="ck_invoice_file_state"),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_invoice_file_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_invoice_file_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_invoice_file"),
    )
    op.create_index("ix_invoice_file_institution", "invoice_file", ["institution_id", "id"], unique=False)
    op.add_column(
        "billing_details",
        sa.Column("reminder_days", sa.String(length=60), server_default="3,15,30", nullable=False),
    )
    op.add_column("statement_reminder", sa.Column("step", sa.Integer(), server_default="0", nullable=False))
    op.create_index("uq_statement_reminder_step", "statement_reminder", ["statement_id", "step"], unique=True)
    _guard_red_letters()


def _guard_red_letters() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(
            "CREATE TRIGGER invoice_red_fits BEFORE INSERT ON invoice"
            f" WHEN NEW.colour = 'red' AND {NO_FIT} BEGIN SELECT RAISE(ABORT, 'invoice_red_fits'); END"
        )
        return
    connection.exec_driver_sql(
        "CREATE FUNCTION invoice_red_fits() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM 1 FROM invoice WHERE id = NEW.corrects_id FOR UPDATE;"
        f" IF {NO_FIT} THEN RAISE EXCEPTION 'invoice_red_fits' USING ERRCODE = 'check_violation',"
        " CONSTRAINT = 'invoice_red_fits'; END IF; RETURN NEW; END $$"
    )
    connection.exec_driver_sql(
        "CREATE TRIGGER invoice_red_fits BEFORE INSERT ON invoice FOR EACH ROW WHEN (NEW.colour = 'red')"
        " EXECUTE FUNCTION invoice_red_fits()"
    )


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP TRIGGER invoice_red_fits ON invoice")
        connection.exec_driver_sql("DROP FUNCTION invoice_red_fits()")
    else:
        connection.exec_driver_sql("DROP TRIGGER invoice_red_fits")
    op.drop_index("uq_statement_reminder_step", table_name="statement_reminder")
    op.drop_column("statement_reminder", "step")
    op.drop_column("billing_details", "reminder_days")
    op.drop_table("invoice_file")
    op.drop_table("invoice_item")
