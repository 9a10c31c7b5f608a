"""Never double-booked: what the database itself refuses, whoever writes.

A reservation that holds time (live) may not overlap more others than the instrument's capacity allows.
PostgreSQL: an exclusion constraint where the instrument serves one at a time; else a trigger that first takes
the lock on the calendar (raises its revision) and then counts. SQLite has one writer: triggers that count.
The depth of a span is greatest at its own start or at the start of one that begins within it.
The lower bound on starts_at (31 days, the longest reservation) lets the index serve the question.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LONGEST = 2678400

# How many live reservations cover the moment p.at on the instrument of {row}, itself left out.
COVERING = f"""
    SELECT count(*) FROM reservation AS r
    WHERE r.instrument_id = {{row}}.instrument_id AND r.live AND r.id <> {{own}}
      AND r.starts_at <= p.at AND r.held_until > p.at AND r.starts_at > p.at - {LONGEST}
"""

# The moments at which the depth over {row} can be greatest.
MOMENTS = """
    SELECT {row}.starts_at AS at
    UNION
    SELECT s.starts_at FROM reservation AS s
    WHERE s.instrument_id = {row}.instrument_id AND s.live AND s.id <> {own}
      AND s.starts_at > {row}.starts_at AND s.starts_at < {row}.held_until
"""

POSTGRESQL = (
    f"""
    CREATE FUNCTION reservation_within_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      room integer;
      deepest integer;
    BEGIN
      SELECT capacity INTO room FROM instrument WHERE id = NEW.instrument_id;
      NEW.exclusive := (room = 1);
      IF room = 1 OR NEW.state IN ('cancelled', 'declined', 'expired') OR NEW.held_until <= NEW.starts_at THEN
        RETURN NEW;
      END IF;
      UPDATE instrument_state SET rev = rev + 1 WHERE instrument_id = NEW.instrument_id;
      SELECT capacity INTO room FROM instrument WHERE id = NEW.instrument_id;
      NEW.exclusive := (room = 1);
      SELECT max(depth) INTO deepest FROM (
        SELECT ({COVERING.format(row="NEW", own="NEW.id")}) AS depth
        FROM ({MOMENTS.format(row="NEW", own="NEW.id")}) AS p
      ) AS depths;
      IF deepest + 1 > room THEN
        RAISE EXCEPTION 'reservation_overlap' USING ERRCODE = 'exclusion_violation',
          CONSTRAINT = 'reservation_overlap';
      END IF;
      RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER reservation_within_capacity
    BEFORE INSERT OR UPDATE OF instrument_id, starts_at, held_until, state, exclusive ON reservation
    FOR EACH ROW EXECUTE FUNCTION reservation_within_capacity()
    """,
    """
    ALTER TABLE reservation ADD CONSTRAINT reservation_overlap EXCLUDE USING gist (
      int8range(instrument_id, instrument_id, '[]') WITH &&,
      int8range(starts_at, held_until) WITH &&
    ) WHERE (live AND exclusive)
    """,
    """
    CREATE FUNCTION instrument_capacity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE instrument_state SET rev = rev + 1 WHERE instrument_id = NEW.id;
      UPDATE reservation SET exclusive = (NEW.capacity = 1)
      WHERE instrument_id = NEW.id AND live AND held_until > extract(epoch FROM now())::bigint;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER instrument_capacity_changed AFTER UPDATE OF capacity ON instrument
    FOR EACH ROW WHEN (OLD.capacity <> NEW.capacity) EXECUTE FUNCTION instrument_capacity_changed()
    """,
    """
    CREATE FUNCTION instrument_has_state() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO instrument_state (instrument_id, rev) VALUES (NEW.id, 0);
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER instrument_has_state AFTER INSERT ON instrument
    FOR EACH ROW EXECUTE FUNCTION instrument_has_state()
    """,
)

# A new row has no number yet in a BEFORE trigger of SQLite (it is -1), so nothing is left out by mistake.
SQLITE_REFUSAL = f"""
    SELECT RAISE(ABORT, 'reservation_overlap') WHERE EXISTS (
      SELECT 1 FROM ({MOMENTS.format(row="NEW", own="NEW.id")}) AS p
      WHERE ({COVERING.format(row="NEW", own="NEW.id")}) + 1
        > (SELECT capacity FROM instrument WHERE id = NEW.instrument_id)
    );
"""
SQLITE_HOLDS = "NEW.state NOT IN ('cancelled', 'declined', 'expired') AND NEW.held_until > NEW.starts_at"

SQLITE = (
    f"""
    CREATE TRIGGER reservation_within_capacity_insert BEFORE INSERT ON reservation
    WHEN {SQLITE_HOLDS} BEGIN {SQLITE_REFUSAL} END
    """,
    f"""
    CREATE TRIGGER reservation_within_capacity_update
    BEFORE UPDATE OF instrument_id, starts_at, held_until, state ON reservation
    WHEN {SQLITE_HOLDS} BEGIN {SQLITE_REFUSAL} END
    """,
    f"""
    CREATE TRIGGER instrument_capacity_changed AFTER UPDATE OF capacity ON instrument
    WHEN NEW.capacity < OLD.capacity BEGIN
      SELECT RAISE(ABORT, 'reservation_overlap') WHERE EXISTS (
        SELECT 1 FROM (
          SELECT starts_at AS at FROM reservation
          WHERE instrument_id = NEW.id AND live AND held_until > CAST(strftime('%s', 'now') AS INTEGER)
        ) AS p
        WHERE (
          SELECT count(*) FROM reservation AS r
          WHERE r.instrument_id = NEW.id AND r.live AND r.starts_at <= p.at AND r.held_until > p.at
            AND r.held_until > CAST(strftime('%s', 'now') AS INTEGER) AND r.starts_at > p.at - {LONGEST}
        ) > NEW.capacity
      );
    END
    """,
    """
    CREATE TRIGGER instrument_has_state AFTER INSERT ON instrument BEGIN
      INSERT INTO instrument_state (instrument_id, rev) VALUES (NEW.id, 0);
    END
    """,
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    for statement in POSTGRESQL if connection.dialect.name == "postgresql" else SQLITE:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("INSERT INTO catalog_revision (id, number) VALUES (1, 0)")


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    connection.exec_driver_sql("DELETE FROM catalog_revision")
    if connection.dialect.name != "postgresql":
        for trigger in (
            "reservation_within_capacity_insert",
            "reservation_within_capacity_update",
            "instrument_capacity_changed",
            "instrument_has_state",
        ):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        return
    connection.exec_driver_sql("ALTER TABLE reservation DROP CONSTRAINT reservation_overlap")
    for table, name in (
        ("reservation", "reservation_within_capacity"),
        ("instrument", "instrument_capacity_changed"),
        ("instrument", "instrument_has_state"),
    ):
        connection.exec_driver_sql(f"DROP TRIGGER {name} ON {table}")
        connection.exec_driver_sql(f"DROP FUNCTION {name}()")
