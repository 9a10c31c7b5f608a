"""Lowering an instrument's capacity also counts its closed places, alone and beside the reservations to come.

The depth is greatest where a reservation or a closure begins. Reservations alone were judged before; what is refused
here begins with the same word, so that the older program takes it for the same refusal.
"""

from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

LONGEST = 2678400
NOW = {
    "postgresql": "extract(epoch FROM now())::bigint",
    "sqlite": "CAST(strftime('%s', 'now') AS INTEGER)",
}

# How many of its reservations, and how many of its closed places, cover the moment p.at and are not over.
HELD = f"""
    SELECT count(*) FROM reservation AS r
    WHERE r.instrument_id = NEW.id AND r.live AND r.starts_at <= p.at AND r.held_until > p.at
      AND r.held_until > {{now}} AND r.starts_at > p.at - {LONGEST}
"""
CLOSED = """
    SELECT coalesce(sum(c.units), 0) FROM closure AS c
    WHERE c.instrument_id = NEW.id AND c.units IS NOT NULL AND c.starts_at <= p.at AND c.ends_at > p.at
      AND c.ends_at > {now}
"""
MOMENTS = """
    SELECT s.starts_at AS at FROM reservation AS s
    WHERE s.instrument_id = NEW.id AND s.live AND s.held_until > {now}
    UNION
    SELECT c.starts_at FROM closure AS c
    WHERE c.instrument_id = NEW.id AND c.units IS NOT NULL AND c.ends_at > {now}
"""
DEPTHS = f"SELECT ({CLOSED}) AS closed, ({HELD}) AS held FROM ({MOMENTS}) AS p"
REFUSALS = {
    "reservation_overlap: closed places": "d.closed > NEW.capacity",
    "reservation_overlap: closed and reserved": "d.closed > 0 AND d.closed + d.held > NEW.capacity",
}

RAISE = """
    UPDATE instrument_state SET rev = rev + 1 WHERE instrument_id = NEW.id;
    UPDATE reservation SET exclusive = (NEW.capacity = 1)
    WHERE instrument_id = NEW.id AND live AND held_until > extract(epoch FROM now())::bigint;
"""


def _postgresql(refusals: str) -> str:
    return f"""
    CREATE OR REPLACE FUNCTION instrument_capacity_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      {RAISE}
      {refusals}
      RETURN NULL;
    END $$
    """


def _postgresql_refusals() -> str:
    depths = DEPTHS.format(now=NOW["postgresql"])
    raised = "".join(
        f"""
        IF EXISTS (SELECT 1 FROM ({depths}) AS d WHERE {where}) THEN
          RAISE EXCEPTION '{message}' USING ERRCODE = 'exclusion_violation',
            CONSTRAINT = 'reservation_overlap';
        END IF;
        """
        for message, where in REFUSALS.items()
    )
    return f"IF NEW.capacity < OLD.capacity THEN {raised} END IF;"


def _sqlite_trigger(name: str, refusals: str) -> str:
    return f"""
    CREATE TRIGGER {name} AFTER UPDATE OF capacity ON instrument
    WHEN NEW.capacity < OLD.capacity BEGIN {refusals} END
    """


def _sqlite_refusals() -> str:
    depths = DEPTHS.format(now=NOW["sqlite"])
    return "".join(
        f"SELECT RAISE(ABORT, '{message}') WHERE EXISTS (SELECT 1 FROM ({depths}) AS d WHERE {where});"
        for message, where in REFUSALS.items()
    )


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_postgresql(_postgresql_refusals()))
    else:
        connection.exec_driver_sql(_sqlite_trigger("instrument_capacity_and_closed", _sqlite_refusals()))


def downgrade() -> None:
    """Undo."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_postgresql(""))
    else:
        connection.exec_driver_sql("DROP TRIGGER instrument_capacity_and_closed")
