"""A charge is posted only with its entries: the database weighs them in the moment at which it is marked as posted.

On the accounts of payers, in the books of the creditor, its entries come to its total; those of what a reversal takes back come
to nothing by then. What was posted before stays as it is: `charges check` compares it.
"""

from alembic import op

revision = "0127"
down_revision = "0126"
branch_labels = None
depends_on = None

NAME = "charge_with_entries"
OF_PAYERS = "('fund', 'receivable', 'prepaid', 'programme_claim')"
ENTERED = f"""(
    SELECT coalesce(sum(CASE WHEN d.kind IN {OF_PAYERS} THEN t.amount_units ELSE 0 END
      - CASE WHEN c.kind IN {OF_PAYERS} THEN t.amount_units ELSE 0 END), 0)
    FROM ledger_transfer AS t JOIN ledger_account AS d ON d.id = t.debit_id JOIN ledger_account AS c ON c.id = t.credit_id
    WHERE t.thing_kind = 'charge' AND t.thing_id = coalesce({{row}}.reverses_id, {{row}}.id)
      AND t.institution_id = {{row}}.institution_id
  )"""
NOT_ENTERED = f"CASE WHEN {{row}}.reverses_id IS NULL THEN {{row}}.total_units ELSE 0 END <> {ENTERED}"


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE OF posted_at ON charge WHEN OLD.posted_at IS NULL"
            f" AND NEW.posted_at IS NOT NULL AND {NOT_ENTERED.format(row='NEW')}"
            f" BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
        )
        return
    # Once a statement, not once a row: a month is posted by a few statements of thousands of rows.
    connection.exec_driver_sql(
        f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM new_rows AS n"
        " JOIN old_rows AS o ON o.id = n.id WHERE o.posted_at IS NULL AND n.posted_at IS NOT NULL"
        f" AND {NOT_ENTERED.format(row='n')}) THEN RAISE EXCEPTION '{NAME}'"
        f" USING ERRCODE = 'check_violation', CONSTRAINT = '{NAME}'; END IF; RETURN NULL; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {NAME} AFTER UPDATE ON charge REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()"
    )


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(f"DROP TRIGGER {NAME}")
        return
    connection.exec_driver_sql(f"DROP TRIGGER {NAME} ON charge")
    connection.exec_driver_sql(f"DROP FUNCTION {NAME}()")
