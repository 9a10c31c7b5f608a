"""Indexes by which an institution's charges are listed and summed, and by which what is open of them is found."""

from alembic import op

revision = "0100"
down_revision = "0099"
branch_labels = None
depends_on = None

# Name, table, columns and condition, before and after; empty where there is none.
INDEXES = (
    ("ix_charge_creditor", "charge", "", "institution_id, service_on, id"),
    (
        "ix_charge_books",
        "charge",
        "institution_id, month",
        "institution_id, month, currency, posted_at, total_units",
    ),
    ("ix_charge_open", "charge", "", "institution_id, state) WHERE (state IN ('disputed', 'draft')"),
    ("ix_charge_about", "charge", "about_id", "about_id) WHERE (about_id IS NOT NULL"),
    ("ix_charge_share_payer", "charge_share", "payer_institution_id", "payer_institution_id, charge_id"),
    ("ix_charge_share_group", "charge_share", "payer_group_id", "payer_group_id, charge_id"),
)


# What others write waits for an index: at 900,000 charges one to two seconds, on a machine that has much else to do more than
# the five that a statement may take here.
LONGER, USUAL = "SET LOCAL statement_timeout = '60s'", "SET LOCAL statement_timeout = '5s'"


def upgrade() -> None:
    """Apply."""
    _limit(LONGER)
    for name, table, before, after in INDEXES:
        _make(name, table, before, after)
    _limit(USUAL)


def downgrade() -> None:
    """Take back."""
    _limit(LONGER)
    for name, table, before, after in INDEXES:
        _make(name, table, after, before)
    _limit(USUAL)


def _limit(words: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(words)


def _make(name: str, table: str, old: str, new: str) -> None:
    if old:
        op.execute(f"DROP INDEX {name}")
    if new:
        op.execute(f"CREATE INDEX {name} ON {table} ({new})")
