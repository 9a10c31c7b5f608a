"""On which statement a payment came in or a refund stands, and refunds of what a statement owes back."""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

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
SETTLED = (
    "(SELECT coalesce(sum(r.amount_units), 0) FROM payment AS r"
    " WHERE r.statement_id = NEW.statement_id AND r.settles_credit)"
)
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
OF_ANOTHER = "NOT EXISTS (SELECT 1 FROM statement AS s WHERE s.id = NEW.statement_id AND s.issued" + (
    SAME.replace("p.", "NEW.")
)
FITS = "{new} + {used} + {back} > {received}"


def _too_much_matched(back: str) -> str:
    values = {
        "new": "NEW.amount_units",
        "used": USED.format(payment="NEW.payment_id"),
        "back": back.format(payment="NEW.payment_id"),
        "received": RECEIVED.format(payment="NEW.payment_id"),
    }
    return f"NEW.undone_at IS NULL AND ({FITS.format(**values)} OR NEW.amount_units + {PAID} > {DUE} OR {ANOTHER})"


def _too_much_given_back(back: str) -> str:
    values = {
        "new": "NEW.amount_units",
        "used": USED.format(payment="NEW.refunds_id"),
        "back": back.format(payment="NEW.refunds_id"),
        "received": RECEIVED.format(payment="NEW.refunds_id"),
    }
    return FITS.format(**values)


# What is over of a payment goes back, or what a statement owes back; both together never more than came in.
TOO_MUCH_GIVEN_BACK = (
    f"(NOT NEW.settles_credit AND {_too_much_given_back(OVER_BACK)})"
    f" OR NEW.amount_units + {ALL_BACK.format(payment='NEW.refunds_id')} > {RECEIVED.format(payment='NEW.refunds_id')}"
    f" OR (NEW.settles_credit AND NEW.amount_units + {SETTLED} + {DUE} > 0)"
)
LOCK_BOTH = (
    "PERFORM 1 FROM payment WHERE id = NEW.payment_id FOR UPDATE;"
    " PERFORM 1 FROM statement WHERE id = NEW.statement_id FOR UPDATE;"
)
LOCK_PAYMENT = "PERFORM 1 FROM payment WHERE id = NEW.refunds_id FOR UPDATE;"
LOCK_REFUND = LOCK_PAYMENT + " PERFORM 1 FROM statement WHERE id = NEW.statement_id FOR UPDATE;"
REFUNDED = ("payment_refunded", "payment", "NEW.refunds_id IS NOT NULL")
FITTING = ("payment_match_fits", "payment_match", "")
OF_STATEMENT = ("payment_of_statement", "payment", "NEW.statement_id IS NOT NULL")


def upgrade() -> None:
    """Apply."""
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    number = "bigint" if on_postgresql else "integer"
    op.execute(
        f"ALTER TABLE payment ADD COLUMN statement_id {number}"
        " CONSTRAINT fk_payment_statement_id_statement REFERENCES statement (id)"
    )
    op.execute(
        "ALTER TABLE payment ADD COLUMN settles_credit boolean DEFAULT false NOT NULL CONSTRAINT ck_payment_settles_credit"
        " CHECK (NOT settles_credit OR (kind = 'refund' AND statement_id IS NOT NULL))"
    )
    op.create_index("ix_payment_statement", "payment", ["statement_id"], unique=False)
    _unguard("payment_unchanged", "payment", keep_function=True)
    _find_statements(
        "detail ->> 'statement_id'" if on_postgresql else "json_extract(detail, '$.statement_id')"
    )
    _guard_unchanged()
    for name, lock, wrong in (
        (REFUNDED, LOCK_REFUND, TOO_MUCH_GIVEN_BACK),
        (FITTING, LOCK_BOTH, _too_much_matched(OVER_BACK)),
    ):
        _unguard(*name[:2])
        _guard(*name, lock, wrong)
    _guard(*OF_STATEMENT, "", OF_ANOTHER)


def _find_statements(said: str) -> None:
    """The journal says for which statement a payment was recorded; a refund stands where what it gives back came in."""
    op.execute(
        f"UPDATE payment SET statement_id = (SELECT CAST({said} AS bigint) FROM journal_entry AS j"
        " WHERE j.deed = 'payment.recorded' AND j.thing_kind = 'payment' AND j.thing_id = payment.id) WHERE kind = 'payment'"
    )
    op.execute(
        "UPDATE payment SET statement_id = (SELECT p.statement_id FROM payment AS p WHERE p.id = payment.refunds_id)"
        " WHERE kind = 'refund'"
    )


def _unguard(name: str, table: str, keep_function: bool = False) -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    if not keep_function:
        op.execute(f"DROP FUNCTION {name}()")


def _guard_unchanged() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER payment_unchanged BEFORE UPDATE ON payment FOR EACH ROW EXECUTE FUNCTION payment_unchanged()"
        )
        return
    op.execute(
        "CREATE TRIGGER payment_unchanged BEFORE UPDATE ON payment WHEN 1 = 1"
        " BEGIN SELECT RAISE(ABORT, 'payment_unchanged'); END"
    )


def _guard(name: str, table: str, when: str, lock: str, wrong: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
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


def downgrade() -> None:
    """Take back."""
    _unguard(*OF_STATEMENT[:2])
    for name, lock, wrong in (
        (REFUNDED, LOCK_PAYMENT, _too_much_given_back(ALL_BACK)),
        (FITTING, LOCK_BOTH, _too_much_matched(ALL_BACK)),
    ):
        _unguard(*name[:2])
        _guard(*name, lock, wrong)
    _unguard("payment_unchanged", "payment", keep_function=True)
    op.drop_index("ix_payment_statement", table_name="payment")
    op.drop_column("payment", "settles_credit")
    op.drop_column("payment", "statement_id")
    _guard_unchanged()
