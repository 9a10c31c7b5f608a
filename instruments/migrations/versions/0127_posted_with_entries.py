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
# What the entries of a charge come to on the accounts of payers, and what they should; of a row, or of the joined `m` and `t`.
BORNE = f"""coalesce(sum(CASE WHEN d.kind IN {OF_PAYERS} THEN t.amount_units ELSE 0 END
      - CASE WHEN c.kind IN {OF_PAYERS} THEN t.amount_units ELSE 0 END), 0)"""
DUE = "CASE WHEN {row}.reverses_id IS NULL THEN {row}.total_units ELSE 0 END"
# For SQLite, which looks at one row after the other.
NOT_ENTERED = f"""{DUE.format(row="NEW")} <> (
    SELECT {BORNE}
    FROM ledger_transfer AS t JOIN ledger_account AS d ON d.id = t.debit_id JOIN ledger_account AS c ON c.id = t.credit_id
    WHERE t.thing_kind = 'charge' AND t.thing_id = coalesce(NEW.reverses_id, NEW.id) AND t.institution_id = NEW.institution_id
  )"""
# For PostgreSQL, all that one statement marked as a set.
ONE_IS_NOT = f"""SELECT EXISTS (
    SELECT FROM (
      SELECT n.id, n.institution_id, coalesce(n.reverses_id, n.id) AS thing_id, {DUE.format(row="n")} AS due
      FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id WHERE o.posted_at IS NULL AND n.posted_at IS NOT NULL
    ) AS m
    LEFT JOIN ledger_transfer AS t ON t.thing_kind = 'charge' AND t.thing_id = m.thing_id
      AND t.institution_id = m.institution_id
    LEFT JOIN ledger_account AS d ON d.id = t.debit_id LEFT JOIN ledger_account AS c ON c.id = t.credit_id
    GROUP BY m.id, m.due HAVING m.due <> {BORNE})"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE OF posted_at ON charge WHEN OLD.posted_at IS NULL"
            f" AND NEW.posted_at IS NOT NULL AND {NOT_ENTERED}"
            f" BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
        )
        return
    # Once a statement, not once a row: a month is posted by a few statements of thousands of rows. The entries of each charge are
    # looked up in their index, whatever the planner takes for right: in the midst of a load it knows nothing of these tables,
    # and would go through all entries for each charge.
    ways = " ".join(
        f"SET {way} = off"
        for way in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "enable_material")
    )
    connection.exec_driver_sql(
        f"CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql {ways} AS $$ DECLARE wrong boolean; BEGIN"
        f" EXECUTE $q${ONE_IS_NOT}$q$ INTO wrong; IF wrong THEN RAISE EXCEPTION '{NAME}'"
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
