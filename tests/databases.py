"""The two databases of the suite: migrated once by the real migrations, then emptied before each test."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
import psycopg
from sqlalchemy.engine import URL

from app import create_app
from tests import postgres

KINDS = ("sqlite", "postgresql")
# What a process keeps in memory is good for one number of the catalogue: no two tests may share one.
_catalog_numbers = itertools.count(1_000_000, 1_000)


@dataclass(frozen=True)
class Database:
    """One migrated database. `empty()` brings it back to the state after the migrations."""

    kind: str
    url: str
    folder: Path
    empty: Callable[[], None]
    close: Callable[[], None] = lambda: None


def make_sqlite(folder: Path) -> Database:
    """A database file in the folder, and a copy of its first state to go back to."""
    file, template = folder / "commons.db", folder / "template.db"
    url = f"sqlite:///{file}"
    migrate(url, folder)
    with sqlite3.connect(file) as source, sqlite3.connect(template) as copy:
        source.backup(copy)

    def empty() -> None:
        # The backup interface takes the locks that other processes respect; copying the file would not.
        with sqlite3.connect(template) as source, sqlite3.connect(file, timeout=10) as target:
            target.execute("PRAGMA synchronous=OFF")
            source.backup(target)
            target.execute("UPDATE catalog_revision SET number = ?", (next(_catalog_numbers),))
        source.close()
        target.close()

    return Database("sqlite", url, folder, empty)


def make_postgresql(server: URL, folder: Path, name: str) -> Database:
    """A database of this name on the server."""
    address = postgres.fresh_database(server, name)
    url = address.render_as_string(hide_password=False)
    migrate(url, folder)
    connection = psycopg.connect(postgres.dsn(address), autocommit=True)
    tables = [
        row[0]
        for row in connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        )
    ]
    filled = _filled(connection, tables)
    seeds = {table: _digest(connection, table) for table in filled - {"catalog_revision"}}
    rest = [table for table in tables if table not in filled]

    def empty() -> None:
        with connection.transaction():
            # As a replica no trigger and no foreign key stands in the way.
            connection.execute("SET LOCAL session_replication_role = replica")
            for table in _filled(connection, rest):
                connection.execute(f'DELETE FROM "{table}"')
            connection.execute("UPDATE catalog_revision SET number = %s", (next(_catalog_numbers),))
        changed = [table for table, digest in seeds.items() if _digest(connection, table) != digest]
        if changed:
            raise AssertionError(f"a test changed the seeded tables {changed}: put them back in the test")

    return Database("postgresql", url, folder, empty, connection.close)


def _filled(connection: psycopg.Connection, tables: list[str]) -> set[str]:
    if not tables:
        return set()
    question = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables
    )
    return {row[0] for row in connection.execute(question)}


def _digest(connection: psycopg.Connection, table: str) -> object:
    row = connection.execute(f'SELECT count(*), sum(hashtext(t::text)) FROM "{table}" AS t').fetchone()
    return row


def migrate(url: str, folder: Path) -> None:
    """Run every migration on an empty database."""
    application = create_app(
        {"SQLALCHEMY_DATABASE_URI": url, "INSTANCE_PATH": str(folder), "SECRET_KEY": "tests"}
    )
    with application.app_context():
        flask_migrate.upgrade()
        application.extensions["sqlalchemy"].engine.dispose()


def worker_name() -> str:
    """What tells the databases of parallel test processes apart."""
    return f"commons_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{os.getpid()}"
