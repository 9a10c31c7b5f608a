"""What the database itself keeps of charges, whoever writes.

A charge is posted only when its lines and its shares come to its total; from then on it, its lines and its shares never
change and never vanish, and it is never a draft again. A reversal is posted only as the mirror image of a posted charge,
line by line and share by share, and a charge is reversed only by such a one.
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

FIXED = (
    "key", "kind", "use_id", "customer", "reservation_id", "instrument_id", "lab_id", "institution_id", "user_id", "group_id",
    "customer_class", "version_id", "currency", "total_units", "service_on", "month", "reverses_id", "corrects_id", "about_id",
    "reason", "made_by_id", "made_at", "approved_by_id", "posted_at", "share_rate", "tax_rate", "use_version",
)  # fmt: skip
LINES = "(SELECT coalesce(sum(l.amount_units), 0) FROM charge_line AS l WHERE l.charge_id = {row}.id)"
SHARES = (
    "(SELECT coalesce(sum(s.amount_units), 0) FROM charge_share AS s"
    " WHERE s.charge_id = {row}.id AND s.role <> 'later')"
)
OFF_BALANCE = f"({{row}}.total_units <> {LINES} OR {{row}}.total_units <> {SHARES})"
NO_MIRROR = """({row}.reverses_id IS NOT NULL AND (
    NOT EXISTS (
      SELECT 1 FROM charge AS o WHERE o.id = {row}.reverses_id AND o.posted_at IS NOT NULL AND o.reverses_id IS NULL
        AND o.total_units = -{row}.total_units AND o.currency = {row}.currency AND o.lab_id = {row}.lab_id
        AND o.institution_id = {row}.institution_id AND o.share_rate = {row}.share_rate AND o.tax_rate = {row}.tax_rate
    )
    OR (SELECT count(*) FROM charge_line AS l WHERE l.charge_id = {row}.reverses_id) <> (
      SELECT count(*) FROM charge_line AS l JOIN charge_line AS m
      ON m.charge_id = {row}.id AND m.position = l.position AND m.amount_units = -l.amount_units AND m.kind = l.kind
      WHERE l.charge_id = {row}.reverses_id
    )
    OR (SELECT count(*) FROM charge_share AS s WHERE s.charge_id = {row}.reverses_id) <> (
      SELECT count(*) FROM charge_share AS s JOIN charge_share AS m
      ON m.charge_id = {row}.id AND m.position = s.position AND m.amount_units = -s.amount_units AND m.role = s.role
        AND coalesce(m.fund_id, 0) = coalesce(s.fund_id, 0)
        AND coalesce(m.programme_id, 0) = coalesce(s.programme_id, 0)
        AND coalesce(m.payer_institution_id, 0) = coalesce(s.payer_institution_id, 0)
        AND coalesce(m.payer_person_id, 0) = coalesce(s.payer_person_id, 0)
      WHERE s.charge_id = {row}.reverses_id
    )
  ))"""
NOT_REVERSED = """({row}.state = 'reversed' AND NOT EXISTS (
    SELECT 1 FROM charge AS r WHERE r.reverses_id = {row}.id AND r.posted_at IS NOT NULL
  ))"""
IS_POSTED = "EXISTS (SELECT 1 FROM charge AS c WHERE c.id = {row}.charge_id AND c.posted_at IS NOT NULL)"
PARTS = ("charge_line", "charge_share")


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    statements = _postgresql() if connection.dialect.name == "postgresql" else _sqlite()
    for statement in statements:
        connection.exec_driver_sql(statement)


def _sqlite() -> list[str]:
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)
    posted = f"{OFF_BALANCE.format(row='NEW')} OR {NO_MIRROR.format(row='NEW')}"
    rules = [
        ("charge_drafted_first", "INSERT ON charge", "NEW.posted_at IS NOT NULL"),
        (
            "charge_balanced",
            "UPDATE ON charge",
            f"OLD.posted_at IS NULL AND NEW.posted_at IS NOT NULL AND ({posted})",
        ),
        (
            "charge_unchanged",
            "UPDATE ON charge",
            f"OLD.posted_at IS NOT NULL AND (OLD.state = 'reversed' AND NEW.state <> 'reversed' OR {changed})",
        ),
        (
            "charge_reversed",
            "UPDATE OF state ON charge",
            f"OLD.state <> 'reversed' AND {NOT_REVERSED.format(row='NEW')}",
        ),
        ("charge_kept", "DELETE ON charge", "OLD.posted_at IS NOT NULL"),
    ]
    for table in PARTS:
        rules += [
            (f"{table}_posted", f"INSERT ON {table}", IS_POSTED.format(row="NEW")),
            (
                f"{table}_unchanged",
                f"UPDATE ON {table}",
                f"{IS_POSTED.format(row='OLD')} OR {IS_POSTED.format(row='NEW')}",
            ),
            (f"{table}_kept", f"DELETE ON {table}", IS_POSTED.format(row="OLD")),
        ]
    return [
        f"CREATE TRIGGER {name} BEFORE {event} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{name}'); END"
        for name, event, wrong in rules
    ]


def _postgresql() -> list[str]:
    """Once a statement, not once a row: a month is posted by a few statements of thousands of rows."""
    changed = " OR ".join(f"n.{name} IS DISTINCT FROM o.{name}" for name in FIXED)
    both = "new_rows AS n JOIN old_rows AS o ON o.id = n.id"
    posted = f"{OFF_BALANCE.format(row='n')} OR {NO_MIRROR.format(row='n')}"
    rules = [
        ("charge_drafted_first", "charge", "INSERT", "new_rows AS n WHERE n.posted_at IS NOT NULL"),
        (
            "charge_balanced",
            "charge",
            "UPDATE",
            f"{both} WHERE o.posted_at IS NULL AND n.posted_at IS NOT NULL AND ({posted})",
        ),
        (
            "charge_unchanged",
            "charge",
            "UPDATE",
            f"{both} WHERE o.posted_at IS NOT NULL AND (o.state = 'reversed' AND n.state <> 'reversed' OR {changed})",
        ),
        (
            "charge_reversed",
            "charge",
            "UPDATE",
            f"{both} WHERE o.state <> 'reversed' AND {NOT_REVERSED.format(row='n')}",
        ),
        ("charge_kept", "charge", "DELETE", "old_rows AS o WHERE o.posted_at IS NOT NULL"),
    ]
    for table in PARTS:
        new, old = (
            f"{rows}_rows AS {name} JOIN charge AS c ON c.id = {name}.charge_id AND c.posted_at IS NOT NULL"
            for rows, name in (("new", "n"), ("old", "o"))
        )
        rules += [
            (f"{table}_posted", table, "INSERT", new),
            (f"{table}_unchanged", table, "UPDATE", old),
            (f"{table}_moved", table, "UPDATE", new),
            (f"{table}_kept", table, "DELETE", old),
        ]
    return [statement for rule in rules for statement in _on_postgresql(*rule)]


def _on_postgresql(name: str, table: str, event: str, wrong: str) -> list[str]:
    rows = {"INSERT": "NEW TABLE AS new_rows", "DELETE": "OLD TABLE AS old_rows"}
    referencing = rows.get(event, "OLD TABLE AS old_rows NEW TABLE AS new_rows")
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM {wrong})"
        f" THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'; END IF;"
        " RETURN NULL; END $$",
        f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {referencing}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        for statement in _sqlite():
            connection.exec_driver_sql(f"DROP TRIGGER {statement.split()[2]}")
        return
    for statement in _postgresql():
        if statement.startswith("CREATE TRIGGER"):
            name, table = statement.split()[2], statement.split(" ON ")[1].split()[0]
            connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
            connection.exec_driver_sql(f"DROP FUNCTION {name}()")
