"""What the database itself keeps of whom a charge is for and who agreed to it, whoever writes; and no book is emptied.

A charge of a use names a customer that the use has: one of those named with it, or 0 where none is. Whose it is stays as it was
drafted, and a use that is charged keeps its customers. What waits for a second person stops waiting only with one, and who
entered it stays. On PostgreSQL the tables of charges, month end, payments, disputes and the journal are not emptied. What was
written before stays as it is.
"""

from alembic import op

revision = "0124"
down_revision = "0123"
branch_labels = None
depends_on = None

NO_CUSTOMER = """{row}.kind = 'use' AND NOT EXISTS (
    SELECT 1 FROM run_customer AS r WHERE r.use_id = {row}.use_id AND r.position = {row}.customer
  ) AND ({row}.customer <> 0 OR EXISTS (SELECT 1 FROM run_customer AS r WHERE r.use_id = {row}.use_id))"""
OF_ANOTHER = "NEW.kind <> OLD.kind OR NEW.customer <> OLD.customer OR coalesce(NEW.use_id, 0) <> coalesce(OLD.use_id, 0)"
CHARGED = "EXISTS (SELECT 1 FROM charge AS c WHERE c.use_id = NEW.use_id AND c.kind = 'use' AND c.state <> 'reversed')"
NO_SECOND = (
    "NEW.made_by_id <> OLD.made_by_id OR NEW.made_by_id IS NULL"
    " OR NOT NEW.waits_for_second AND coalesce(NEW.approved_by_id, NEW.made_by_id) = NEW.made_by_id"
)
# Name, event, when it fires at all, what is wrong: once a row, and only where these columns are named.
RULES = (
    ("charge_of_another", "UPDATE OF kind, use_id, customer ON charge", "", OF_ANOTHER),
    (
        "charge_by_two",
        "UPDATE OF waits_for_second, made_by_id, approved_by_id ON charge",
        "OLD.waits_for_second",
        NO_SECOND,
    ),
    ("run_customer_first", "INSERT ON run_customer", "", CHARGED),
    (
        "run_customer_unchanged",
        "UPDATE OF use_id, position ON run_customer",
        "",
        "NEW.use_id <> OLD.use_id OR NEW.position <> OLD.position",
    ),
    ("run_customer_kept", "DELETE ON run_customer", "", CHARGED.replace("NEW", "OLD")),
)
CUSTOMER = "charge_of_customer"
NEVER_EMPTIED = (
    "charge", "charge_line", "charge_share", "closing", "statement", "statement_line", "payment", "payment_match",
    "settled_part", "invoice", "invoice_line", "dispute", "fund_change", "ledger_sum", "run_customer", "journal_entry",
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        for name, event, when, wrong in RULES:
            _on_sqlite(name, event, when, wrong)
        _on_sqlite(CUSTOMER, "INSERT ON charge", "", NO_CUSTOMER.format(row="NEW"))
        return
    for name, event, when, wrong in RULES:
        _on_postgresql(name, event, when, wrong)
    # Once a statement, not once a row: charges are drafted by a few statements of thousands of rows.
    connection.exec_driver_sql(
        f"CREATE FUNCTION {CUSTOMER}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF EXISTS (SELECT 1 FROM new_rows AS n WHERE {NO_CUSTOMER.format(row='n')})"
        f" THEN {_raise(CUSTOMER)} END IF; RETURN NULL; END $$"
    )
    connection.exec_driver_sql(
        f"CREATE TRIGGER {CUSTOMER} AFTER INSERT ON charge REFERENCING NEW TABLE AS new_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {CUSTOMER}()"
    )
    for table in NEVER_EMPTIED:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} EXECUTE FUNCTION books_kept()"
        )


def _on_sqlite(name: str, event: str, when: str, wrong: str) -> None:
    condition = f"({when}) AND ({wrong})" if when else wrong
    op.get_bind().exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"
    )


def _on_postgresql(name: str, event: str, when: str, wrong: str) -> None:
    connection = op.get_bind()
    row = "OLD" if event.startswith("DELETE") else "NEW"
    connection.exec_driver_sql(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {wrong} THEN {_raise(name)} END IF; RETURN {row}; END $$"
    )
    condition = f"WHEN ({when})" if when else ""
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()"
    )


def _raise(name: str) -> str:
    return f"RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    names = [(name, event.partition(" ON ")[2]) for name, event, *_ in RULES] + [(CUSTOMER, "charge")]
    if connection.dialect.name != "postgresql":
        for name, _ in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for table in NEVER_EMPTIED:
        connection.exec_driver_sql(f"DROP TRIGGER {table}_not_emptied ON {table}")
    for name, table in names:
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
        connection.exec_driver_sql(f"DROP FUNCTION {name}()")
