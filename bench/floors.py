"""The floors: what the database's driver alone needs for the same rows, with the product's own connection settings."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import Any

from bench.measuring import NOW
from instruments.database import db

LONGEST = 31 * 86_400
MOMENT = int(NOW.timestamp())

_REV = "UPDATE instrument_state SET rev = rev + 1 WHERE instrument_id = {0}"
_RESERVATION = (
    "INSERT INTO reservation (instrument_id, user_id, booker_id, starts_at, ends_at, held_until, exclusive, purpose,"
    " title, shows_name, created_at, changed_at, state) VALUES ({0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}, {0},"
    " {0}, {0}) RETURNING id"
)
_JOURNAL = (
    "INSERT INTO journal_entry (at, actor_id, deed, thing_kind, thing_id, institution_id, lab_id, detail)"
    " VALUES ({0}, {0}, {0}, {0}, {0}, {0}, {0}, {0})"
)
_HELD = """
    SELECT instrument_id, starts_at, held_until FROM reservation
    WHERE {among} AND live AND starts_at > {0} AND starts_at < {0} AND held_until > {0}
    ORDER BY instrument_id, starts_at
"""
_AMONG = {
    "postgresql": "instrument_id = ANY(%s)",
    "sqlite": "instrument_id IN (SELECT value FROM json_each(?))",
}


class _Raw:
    """A connection of the driver, opened as the product opens its own."""

    def __init__(self) -> None:
        self.dialect = db.engine.dialect.name
        self.place = "%s" if self.dialect == "postgresql" else "?"
        self._checked_out = db.engine.raw_connection()
        self.connection: Any = self._checked_out.driver_connection

    def close(self) -> None:
        """Give the connection back."""
        self._checked_out.close()


class RawWriter(_Raw):
    """Writes the rows of a booking, and commits."""

    def __init__(self) -> None:
        super().__init__()
        self._statements = [part.format(self.place) for part in (_REV, _RESERVATION, _JOURNAL)]

    def write(self, instrument_id: int, start: int, end: int, person_id: int) -> None:
        """One transaction: the revision, the reservation, the journal."""
        raised, reserved, noted = self._statements
        connection: sqlite3.Connection = self.connection
        if self.dialect == "sqlite":
            connection.execute("BEGIN IMMEDIATE")
        connection.execute(raised, (instrument_id,))
        row = (
            instrument_id, person_id, person_id, start, end, end, True, "research", "Bench", False, MOMENT, MOMENT,
            "confirmed",
        )  # fmt: skip
        found = connection.execute(reserved, row).fetchone()
        detail = (
            f'{{"instrument_id": {instrument_id}, "user_id": {person_id}, "start": {start}, "end": {end}}}'
        )
        entry = (MOMENT, person_id, "reservation.created", "reservation", found[0], 1, 1, detail)
        connection.execute(noted, entry)
        connection.commit()


class RawReader(_Raw):
    """Fetches held spans by one scan of the index."""

    def __init__(self) -> None:
        super().__init__()
        self._statement = _HELD.format(self.place, among=_AMONG[self.dialect])
        if self.dialect == "postgresql":
            self.connection.autocommit = True

    def close(self) -> None:
        """Give the connection back as it was."""
        if self.dialect == "postgresql":
            self.connection.autocommit = False
        super().close()

    def held(self, instrument_ids: Collection[int], first: int, last: int) -> Sequence[Any]:
        """All rows (instrument, start, end) of these instruments that hold time in [first, last)."""
        ids = list(instrument_ids) if self.dialect == "postgresql" else str(list(instrument_ids))
        return self.connection.execute(self._statement, (ids, first - LONGEST, last, first)).fetchall()
