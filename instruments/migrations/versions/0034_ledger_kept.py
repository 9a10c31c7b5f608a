"""What the database itself keeps of the ledger and of holds, whoever writes.

A transfer and an account never change and never vanish; a reversal is the mirror image of what it reverses, and is not
reversed itself; nothing is posted into a closed month. A hold fits into what is left of its fund and is resolved once;
what was paid into a wallet goes back at most once. On PostgreSQL whoever closes a month waits for those who post into
it, by a lock on the month that posting shares, and a hold takes the lock on its fund before it is weighed.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# What is in the books stays as it was written.
KEPT = ("ledger_transfer", "ledger_account", "closed_month", "fund_payment")

NO_MIRROR = """NOT EXISTS (
    SELECT 1 FROM ledger_transfer AS o
    WHERE o.id = NEW.reverses_id AND o.reverses_id IS NULL AND o.debit_id = NEW.credit_id
      AND o.credit_id = NEW.debit_id AND o.amount_units = NEW.amount_units
  )"""
REFUNDED_TOO_MUCH = """NEW.amount_units + (
    SELECT coalesce(sum(r.amount_units), 0) FROM fund_payment AS r WHERE r.refunds_id = NEW.refunds_id
  ) > coalesce((
    SELECT p.amount_units FROM fund_payment AS p WHERE p.id = NEW.refunds_id AND p.refunds_id IS NULL
  ), 0)"""
HOLD_CHANGED = """OLD.state <> 'pending' OR OLD.fund_id <> NEW.fund_id OR OLD.thing_kind <> NEW.thing_kind
    OR OLD.thing_id <> NEW.thing_id OR OLD.amount_units <> NEW.amount_units OR OLD.made_at <> NEW.made_at"""
PROGRAMME_HOLD_CHANGED = """OLD.programme_id <> NEW.programme_id OR OLD.thing_kind <> NEW.thing_kind
    OR OLD.thing_id <> NEW.thing_id OR OLD.amount_units <> NEW.amount_units OR OLD.year <> NEW.year
    OR NOT (OLD.state = NEW.state
      OR OLD.state = 'reserved' AND NEW.state IN ('committed', 'released')
      OR OLD.state = 'committed' AND NEW.state = 'reversed')"""
# A hold that replaces another is for what was booked before the fund was blocked.
NOT_OPEN = """EXISTS (
    SELECT 1 FROM fund AS f
    WHERE f.id = NEW.fund_id AND (f.state = 'closed' OR NEW.replaces_id IS NULL AND (f.state <> 'open' OR f.overdrawn))
  )"""
DOES_NOT_FIT = """EXISTS (
    SELECT 1 FROM fund AS f
    WHERE f.id = NEW.fund_id AND (f.budget_units IS NOT NULL OR f.kind = 'wallet')
      AND NEW.amount_units > coalesce(f.budget_units, 0)
        - coalesce((SELECT sum(t.amount_units) FROM ledger_transfer AS t
            JOIN ledger_account AS a ON a.id = t.debit_id WHERE a.fund_id = f.id), 0)
        + coalesce((SELECT sum(t.amount_units) FROM ledger_transfer AS t
            JOIN ledger_account AS a ON a.id = t.credit_id WHERE a.fund_id = f.id), 0)
        - coalesce((SELECT sum(h.amount_units) FROM fund_hold AS h
            WHERE h.fund_id = f.id AND h.state = 'pending'), 0)
  )"""
CLOSED = "EXISTS (SELECT 1 FROM closed_month AS c WHERE c.institution_id = NEW.institution_id AND c.month = NEW.month)"

# Name, event and table, when it fires at all (None: always), the lock to take first (PostgreSQL), what is refused.
FUND_LOCK = "PERFORM 1 FROM fund WHERE id = NEW.fund_id FOR NO KEY UPDATE;"
RULES = (
    ("ledger_transfer_mirror", "INSERT ON ledger_transfer", "NEW.reverses_id IS NOT NULL", "", NO_MIRROR),
    (
        "fund_payment_refund",
        "INSERT ON fund_payment",
        "NEW.refunds_id IS NOT NULL",
        FUND_LOCK,
        REFUNDED_TOO_MUCH,
    ),
    ("fund_hold_resolved_once", "UPDATE ON fund_hold", None, "", HOLD_CHANGED),
    ("fund_hold_open", "INSERT ON fund_hold", "NEW.state = 'pending'", FUND_LOCK, NOT_OPEN),
    ("fund_hold_within", "INSERT ON fund_hold", "NEW.state = 'pending'", "", DOES_NOT_FIT),
    ("programme_hold_resolved_once", "UPDATE ON programme_hold", None, "", PROGRAMME_HOLD_CHANGED),
    ("fund_hold_kept", "DELETE ON fund_hold", None, "", "TRUE"),
    ("programme_hold_kept", "DELETE ON programme_hold", None, "", "TRUE"),
    *((f"{table}_unchanged", f"UPDATE ON {table}", None, "", "TRUE") for table in KEPT),
    *((f"{table}_kept", f"DELETE ON {table}", None, "", "TRUE") for table in KEPT),
)

MONTH_LOCK = "hashtext('closed_month'), hashtext({row}.institution_id || ' ' || {row}.month)"
POSTGRESQL = (
    # Once a statement, not once a row: a month is closed by a few statements of thousands of rows.
    f"""
    CREATE FUNCTION ledger_transfer_month_open() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      books record;
    BEGIN
      FOR books IN SELECT DISTINCT institution_id, month FROM posted ORDER BY 1, 2 LOOP
        PERFORM pg_advisory_xact_lock_shared({MONTH_LOCK.format(row="books")});
        IF EXISTS (SELECT 1 FROM closed_month AS c
            WHERE c.institution_id = books.institution_id AND c.month = books.month) THEN
          RAISE EXCEPTION 'ledger_transfer_month_open' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ledger_transfer_month_open';
        END IF;
      END LOOP;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER ledger_transfer_month_open AFTER INSERT ON ledger_transfer
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfer_month_open()
    """,
    f"""
    CREATE FUNCTION closed_month_waits() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock({MONTH_LOCK.format(row="NEW")});
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER closed_month_waits BEFORE INSERT ON closed_month
    FOR EACH ROW EXECUTE FUNCTION closed_month_waits()
    """,
    """
    CREATE FUNCTION books_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'books_kept' USING ERRCODE = 'check_violation', CONSTRAINT = 'books_kept';
    END $$
    """,
    *(
        f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} EXECUTE FUNCTION books_kept()"
        for table in (*KEPT, "fund_hold", "programme_hold")
    ),
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        for name, event, when, _, wrong in RULES:
            _on_sqlite(name, event, when, wrong)
        _on_sqlite("ledger_transfer_month_open", "INSERT ON ledger_transfer", None, CLOSED)
        return
    for name, event, when, lock, wrong in RULES:
        _on_postgresql(name, event, when, lock, wrong)
    for statement in POSTGRESQL:
        connection.exec_driver_sql(statement)


def _on_sqlite(name: str, event: str, when: str | None, wrong: str) -> None:
    condition = f"({when}) AND ({wrong})" if when else wrong
    op.get_bind().exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"
    )


def _on_postgresql(name: str, event: str, when: str | None, lock: str, wrong: str) -> None:
    connection = op.get_bind()
    row = "OLD" if event.startswith("DELETE") else "NEW"
    connection.exec_driver_sql(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock}"
        f" IF {wrong} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"
        f" END IF; RETURN {row}; END $$"
    )
    condition = f"WHEN ({when})" if when else ""
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()"
    )


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    rules = [(name, event.partition(" ON ")[2]) for name, event, *_ in RULES]
    if connection.dialect.name != "postgresql":
        for name, _ in (*rules, ("ledger_transfer_month_open", "")):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for table in (*KEPT, "fund_hold", "programme_hold"):
        connection.exec_driver_sql(f"DROP TRIGGER {table}_not_emptied ON {table}")
    more = (("ledger_transfer_month_open", "ledger_transfer"), ("closed_month_waits", "closed_month"))
    for name, table in (*rules, *more):
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
        connection.exec_driver_sql(f"DROP FUNCTION {name}()")
    connection.exec_driver_sql("DROP FUNCTION books_kept()")
