"""What takes its dates from a season belongs to the institution of that season, whoever writes it."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SPAN = "SELECT s.institution_id FROM season AS s JOIN season_span AS d ON d.season_id = s.id WHERE d.id = NEW.season_span_id"
SEASON = "SELECT s.institution_id FROM season AS s WHERE s.id = NEW.season_id"
OWNER = """coalesce(
    (SELECT l.institution_id FROM lab AS l WHERE l.id = NEW.lab_id),
    (SELECT i.institution_id FROM instrument AS i WHERE i.id = NEW.instrument_id)
  )"""
# Table, the column that refers to a season, the institution of that season, and the one that the row belongs to.
REFERRING = (
    ("opening_hours", "season_span_id", SPAN, OWNER),
    ("dated_rules", "season_id", SEASON, OWNER),
    ("quota", "season_id", SEASON, "NEW.institution_id"),
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    sqlite = connection.dialect.name == "sqlite"
    for table, column, its, owner in REFERRING:
        name, wrong = f"{table}_season_of_institution", f"NEW.{column} IS NOT NULL AND ({its}) <> {owner}"
        if sqlite:
            for event in ("insert", "update"):
                connection.exec_driver_sql(
                    f"CREATE TRIGGER {name}_{event} BEFORE {event.upper()} ON {table} WHEN {wrong}"
                    f" BEGIN SELECT RAISE(ABORT, '{name}'); END"
                )
            continue
        connection.exec_driver_sql(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {wrong} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation'; END IF;"
            " RETURN NEW; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    for table, *_ in REFERRING:
        name = f"{table}_season_of_institution"
        if connection.dialect.name == "sqlite":
            for event in ("insert", "update"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}_{event}")
            continue
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
        connection.exec_driver_sql(f"DROP FUNCTION {name}()")
