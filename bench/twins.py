"""The floor of what is written: the driver's bulk insert of the same rows into twins of the same tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

from bench.measuring import processors, without_time_limit
from instruments.database import db
from instruments.database.bulk import insert_rows
from instruments.database.transactions import deed

# A table, the condition of its rows, and their order.
Asked = Mapping[str, tuple[str, str]]
_KEYS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = CAST(:table AS regclass) AND contype = 'f' ORDER BY conname
"""
_MADE_BY = "SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND type IN ('table', 'index') AND sql IS NOT NULL"


def seconds_of_driver(asked: Asked, values: Mapping[str, Any], *, bare: bool) -> float:
    """Processor seconds in which the driver alone writes rows that are there into twins of their tables.

    A twin has the columns, checks, foreign keys and indexes of its table, and none of its triggers; a bare one has the columns
    and the key alone. It is empty, and gone afterwards.
    """
    parts = {table: _rows(table, *how, values) for table, how in asked.items()}
    with _twins(asked, bare=bare):
        clock = processors()
        began = clock()
        with deed():
            without_time_limit()
            for table, (columns, rows) in parts.items():
                _insert(_twin(table), columns, rows)
        return (clock() - began) / 1e9


@contextmanager
def _twins(asked: Asked, *, bare: bool) -> Iterator[None]:
    on_sqlite = db.engine.dialect.name == "sqlite"
    make = _bare if bare else _on_sqlite if on_sqlite else _on_postgresql
    with deed() as session:
        for table, (_, key) in asked.items():
            # One may be left of a run that was ended.
            for statement in (f"DROP TABLE IF EXISTS {_twin(table)}", *make(table, key)):
                session.execute(text(statement))
    yield
    with deed() as session:
        for table in asked:
            session.execute(text(f"DROP TABLE {_twin(table)}"))


def _twin(table: str) -> str:
    return f"floor_{table}"


def _bare(table: str, key: str) -> list[str]:
    return [
        f"CREATE TABLE {_twin(table)} AS SELECT * FROM {table} WHERE 1 = 0",
        f"CREATE UNIQUE INDEX floor_{table}_key ON {_twin(table)} ({key})",
    ]


def _on_sqlite(table: str, _: str) -> list[str]:
    made = db.session.execute(text(_MADE_BY), {"table": table}).all()
    table_name, index_name = re.compile(rf'^CREATE TABLE "?{table}"?'), re.compile(r"INDEX (\S+) ON \S+")
    return [
        table_name.sub(f"CREATE TABLE {_twin(table)}", sql)
        if kind == "table"
        else index_name.sub(rf"INDEX floor_\1 ON {_twin(table)}", sql)
        for kind, sql in sorted(made, key=lambda row: row.type, reverse=True)
    ]


def _on_postgresql(table: str, _: str) -> list[str]:
    keys = db.session.execute(text(_KEYS), {"table": table}).all()
    twin = f"CREATE TABLE {_twin(table)} (LIKE {table} INCLUDING ALL)"
    return [twin, *(f"ALTER TABLE {_twin(table)} ADD CONSTRAINT {name} {rule}" for name, rule in keys)]


def _insert(table: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """COPY on PostgreSQL; on SQLite the driver's own way for many rows."""
    if db.engine.dialect.name == "postgresql":
        insert_rows(table, columns, rows)
        return
    places = ", ".join("?" * len(columns))
    connection: Any = db.session.connection().connection.driver_connection
    connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)


def _rows(
    table: str, where: str, order: str, values: Mapping[str, Any]
) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
    """Columns and rows as the driver gives and takes them; JSON as text."""
    columns = [column.name for column in db.metadata.tables[table].columns]
    json = {"detail", "sender", "payer", "why"}
    names = ", ".join(f"CAST({name} AS TEXT)" if name in json else name for name in columns)
    found = db.session.execute(text(f"SELECT {names} FROM {table} WHERE {where} ORDER BY {order}"), values)
    rows = [tuple(row) for row in found]
    db.session.rollback()
    return columns, rows
