"""What a statement owes back can be set off against another statement of its payer, and be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None

LIVE = "EXISTS (SELECT 1 FROM payment_match AS v WHERE v.payment_id = r.id AND v.undone_at IS NULL)"
USED = (
    "(SELECT coalesce(sum(m.amount_units), 0) FROM payment_match AS m"
    " WHERE m.payment_id = {payment} AND m.undone_at IS NULL)"
)
ALL_BACK = "(SELECT coalesce(sum(r.amount_units), 0) FROM payment AS r WHERE r.refunds_id = {payment})"
OVER_BACK = (
    "(SELECT coalesce(sum(r.amount_units), 0) FROM payment AS r"
    " WHERE r.refunds_id = {payment} AND NOT r.settles_credit)"
)
RECEIVED = (
    "coalesce((SELECT p.amount_units FROM payment AS p WHERE p.id = {payment} AND p.kind <> 'refund'), 0)"
)
DUE = "coalesce((SELECT s.due_units FROM statement AS s WHERE s.id = NEW.statement_id AND s.issued), 0)"
PAID = (
    "(SELECT coalesce(sum(m.amount_units), 0) FROM payment_match AS m"
    " WHERE m.statement_id = NEW.statement_id AND m.undone_at IS NULL)"
)
SETTLED_BEFORE = (
    "(SELECT coalesce(sum(r.amount_units), 0) FROM payment AS r"
    " WHERE r.statement_id = {statement} AND r.settles_credit)"
)
SETTLED = SETTLED_BEFORE[:-1] + f" AND (r.kind <> 'set_off' OR {LIVE}))"
SAME = (
    " AND p.creditor_id = s.creditor_id AND p.currency = s.currency"
    " AND coalesce(p.programme_id, 0) = coalesce(s.programme_id, 0)"
    " AND coalesce(p.payer_person_id, 0) = coalesce(s.payer_person_id, 0)"
    " AND coalesce(p.payer_institution_id, 0) = coalesce(s.payer_institution_id, 0))"
)
ANOTHER = (
    "NOT EXISTS (SELECT 1 FROM payment AS p JOIN statement AS s ON s.id = NEW.statement_id"
    " WHERE p.id = NEW.payment_id" + SAME
)
FITS = "{new} + {used} + {back} > {received}"
# A credit that is set off pays one statement, with all that is set off, never more than is owed back.
CREDIT_DIFFERS = (
    "EXISTS (SELECT 1 FROM payment AS c JOIN statement AS o ON o.id = c.statement_id"
    " WHERE c.id = NEW.payment_id AND c.kind = 'set_off' AND (NEW.amount_units <> c.amount_units"
    f" OR c.amount_units + {SETTLED.format(statement='o.id')} + o.due_units > 0))"
)


def _fits(payment: str, back: str) -> str:
    return FITS.format(
        new="NEW.amount_units",
        used=USED.format(payment=payment),
        back=back.format(payment=payment),
        received=RECEIVED.format(payment=payment),
    )


TOO_MUCH_MATCHED = (
    f"NEW.undone_at IS NULL AND ({_fits('NEW.payment_id', OVER_BACK)}"
    f" OR NEW.amount_units + {PAID} > {DUE} OR {ANOTHER}"
)


def _too_much_given_back(settled: str) -> str:
    return (
        f"(NOT NEW.settles_credit AND {_fits('NEW.refunds_id', OVER_BACK)})"
        f" OR NEW.amount_units + {ALL_BACK.format(payment='NEW.refunds_id')} > {RECEIVED.format(payment='NEW.refunds_id')}"
        f" OR (NEW.settles_credit AND {_more_than_owed(settled)})"
    )


def _more_than_owed(settled: str) -> str:
    return f"NEW.amount_units + {settled.format(statement='NEW.statement_id')} + {DUE} > 0"


LOCK_STATEMENT = "PERFORM 1 FROM statement WHERE id = NEW.statement_id FOR UPDATE;"
LOCK_BOTH = f"PERFORM 1 FROM payment WHERE id = NEW.payment_id FOR UPDATE; {LOCK_STATEMENT}"
LOCK_CREDIT = (
    f"{LOCK_BOTH} PERFORM 1 FROM statement WHERE id = (SELECT c.statement_id FROM payment AS c"
    " WHERE c.id = NEW.payment_id AND c.kind = 'set_off') FOR UPDATE;"
)
LOCK_REFUND = f"PERFORM 1 FROM payment WHERE id = NEW.refunds_id FOR UPDATE; {LOCK_STATEMENT}"
REFUNDED = ("payment_refunded", "payment", "NEW.refunds_id IS NOT NULL")
FITTING = ("payment_match_fits", "payment_match", "")
CREDIT = ("payment_set_off", "payment", "NEW.kind = 'set_off'")
NEW = ("ck_payment_set_off", "kind <> 'set_off' OR settles_credit")
# Name, what it says without and with what is set off.
CHECKS = (
    (
        "ck_payment_ck_payment_kind",
        "kind IN ('payment', 'refund', 'netting')",
        "kind IN ('payment', 'refund', 'netting', 'set_off')",
    ),
    (
        "ck_payment_ck_payment_account",
        "kind = 'netting' OR bank_account <> ''",
        "kind IN ('netting', 'set_off') OR bank_account <> ''",
    ),
    (
        "ck_payment_settles_credit",
        "NOT settles_credit OR (kind = 'refund' AND statement_id IS NOT NULL)",
        "NOT settles_credit OR (kind IN ('refund', 'set_off') AND statement_id IS NOT NULL)",
    ),
)


def upgrade() -> None:
    """Apply."""
    if _on_postgresql():
        for name, _, after in CHECKS:
            op.execute(f"ALTER TABLE payment DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({after})")
        op.execute(f"ALTER TABLE payment ADD CONSTRAINT {NEW[0]} CHECK ({NEW[1]})")
    else:
        _say([*((before, after) for _, before, after in CHECKS), _with_the_new()])
    _rules(SETTLED, LOCK_CREDIT, f"{TOO_MUCH_MATCHED} OR {CREDIT_DIFFERS})")
    _guard(*CREDIT, LOCK_STATEMENT, _more_than_owed(SETTLED))


def downgrade() -> None:
    """Take back. What was set off stays in the table, as in the books."""
    _unguard(*CREDIT[:2])
    _rules(SETTLED_BEFORE, LOCK_BOTH, f"{TOO_MUCH_MATCHED})")
    if not _on_postgresql():
        _say([_with_the_new()[::-1], *((after, before) for _, before, after in CHECKS)])
        return
    op.execute(f"ALTER TABLE payment DROP CONSTRAINT {NEW[0]}")
    for name, before, _ in CHECKS:
        op.execute(
            f"ALTER TABLE payment DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({before}) NOT VALID"
        )


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _with_the_new() -> tuple[str, str]:
    """The table's words without and with the new check, which follows that of the kinds."""
    kinds = f"CONSTRAINT {CHECKS[0][0]} CHECK ({CHECKS[0][2]})"
    return kinds, f"{kinds}, CONSTRAINT {NEW[0]} CHECK ({NEW[1]})"


def _say(changes: list[tuple[str, ...]]) -> None:
    """SQLite changes no constraint, and this table has others that refer to it: its words are changed where they are kept,
    as SQLite advises where what is stored stays as it is."""
    connection = op.get_bind()
    question = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'payment'")
    words = connection.execute(question).scalar_one()
    for before, after in changes:
        if words.count(before) != 1:
            raise RuntimeError(f"The table payment does not say {before!r}.")
        words = words.replace(before, after)
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    change = sa.text("UPDATE sqlite_master SET sql = :words WHERE type = 'table' AND name = 'payment'")
    connection.execute(change, {"words": words})
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def _rules(settled: str, lock: str, too_much: str) -> None:
    """What goes back, and what pays, anew."""
    for name, held, wrong in (
        (REFUNDED, LOCK_REFUND, _too_much_given_back(settled)),
        (FITTING, lock, too_much),
    ):
        _unguard(*name[:2])
        _guard(*name, held, wrong)


def _unguard(name: str, table: str) -> None:
    if not _on_postgresql():
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")


def _guard(name: str, table: str, when: str, lock: str, wrong: str) -> None:
    connection = op.get_bind()
    if not _on_postgresql():
        condition = f"({when}) AND ({wrong})" if when else wrong
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )
        return
    connection.exec_driver_sql(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {lock}"
        f" IF {wrong} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';"
        f" END IF; RETURN NEW; END $$"
    )
    condition = f"WHEN ({when})" if when else ""
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW {condition} EXECUTE FUNCTION {name}()"
    )
