"""How connections are opened: nothing hangs, and each database behaves as the deeds expect."""

from __future__ import annotations

from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.engine import URL

# A deed waits for its turn within its process, then for other processes: no request is to hang for over ten seconds.
SQLITE_WAIT_SECONDS = 4


def engine_options(url: str, *, prepare: bool, statement_seconds: int) -> dict[str, Any]:
    """SQLAlchemy engine options for this address: time limits for every wait a request could fall into."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # Opened anew now and then, a connection reads what was counted for its planner since (planning.py).
        return {
            "pool_recycle": 1800,
            "connect_args": {"timeout": SQLITE_WAIT_SECONDS, "check_same_thread": False},
        }
    return {
        "pool_size": 10,
        "max_overflow": 20,
        "pool_timeout": 5,
        "pool_recycle": 1800,
        "connect_args": _postgresql_arguments(parsed, prepare, statement_seconds),
    }


def _postgresql_arguments(url: URL, prepare: bool, statement_seconds: int) -> dict[str, Any]:
    milliseconds = statement_seconds * 1000
    return {
        "connect_timeout": 2,
        "target_session_attrs": "read-write",
        "tcp_user_timeout": 3000,
        "keepalives": 1,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        # A pooler in front of the database may not know prepared statements.
        "prepare_threshold": 5 if prepare else None,
        "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} -c timezone=UTC",
        **{key: value for key, value in url.query.items() if key == "target_session_attrs"},
    }


def prepare_engine(engine: Engine) -> None:
    """Make SQLite behave (real transactions, foreign keys, durable commits, one writer that queues), and let
    PostgreSQL keep what it has prepared."""
    if engine.dialect.name == "postgresql" and not event.contains(engine, "rollback", _keep_prepared):
        event.listen(engine, "rollback", _keep_prepared)
    if engine.dialect.name == "sqlite" and not event.contains(engine, "begin", _begin_sqlite):
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _keep_prepared(connection: Connection) -> None:
    """Roll back by the protocol, so that the driver finds nothing left to do.

    All reading ends with a rollback, and at each the driver has the database forget every prepared statement, in case
    it named something that was made in that transaction. Nothing here makes tables, and planning a statement anew costs
    more than running it. After an error the driver does as it likes.
    """
    driver = connection.connection.driver_connection
    if driver is not None and driver.pgconn.transaction_status == TransactionStatus.INTRANS:
        driver.pgconn.exec_(b"ROLLBACK")


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={SQLITE_WAIT_SECONDS * 1000}",
        "cache_size=-65536",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that read before it writes fails instead of waiting, so a deed takes the write lock first.
    writes = connection.get_execution_options().get("deed", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
