"""Some of an instrument's places can be closed: how many, and the triggers that count them beside the reservations.

What a closure leaves no place for may stand, as the lab decides about it: closed places are counted only where a
reservation begins to hold time that it did not hold before. The depth is greatest where a reservation or a closure
begins. An instrument that serves one at a time has no part that could be closed.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

LONGEST = 2678400
SOME = "c.instrument_id = NEW.instrument_id AND c.units IS NOT NULL AND whose.capacity > 1"

# The moments at which the depth over the new row can be greatest.
MOMENTS = """
    SELECT NEW.starts_at AS at
    UNION
    SELECT s.starts_at FROM reservation AS s
    WHERE s.instrument_id = NEW.instrument_id AND s.live AND s.id <> NEW.id
      AND s.starts_at > NEW.starts_at AND s.starts_at < NEW.held_until
"""
CLOSINGS = f"""
    UNION
    SELECT c.starts_at FROM closure AS c JOIN instrument AS whose ON whose.id = c.instrument_id
    WHERE {SOME} AND c.starts_at > NEW.starts_at AND c.starts_at < NEW.held_until
"""

# How many live reservations cover the moment p.at, the new row left out, and how many places are closed then.
COVERING = f"""
    SELECT count(*) FROM reservation AS r
    WHERE r.instrument_id = NEW.instrument_id AND r.live AND r.id <> NEW.id
      AND r.starts_at <= p.at AND r.held_until > p.at AND r.starts_at > p.at - {LONGEST}
"""
CLOSED = f"""
    SELECT coalesce(sum(c.units), 0) FROM closure AS c JOIN instrument AS whose ON whose.id = c.instrument_id
    WHERE {SOME} AND c.starts_at <= p.at AND c.ends_at > p.at
"""

# Whether an update takes no time that the row did not hold: it is made shorter, or only its state changes.
TAKES_NOTHING = """
    OLD.live AND NEW.instrument_id = OLD.instrument_id
      AND NEW.starts_at >= OLD.starts_at AND NEW.held_until <= OLD.held_until
"""


def _postgresql(moments: str, depth: str, spared: str = "") -> str:
    return f"""
    CREATE OR REPLACE FUNCTION reservation_within_capacity() RETURNS trigger LANGUAGE plpgsql AS $$
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
      {spared}
      SELECT max(depth) INTO deepest FROM (SELECT {depth} AS depth FROM ({moments}) AS p) AS depths;
      IF deepest + 1 > room THEN
        RAISE EXCEPTION 'reservation_overlap' USING ERRCODE = 'exclusion_violation',
          CONSTRAINT = 'reservation_overlap';
      END IF;
      RETURN NEW;
    END $$
    """


# Written out for the closed places as a second question, so that what takes nothing is judged by reservations alone.
WITH_CLOSED = f"""
      IF TG_OP = 'UPDATE' THEN
        counts := NOT ({TAKES_NOTHING});
      END IF;
      IF counts THEN
        SELECT max(depth) INTO deepest FROM (
          SELECT ({COVERING}) + ({CLOSED}) AS depth FROM ({MOMENTS} {CLOSINGS}) AS p
        ) AS depths;
        IF deepest + 1 > room THEN
          RAISE EXCEPTION 'reservation_overlap' USING ERRCODE = 'exclusion_violation',
            CONSTRAINT = 'reservation_overlap';
        END IF;
      END IF;
"""


def _with_closed() -> str:
    plain = _postgresql(MOMENTS, f"({COVERING})", WITH_CLOSED)
    return plain.replace("deepest integer;", "deepest integer;\n      counts boolean := true;", 1)


HOLDS = "NEW.state NOT IN ('cancelled', 'declined', 'expired') AND NEW.held_until > NEW.starts_at"
TRIGGERS = {
    "reservation_within_capacity_insert": "BEFORE INSERT ON reservation",
    "reservation_within_capacity_update": (
        "BEFORE UPDATE OF instrument_id, starts_at, held_until, state ON reservation"
    ),
}


def _sqlite(name: str, closed: bool) -> str:
    refusals = _sqlite_refusal(MOMENTS, f"({COVERING})")
    if closed:
        spared = f"NOT ({TAKES_NOTHING}) AND " if name.endswith("update") else ""
        refusals += _sqlite_refusal(MOMENTS + CLOSINGS, f"({COVERING}) + ({CLOSED})", spared)
    return f"CREATE TRIGGER {name} {TRIGGERS[name]} WHEN {HOLDS} BEGIN {refusals} END"


def _sqlite_refusal(moments: str, depth: str, spared: str = "") -> str:
    return f"""
    SELECT RAISE(ABORT, 'reservation_overlap') WHERE {spared} EXISTS (
      SELECT 1 FROM ({moments}) AS p
      WHERE {depth} + 1 > (SELECT capacity FROM instrument WHERE id = NEW.instrument_id)
    );
    """


def _write(*, closed: bool) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_with_closed() if closed else _postgresql(MOMENTS, f"({COVERING})"))
        return
    for name in TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(_sqlite(name, closed))


def upgrade() -> None:
    """Apply."""
    op.get_bind().exec_driver_sql(
        "ALTER TABLE closure ADD COLUMN units INTEGER CONSTRAINT ck_closure_units"
        " CHECK (units IS NULL OR (units > 0 AND instrument_id IS NOT NULL))"
    )
    _write(closed=True)


def downgrade() -> None:
    """Undo: what closed some places closes the instrument, as the older program reads it."""
    _write(closed=False)
    op.get_bind().exec_driver_sql("ALTER TABLE closure DROP COLUMN units")
