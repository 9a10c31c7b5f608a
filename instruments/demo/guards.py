"""Let the guards of tables step aside for a moment: what the database keeps from everybody is kept from this room, too."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import text

from instruments.database import db


@contextmanager
def aside(names: Collection[str]) -> Iterator[None]:
    """Without the triggers of these tables, inside a deed; afterwards they stand as before."""
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        for name in names:
            connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
        yield
        for name in names:
            connection.execute(text(f'ALTER TABLE "{name}" ENABLE TRIGGER USER'))
        return
    asked = text("SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger'")
    guards = [guard for guard in connection.execute(asked).all() if guard.tbl_name in names]
    for guard in guards:
        connection.execute(text(f"DROP TRIGGER {guard.name}"))
    yield
    for guard in guards:
        connection.exec_driver_sql(guard.sql)
