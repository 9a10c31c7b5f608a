"""What SQLite's planner knows of the tables: it is told of rows that came later only when somebody counts them for it."""

from __future__ import annotations

from sqlalchemy import text

from instruments.database import db

# So many rows of each index are looked at: as good as all of them, and done in a tenth of a second at any size.
LOOKED_AT = 1000


def tell_planner() -> None:
    """Count the tables for SQLite's planner, inside a deed; connections that open afterwards know of it.

    PostgreSQL does this by itself. `PRAGMA optimize` would do nothing here: before SQLite 3.46 it counts only what its own
    connection has asked for.
    """
    if db.engine.dialect.name != "sqlite":
        return
    db.session.execute(text(f"PRAGMA analysis_limit = {LOOKED_AT}"))
    db.session.execute(text("ANALYZE"))
