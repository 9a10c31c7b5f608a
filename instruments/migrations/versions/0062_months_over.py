"""A month is issued only once it is over: on a day after its last, on the wall of its institution."""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

BEGINS = (
    "NEW.state IN ('issuing', 'issued') AND (TG_OP = 'INSERT' OR OLD.state NOT IN ('issuing', 'issued'))"
    " AND to_char(NEW.issued_on, 'YYYY-MM') <= NEW.month"
)
WRONG = "NEW.state IN ('issuing', 'issued'){before} AND substr(NEW.issued_on, 1, 7) <= NEW.month"
BEFORE = " AND OLD.state NOT IN ('issuing', 'issued')"
# SQLite has a trigger for each event.
EVENTS = {"closing_over": ("UPDATE", BEFORE), "closing_over_made": ("INSERT", "")}


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"CREATE FUNCTION closing_over() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {BEGINS} THEN RAISE EXCEPTION"
            " 'closing_over' USING ERRCODE = 'check_violation', CONSTRAINT = 'closing_over'; END IF; RETURN NEW; END $$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER closing_over BEFORE INSERT OR UPDATE ON closing FOR EACH ROW EXECUTE FUNCTION closing_over()"
        )
        return
    for name, (event, before) in EVENTS.items():
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {event} ON closing WHEN {WRONG.format(before=before)}"
            " BEGIN SELECT RAISE(ABORT, 'closing_over'); END"
        )


def downgrade() -> None:
    """Take back."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP TRIGGER closing_over ON closing")
        connection.exec_driver_sql("DROP FUNCTION closing_over()")
        return
    for name in EVENTS:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
