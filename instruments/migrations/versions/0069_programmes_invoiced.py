"""What is to stand on the invoices of programmes, which pay their part as other payers do."""

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = (("title", 200, None), ("tax_number", 30, ""), ("address", 300, ""), ("phone", 40, ""), ("bank", 200, ""),
         ("bank_account", 80, ""), ("mail", 254, ""))  # fmt: skip
OF_TWO = "(institution_id IS NULL) <> (person_id IS NULL)"
OF_THREE = (
    "(CASE WHEN institution_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN person_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN programme_id IS NULL THEN 0 ELSE 1 END) = 1"
)
PAYERS = ("institution_id", "person_id", "programme_id")


def upgrade() -> None:
    """Apply."""
    op.drop_index("uq_invoice_details_payer", table_name="invoice_details")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE invoice_details ADD COLUMN programme_id bigint"
            " CONSTRAINT fk_invoice_details_programme_id_programme REFERENCES programme (id)"
        )
        op.drop_constraint("ck_invoice_details_one_payer", "invoice_details", type_="check")
        op.create_check_constraint("ck_invoice_details_one_payer", "invoice_details", sa.text(OF_THREE))
    else:
        _made_anew(PAYERS, OF_THREE)
    _index(PAYERS)


def downgrade() -> None:
    """Take back: what programmes said is forgotten."""
    op.drop_index("uq_invoice_details_payer", table_name="invoice_details")
    op.execute("DELETE FROM invoice_details WHERE programme_id IS NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_invoice_details_one_payer", "invoice_details", type_="check")
        op.drop_column("invoice_details", "programme_id")
        op.create_check_constraint("ck_invoice_details_one_payer", "invoice_details", sa.text(OF_TWO))
    else:
        _made_anew(PAYERS[:2], OF_TWO)
    _index(PAYERS[:2])


def _index(payers: tuple[str, ...]) -> None:
    columns = [sa.text(f"coalesce({name}, 0)") for name in payers]
    op.create_index("uq_invoice_details_payer", "invoice_details", columns, unique=True)


def _made_anew(payers: tuple[str, ...], one: str) -> None:
    """SQLite changes no constraint of a table."""
    others = {"institution_id": "institution", "person_id": "person", "programme_id": "programme"}
    op.create_table(
        "invoice_details_anew",
        sa.Column("id", Id, nullable=False),
        *(sa.Column(name, Id, nullable=True) for name in payers),
        sa.Column("type", sa.String(length=10), server_default="ordinary", nullable=False),
        *(
            sa.Column(name, sa.String(length=most), server_default=usual, nullable=False)
            for name, most, usual in TEXTS
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("title <> ''", name="ck_invoice_details_title"),
        sa.CheckConstraint(
            "type <> 'special' OR (tax_number <> '' AND address <> '' AND phone <> '' AND bank <> '' AND bank_account <> '')",
            name="ck_invoice_details_special",
        ),
        sa.CheckConstraint("type IN ('ordinary', 'special')", name="ck_invoice_details_type"),
        sa.CheckConstraint(one, name="ck_invoice_details_one_payer"),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{others[name]}.id"], name=f"fk_invoice_details_{name}_{others[name]}"
            )
            for name in payers
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invoice_details"),
    )
    names = ", ".join(("id", *PAYERS[:2], "type", *(name for name, *_ in TEXTS), "version"))
    op.execute(f"INSERT INTO invoice_details_anew ({names}) SELECT {names} FROM invoice_details")
    op.drop_table("invoice_details")
    op.rename_table("invoice_details_anew", "invoice_details")
