"""What programmes would bear of a formal quote, its second person and hazardous samples; and all that it says stays."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

FIXED = (
    "institution_id", "year", "position", "lab_id", "instrument_id", "payer_institution_id", "payer_person_id",
    "asked_by_id", "starts_at", "ends_at", "mode", "version_id", "customer_class", "currency", "total_units",
    "valid_until",
)  # fmt: skip
ADDED = ("group_id", "purpose", "title", "made_at", "hazardous", "second_id")
TEXTS = ("counts", "lines", "why", "borne")


def upgrade() -> None:
    """Apply."""
    op.execute(_drop())
    op.add_column(
        "formal_quote", sa.Column("hazardous", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "formal_quote", sa.Column("borne", sa.JSON(), server_default=sa.text("'[]'"), nullable=False)
    )
    number = "bigint" if op.get_bind().dialect.name == "postgresql" else "integer"
    op.execute(
        f"ALTER TABLE formal_quote ADD COLUMN second_id {number}"
        " CONSTRAINT fk_formal_quote_second_id_person REFERENCES person (id)"
    )
    _keep((*FIXED, *ADDED), TEXTS)


def _drop() -> str:
    on = " ON formal_quote" if op.get_bind().dialect.name == "postgresql" else ""
    return f"DROP TRIGGER formal_quote_kept{on}"


def _keep(columns: tuple[str, ...], texts: tuple[str, ...]) -> None:
    """PostgreSQL compares no JSON, only its text."""
    if op.get_bind().dialect.name == "postgresql":
        pairs = [(f"NEW.{name}", f"OLD.{name}") for name in columns]
        pairs += [(f"NEW.{name}::text", f"OLD.{name}::text") for name in texts]
        changed = " OR ".join(f"{new} IS DISTINCT FROM {old}" for new, old in pairs)
        op.execute(
            "CREATE TRIGGER formal_quote_kept BEFORE UPDATE ON formal_quote FOR EACH ROW"
            f" WHEN (OLD.state <> 'offered' OR {changed}) EXECUTE FUNCTION formal_quote_refuse()"
        )
        return
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in (*columns, *texts))
    op.execute(
        f"CREATE TRIGGER formal_quote_kept BEFORE UPDATE ON formal_quote WHEN OLD.state <> 'offered' OR {changed}"
        " BEGIN SELECT RAISE(ABORT, 'formal_quote_kept'); END"
    )


def downgrade() -> None:
    """Take back."""
    op.execute(_drop())
    for name in ("second_id", "borne", "hazardous"):
        op.drop_column("formal_quote", name)
    _keep(FIXED, ())
