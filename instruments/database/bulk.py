"""Thousands of rows at once, in the transaction of the session: COPY on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from instruments.database import db

# Of one statement on SQLite, which takes at most 32,766.
MOST_VALUES = 2_000


def insert_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of plain values, in the order of the columns.

    The values are as the database keeps them: moments as epoch seconds, dates as ISO text, JSON as text. Nothing is
    converted, which is what makes it fast; constraints and triggers hold as ever.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        statement = f'COPY "{table}" ({names}) FROM STDIN'
        try:
            with driver.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:
            # What is written past SQLAlchemy is refused as it refuses: constraints, deadlocks, lost connections.
            raise DBAPIError.instance(
                statement, None, error, psycopg.Error, dialect=connection.dialect
            ) from error
        return
    _insert_on_sqlite(connection, f'INSERT INTO "{table}" ({names})', len(columns), iter(rows))


def _insert_on_sqlite(connection: Any, insert: str, width: int, rows: Iterator[Sequence[Any]]) -> None:
    """Many rows in one statement: each statement on a table with triggers keeps what it would undo, page by page."""
    at_once = max(1, MOST_VALUES // width)
    place = f"({', '.join('?' * width)})"
    while chunk := list(islice(rows, at_once)):
        values = tuple(chain.from_iterable(chunk))
        connection.exec_driver_sql(f"{insert} VALUES {', '.join([place] * len(chunk))}", values)


def next_ids(table: str, count: int) -> list[int]:
    """So many numbers for new rows of a table, ascending. On SQLite inside a deed, which is the only writer."""
    if db.session.get_bind().dialect.name == "postgresql":
        statement = text(
            "SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)"
        )
        return sorted(db.session.scalars(statement, {"table": table, "count": count}))
    last = db.session.scalar(text(f'SELECT coalesce(max(id), 0) FROM "{table}"')) or 0  # noqa: S608 - our own name
    return list(range(last + 1, last + 1 + count))
