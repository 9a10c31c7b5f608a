"""What the database itself keeps of month end, whoever writes.

Statements are numbered without a gap for each institution and year. One is issued only when its lines come to its sums, and
from then on it and its lines never change; none vanishes. A month is issued only with all its statements. Of a payment never
more pays statements, or goes back, than came in, and never more pays a statement than is due on it. An invoice comes to its
lines, and with its number it never changes.
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

SUM = "(SELECT coalesce(sum(l.{what}), 0) FROM statement_line AS l WHERE l.statement_id = NEW.id{also})"
OFF = " OR ".join(
    (
        f"NEW.total_units <> {SUM.format(what='amount_units', also='')}",
        f"NEW.tax_units <> {SUM.format(what='tax_units', also='')}",
        "NEW.internal_units <> " + SUM.format(what="amount_units", also=" AND l.route = 'internal'"),
        "NEW.prepaid_units <> " + SUM.format(what="amount_units", also=" AND l.route = 'prepaid'"),
        "NEW.lines <> (SELECT count(*) FROM statement_line AS l WHERE l.statement_id = NEW.id)",
        "EXISTS (SELECT 1 FROM statement_line AS l JOIN charge_share AS s ON s.charge_id = l.charge_id"
        " AND s.position = l.share JOIN charge AS c ON c.id = l.charge_id WHERE l.statement_id = NEW.id"
        " AND (s.amount_units <> l.amount_units OR c.posted_at IS NULL OR c.institution_id <> NEW.creditor_id"
        " OR c.currency <> NEW.currency OR c.month > NEW.month))",
    )
)
GAP = (
    "NEW.number > 1 AND NOT EXISTS (SELECT 1 FROM statement AS s"
    " WHERE s.creditor_id = NEW.creditor_id AND s.year = NEW.year AND s.number = NEW.number - 1)"
)
USED = (
    "(SELECT coalesce(sum(m.amount_units), 0) FROM payment_match AS m"
    " WHERE m.payment_id = {payment} AND m.undone_at IS NULL)"
)
GIVEN_BACK = "(SELECT coalesce(sum(r.amount_units), 0) FROM payment AS r WHERE r.refunds_id = {payment})"
RECEIVED = (
    "coalesce((SELECT p.amount_units FROM payment AS p WHERE p.id = {payment} AND p.kind <> 'refund'), 0)"
)
DUE = "coalesce((SELECT s.due_units FROM statement AS s WHERE s.id = NEW.statement_id AND s.issued), 0)"
PAID = (
    "(SELECT coalesce(sum(m.amount_units), 0) FROM payment_match AS m"
    " WHERE m.statement_id = NEW.statement_id AND m.undone_at IS NULL)"
)
ANOTHER = (
    "NOT EXISTS (SELECT 1 FROM payment AS p JOIN statement AS s ON s.id = NEW.statement_id"
    " WHERE p.id = NEW.payment_id AND p.creditor_id = s.creditor_id AND p.currency = s.currency"
    " AND coalesce(p.programme_id, 0) = coalesce(s.programme_id, 0)"
    " AND coalesce(p.payer_person_id, 0) = coalesce(s.payer_person_id, 0)"
    " AND coalesce(p.payer_institution_id, 0) = coalesce(s.payer_institution_id, 0))"
)
TOO_MUCH_MATCHED = (
    f"NEW.undone_at IS NULL AND (NEW.amount_units + {USED.format(payment='NEW.payment_id')}"
    f" + {GIVEN_BACK.format(payment='NEW.payment_id')} > {RECEIVED.format(payment='NEW.payment_id')}"
    f" OR NEW.amount_units + {PAID} > {DUE} OR {ANOTHER})"
)
TOO_MUCH_GIVEN_BACK = (
    f"NEW.amount_units + {USED.format(payment='NEW.refunds_id')} + {GIVEN_BACK.format(payment='NEW.refunds_id')}"
    f" > {RECEIVED.format(payment='NEW.refunds_id')}"
)
INVOICED = (
    "(SELECT coalesce(sum(l.{what}), 0) FROM invoice_line AS i JOIN statement_line AS l"
    " ON l.statement_id = i.statement_id AND l.position = i.position WHERE i.invoice_id = NEW.id)"
)
OFF_INVOICE = " OR ".join(
    f"NEW.{what} <> {INVOICED.format(what=what)}" for what in ("amount_units", "tax_units")
)
FIXED = ("creditor_id", "statement_id", "colour", "currency", "amount_units", "tax_units")
INVOICE_CHANGED = " OR ".join(
    (
        "OLD.state = 'issued'",
        "coalesce(NEW.corrects_id, 0) <> coalesce(OLD.corrects_id, 0)",
        *(f"NEW.{name} <> OLD.{name}" for name in FIXED),
    )
)
MATCH_CHANGED = (
    "OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL OR NEW.payment_id <> OLD.payment_id"
    " OR NEW.statement_id <> OLD.statement_id OR NEW.amount_units <> OLD.amount_units"
)
IS_ISSUED = "EXISTS (SELECT 1 FROM statement AS s WHERE s.id = NEW.statement_id AND s.issued)"
HEAD = (
    "closing_id", "creditor_id", "year", "number", "month", "currency", "total_units", "internal_units",
    "prepaid_units", "due_units", "tax_units", "lines", "issued_on", "due_on",
)  # fmt: skip
HEAD_CHANGED = " OR ".join(["OLD.issued", *(f"NEW.{name} <> OLD.{name}" for name in HEAD)])
NOT_ALL = (
    "NEW.state = 'issued' AND (EXISTS (SELECT 1 FROM statement AS s WHERE s.closing_id = NEW.id AND NOT s.issued)"
    " OR NEW.statements_total <> (SELECT count(*) FROM statement AS s WHERE s.closing_id = NEW.id))"
)
CLOSING_CHANGED = (
    "OLD.state = 'issued' OR NEW.month <> OLD.month OR NEW.institution_id <> OLD.institution_id"
    " OR (OLD.state = 'issuing' AND NEW.state NOT IN ('issuing', 'issued'))"
)
LOCK_BOTH = (
    "PERFORM 1 FROM payment WHERE id = NEW.payment_id FOR UPDATE;"
    " PERFORM 1 FROM statement WHERE id = NEW.statement_id FOR UPDATE;"
)
LOCK_PAYMENT = "PERFORM 1 FROM payment WHERE id = NEW.refunds_id FOR UPDATE;"
# Name, event, only when, a lock that PostgreSQL takes first, what is wrong.
RULES = (
    ("statement_numbered", "INSERT ON statement", "", "", f"NEW.issued OR ({GAP})"),
    ("statement_unchanged", "UPDATE ON statement", "", "", HEAD_CHANGED),
    ("statement_balanced", "UPDATE ON statement", "NEW.issued", "", OFF),
    ("statement_kept", "DELETE ON statement", "", "", "1 = 1"),
    ("statement_line_kept", "DELETE ON statement_line", "", "", "1 = 1"),
    ("statement_line_unchanged", "UPDATE ON statement_line", "", "", "1 = 1"),
    ("statement_line_open", "INSERT ON statement_line", "", "", IS_ISSUED),
    ("closing_unchanged", "UPDATE ON closing", "", "", CLOSING_CHANGED),
    ("closing_complete", "UPDATE ON closing", "", "", NOT_ALL),
    ("closing_kept", "DELETE ON closing", "", "", "OLD.state IN ('issuing', 'issued')"),
    ("payment_kept", "DELETE ON payment", "", "", "1 = 1"),
    ("payment_unchanged", "UPDATE ON payment", "", "", "1 = 1"),
    ("payment_refunded", "INSERT ON payment", "NEW.refunds_id IS NOT NULL", LOCK_PAYMENT, TOO_MUCH_GIVEN_BACK),
    ("payment_match_fits", "INSERT ON payment_match", "", LOCK_BOTH, TOO_MUCH_MATCHED),
    ("payment_match_unchanged", "UPDATE ON payment_match", "", "", MATCH_CHANGED),
    ("payment_match_kept", "DELETE ON payment_match", "", "", "1 = 1"),
    ("invoice_unchanged", "UPDATE ON invoice", "", "", INVOICE_CHANGED),
    ("invoice_balanced", "UPDATE ON invoice", "NEW.state = 'issued'", "", OFF_INVOICE),
    ("invoice_kept", "DELETE ON invoice", "", "", "OLD.state = 'issued'"),
    (
        "invoice_line_kept", "DELETE ON invoice_line", "", "",
        "EXISTS (SELECT 1 FROM invoice AS i WHERE i.id = OLD.invoice_id AND i.state = 'issued')",
    ),
    ("invoice_line_unchanged", "UPDATE ON invoice_line", "", "", "1 = 1"),
    (
        "invoice_line_open", "INSERT ON invoice_line", "", "",
        "EXISTS (SELECT 1 FROM invoice AS i WHERE i.id = NEW.invoice_id AND i.state = 'issued')",
    ),
)  # fmt: skip


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    for name, event, when, lock, wrong in RULES:
        if connection.dialect.name == "postgresql":
            _on_postgresql(name, event, when, lock, wrong)
            continue
        condition = f"({when}) AND ({wrong})" if when else wrong
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )


def _on_postgresql(name: str, event: str, when: str, lock: str, wrong: str) -> None:
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
    for name, event, *_ in RULES:
        if connection.dialect.name != "postgresql":
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
            continue
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {event.partition(' ON ')[2]}")
        connection.exec_driver_sql(f"DROP FUNCTION {name}()")
