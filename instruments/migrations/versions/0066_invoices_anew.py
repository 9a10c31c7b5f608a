"""Invoices made again with the right title: the old one is kept and linked, and each line stands on one invoice at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NO_FIT = (
    "NOT EXISTS (SELECT 1 FROM invoice AS o WHERE o.id = NEW.corrects_id AND o.colour = 'blue' AND o.state = 'issued'"
    " AND o.creditor_id = NEW.creditor_id AND o.currency = NEW.currency AND o.amount_units + NEW.amount_units"
    " + (SELECT coalesce(sum(r.amount_units), 0) FROM invoice AS r WHERE r.corrects_id = NEW.corrects_id{live}) >= 0)"
)
INVOICED = (
    "(SELECT coalesce(sum({sign}l.{what}), 0) FROM invoice_line AS i JOIN statement_line AS l"
    " ON l.statement_id = i.statement_id AND l.position = i.position WHERE i.invoice_id = NEW.id)"
)
SIGN = "(CASE WHEN i.takes_back THEN -1 ELSE 1 END) * "
FIXED = ("creditor_id", "statement_id", "colour", "currency", "amount_units", "tax_units")
OLD_CHANGED = (
    "OLD.state = 'issued'",
    "coalesce(NEW.corrects_id, 0) <> coalesce(OLD.corrects_id, 0)",
    *(f"NEW.{name} <> OLD.{name}" for name in FIXED),
)
CHANGED = (
    *OLD_CHANGED,
    "OLD.withdrawn_at IS NOT NULL",
    "(NEW.withdrawn_at IS NOT NULL AND NEW.state = 'issued')",
    "coalesce(NEW.replaces_id, 0) <> coalesce(OLD.replaces_id, 0)",
)
# Of a line only changes whether it stands on this invoice now.
LINE_CHANGED = " OR ".join(
    f"NEW.{name} <> OLD.{name}" for name in ("statement_id", "position", "invoice_id", "takes_back")
)
OF_ISSUED = "EXISTS (SELECT 1 FROM invoice AS i WHERE i.id = {row}.invoice_id AND i.state = 'issued')"
LINES = ("invoice_line_kept", "invoice_line_unchanged", "invoice_line_open")


def _balanced(sign: str) -> str:
    return " OR ".join(
        f"NEW.{what} <> {INVOICED.format(what=what, sign=sign)}" for what in ("amount_units", "tax_units")
    )


def upgrade() -> None:
    """Apply."""
    number = "bigint" if _on_postgresql() else "integer"
    for name in ("replaces_id", "withdrawn_by_id"):
        other = "invoice" if name == "replaces_id" else "person"
        op.execute(
            f"ALTER TABLE invoice ADD COLUMN {name} {number} CONSTRAINT fk_invoice_{name}_{other} REFERENCES {other} (id)"
        )
    op.add_column("invoice", sa.Column("withdrawn_at", sa.BigInteger(), nullable=True))
    live = sa.text("replaces_id IS NOT NULL AND withdrawn_at IS NULL")
    op.create_index(
        "uq_invoice_replaces",
        "invoice",
        ["replaces_id"],
        unique=True,
        postgresql_where=live,
        sqlite_where=live,
    )
    _unguard()
    _lines(more=True)
    _guard(CHANGED, SIGN, NO_FIT.format(live=" AND r.withdrawn_at IS NULL"), LINE_CHANGED)


def downgrade() -> None:
    """Take back. What was made again or withdrawn cannot be said any more: it must not be there."""
    _unguard()
    _lines(more=False)
    op.drop_index("uq_invoice_replaces", table_name="invoice")
    for name in ("withdrawn_at", "withdrawn_by_id", "replaces_id"):
        op.drop_column("invoice", name)
    _guard(OLD_CHANGED, "", NO_FIT.format(live=""), "1 = 1")


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _lines(more: bool) -> None:
    """SQLite makes the table anew, because the key of a table cannot change there."""
    key = ["invoice_id", "statement_id", "position"] if more else ["statement_id", "position"]
    if _on_postgresql():
        op.drop_constraint("pk_invoice_line", "invoice_line")
        op.create_primary_key("pk_invoice_line", "invoice_line", key)
        if more:
            for column in _added():
                op.add_column("invoice_line", column)
        else:
            for name in ("live", "takes_back"):
                op.drop_column("invoice_line", name)
    else:
        _made_anew(key, more)
    if more:
        live = sa.text("live")
        op.create_index(
            "uq_invoice_line_live", "invoice_line", ["statement_id", "position"], unique=True,
            postgresql_where=live, sqlite_where=live,
        )  # fmt: skip


def _added() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("live", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("takes_back", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def _made_anew(key: list[str], more: bool) -> None:
    op.drop_index("ix_invoice_line_invoice", table_name="invoice_line")
    op.create_table(
        "invoice_line_anew",
        sa.Column("statement_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("invoice_id", Id, autoincrement=False, nullable=False),
        *(_added() if more else ()),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name="fk_invoice_line_invoice_id_invoice"),
        sa.ForeignKeyConstraint(
            ["statement_id", "position"],
            ["statement_line.statement_id", "statement_line.position"],
            name="fk_invoice_line_statement_line",
        ),
        sa.PrimaryKeyConstraint(*key, name="pk_invoice_line"),
    )
    op.execute(
        "INSERT INTO invoice_line_anew (statement_id, position, invoice_id)"
        " SELECT statement_id, position, invoice_id FROM invoice_line" + ("" if more else " WHERE live")
    )
    op.drop_table("invoice_line")
    op.rename_table("invoice_line_anew", "invoice_line")
    op.create_index("ix_invoice_line_invoice", "invoice_line", ["invoice_id"], unique=False)


GUARDS = (
    ("invoice_unchanged", "invoice"), ("invoice_balanced", "invoice"), ("invoice_red_fits", "invoice"),
    *((name, "invoice_line") for name in LINES),
)  # fmt: skip


def _unguard() -> None:
    for name, table in GUARDS:
        if _on_postgresql():
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
        else:
            op.execute(f"DROP TRIGGER {name}")


def _guard(changed: tuple[str, ...], sign: str, no_fit: str, line_changed: str) -> None:
    lock = "PERFORM 1 FROM invoice WHERE id = NEW.corrects_id FOR UPDATE;"
    for name, event, when, first, wrong in (
        ("invoice_unchanged", "UPDATE ON invoice", "", "", " OR ".join(changed)),
        ("invoice_balanced", "UPDATE ON invoice", "NEW.state = 'issued'", "", _balanced(sign)),
        ("invoice_red_fits", "INSERT ON invoice", "NEW.colour = 'red'", lock, no_fit),
        ("invoice_line_kept", "DELETE ON invoice_line", "", "", OF_ISSUED.format(row="OLD")),
        ("invoice_line_unchanged", "UPDATE ON invoice_line", "", "", line_changed),
        ("invoice_line_open", "INSERT ON invoice_line", "", "", OF_ISSUED.format(row="NEW")),
    ):
        _guard_one(name, event, when, first, wrong)


def _guard_one(name: str, event: str, when: str, lock: str, wrong: str) -> None:
    connection = op.get_bind()
    if not _on_postgresql():
        condition = f"({when}) AND ({wrong})" if when else wrong
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {event} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{name}'); END"
        )
        return
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
