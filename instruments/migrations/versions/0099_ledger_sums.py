"""What stands on accounts is counted by month and kind of transfer as it is posted, by the database itself."""

import sqlalchemy as sa
from alembic import op

revision = "0099"
down_revision = "0101"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BOTH_SIDES = """
    SELECT account_id, month, kind, sum(debits), sum(credits) FROM (
      SELECT debit_id AS account_id, month, kind, amount_units AS debits, 0 AS credits FROM {posted}
      UNION ALL SELECT credit_id, month, kind, 0, amount_units FROM {posted}
    ) AS sides GROUP BY account_id, month, kind
"""
ADDED = """
    ON CONFLICT (account_id, month, kind)
    DO UPDATE SET debits = ledger_sum.debits + excluded.debits, credits = ledger_sum.credits + excluded.credits
"""
COLUMNS = "account_id, month, kind, debits, credits"
NAME = "ledger_sum_counted"
# One for each statement, over the rows just posted, always in the order of the accounts: two who post wait, and never for
# one another.
ON_POSTGRESQL = f"""
    CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO ledger_sum ({COLUMNS}) {BOTH_SIDES.format(posted="posted")} ORDER BY account_id, month, kind {ADDED};
      RETURN NULL;
    END $$
"""
ON_SQLITE = f"""
    CREATE TRIGGER {NAME} AFTER INSERT ON ledger_transfer BEGIN
      INSERT INTO ledger_sum ({COLUMNS}) VALUES (NEW.debit_id, NEW.month, NEW.kind, NEW.amount_units, 0) {ADDED};
      INSERT INTO ledger_sum ({COLUMNS}) VALUES (NEW.credit_id, NEW.month, NEW.kind, 0, NEW.amount_units) {ADDED};
    END
"""


def upgrade() -> None:
    """Apply. The trigger comes first: on PostgreSQL nobody posts from then on until all is counted."""
    op.create_table(
        "ledger_sum",
        sa.Column("account_id", Id, autoincrement=False, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("debits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credits", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ledger_account.id"], name="fk_ledger_sum_account_id_ledger_account"
        ),
        sa.PrimaryKeyConstraint("account_id", "month", "kind", name="pk_ledger_sum"),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(ON_POSTGRESQL)
        connection.exec_driver_sql(
            f"CREATE TRIGGER {NAME} AFTER INSERT ON ledger_transfer REFERENCING NEW TABLE AS posted"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()"
        )
    else:
        connection.exec_driver_sql(ON_SQLITE)
    # By the months of one institution after another, so that no statement takes long.
    kept = connection.exec_driver_sql(
        "SELECT DISTINCT institution_id, month FROM ledger_transfer ORDER BY 1, 2"
    )
    for number, month in kept.all():
        posted = (
            f"(SELECT * FROM ledger_transfer WHERE institution_id = {int(number)} AND month = :month) AS t"
        )
        counted = f"INSERT INTO ledger_sum ({COLUMNS}) {BOTH_SIDES.format(posted=posted)}"
        connection.execute(sa.text(counted), {"month": month})


def downgrade() -> None:
    """Take back."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP TRIGGER {NAME} ON ledger_transfer")
        connection.exec_driver_sql(f"DROP FUNCTION {NAME}()")
    else:
        connection.exec_driver_sql(f"DROP TRIGGER {NAME}")
    op.drop_table("ledger_sum")
