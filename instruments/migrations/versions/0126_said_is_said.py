"""What was said is kept by the database itself, whoever writes: the journal, what was answered, and the evidence of uses.

An entry of the journal never changes and never vanishes. A dispute keeps who raised it, when, about what and why; answered, it
keeps its answer and whoever gave it; one about a posted charge stays. While a use is confirmed, the spans that bear it out stay
as they were reported (whose a report is can be decided on), and so do its typed corrections and amendments at any time; a
confirmed use stays. Sums of the books are written by their own trigger: on PostgreSQL nobody else writes them; SQLite cannot
tell who writes, so there nothing is taken off them.
"""

from alembic import op

revision = "0126"
down_revision = "0125"
branch_labels = None
depends_on = None


def _differs(*names: str) -> str:
    """That one of these columns changes; none of them has what coalesce puts in place of nothing."""
    return " OR ".join(
        f"coalesce(CAST(NEW.{name} AS text), '-') <> coalesce(CAST(OLD.{name} AS text), '-')"
        for name in names
    )


RAISED = ("charge_id", "position", "raised_by_id", "raised_at", "reason")
ANSWERED = ("state", "answer", "decided_by_id", "decided_at", "less_units", "agreed_by_id")
REPORTED = (
    "use_id", "layer", "started_at", "ended_at", "grade", "reporter", "source_key", "correction_id", "recorded_by_id",
    "recorded_at",
)  # fmt: skip
OF_POSTED = "EXISTS (SELECT 1 FROM charge AS c WHERE c.id = OLD.charge_id AND c.posted_at IS NOT NULL)"
CONFIRMED = "EXISTS (SELECT 1 FROM use AS u WHERE u.id = OLD.use_id AND u.state = 'confirmed')"
# Name, event, what is wrong: once a row, and only where the columns are named.
RULES = (
    ("journal_entry_unchanged", "UPDATE ON journal_entry", "1 = 1"),
    ("journal_entry_kept", "DELETE ON journal_entry", "1 = 1"),
    ("dispute_raised", f"UPDATE OF {', '.join(RAISED)} ON dispute", _differs(*RAISED)),
    (
        "dispute_answered",
        f"UPDATE OF {', '.join(ANSWERED)} ON dispute",
        f"OLD.state <> 'open' AND ({_differs(*ANSWERED)})",
    ),
    ("dispute_kept", "DELETE ON dispute", OF_POSTED),
    (
        "use_span_unchanged",
        f"UPDATE OF {', '.join(REPORTED)} ON use_span",
        f"({_differs(*REPORTED)}) AND {CONFIRMED}",
    ),
    ("use_span_kept", "DELETE ON use_span", CONFIRMED),
    ("use_kept", "DELETE ON use", "OLD.state = 'confirmed'"),
    ("use_correction_unchanged", "UPDATE ON use_correction", "1 = 1"),
    ("use_correction_kept", "DELETE ON use_correction", CONFIRMED),
    ("use_amendment_unchanged", "UPDATE ON use_amendment", "1 = 1"),
    ("use_amendment_kept", "DELETE ON use_amendment", CONFIRMED),
)
SUMS = "ledger_sum_kept"
ON_SQLITE = (
    (SUMS, "DELETE ON ledger_sum", "1 = 1"),
    ("ledger_sum_of_another", "UPDATE OF account_id, month, kind ON ledger_sum", "1 = 1"),
    (
        "ledger_sum_not_less",
        "UPDATE OF debits, credits ON ledger_sum",
        "NEW.debits < OLD.debits OR NEW.credits < OLD.credits",
    ),
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        for name, event, wrong in (*RULES, *ON_SQLITE):
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} BEFORE {event} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{name}'); END"
            )
        return
    for name, event, wrong in RULES:
        row = "OLD" if event.startswith("DELETE") else "NEW"
        connection.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {wrong} THEN {_raise(name)} END IF; RETURN {row}; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    connection.exec_driver_sql(
        f"CREATE FUNCTION {SUMS}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_raise(SUMS)} END $$"
    )
    # Asked before the trigger begins: whatever another trigger writes is deeper.
    connection.exec_driver_sql(
        f"CREATE TRIGGER {SUMS} BEFORE INSERT OR UPDATE OR DELETE ON ledger_sum FOR EACH STATEMENT"
        f" WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION {SUMS}()"
    )


def _raise(name: str) -> str:
    return f"RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        for name, *_ in (*RULES, *ON_SQLITE):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    for name, table in [
        *((name, event.partition(" ON ")[2]) for name, event, _ in RULES),
        (SUMS, "ledger_sum"),
    ]:
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
        connection.exec_driver_sql(f"DROP FUNCTION {name}()")
