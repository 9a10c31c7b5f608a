"""The transaction of a deed: begun by a door, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from instruments.database import db
from instruments.database.connections import SQLITE_WAIT_SECONDS
from instruments.errors import N_, NotKnownYet, NotNow, Reason

Result = TypeVar("Result")

# serialization failure, deadlock, lock not available, query cancelled, read-only, admin shutdown
ROLLED_BACK = {"40001", "40P01"}
TOO_LONG = {"55P03", "57014"}
LOST = {"25006", "57P01", "57P02", "57P03"}

# Where those of this process who want to write to SQLite stand in line.
_turns: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()


@contextmanager
def deed() -> Iterator[Session]:
    """Do something that writes: ends the reading transaction, takes the write lock, commits at the end.

    Raises NotNow when others write for so long that it was not begun, NotKnownYet when the database was lost,
    read-only or too slow; anything raised inside rolls back.
    """
    session = db.session
    session.rollback()
    with _turn():
        try:
            _begin()
            yield session  # type: ignore[misc]  # the scoped session offers all of Session
            session.commit()
        except DBAPIError as error:
            session.rollback()
            if is_outage(error):
                db.engine.dispose()
                raise not_known_yet() from error
            raise
        except BaseException:
            session.rollback()
            raise


@contextmanager
def _turn() -> Iterator[None]:
    """One after another within this process, on SQLite, which has one writer at a time.

    SQLite has no line: who finds it locked asks again ten times a second, and under load the unlucky never get in.
    """
    if db.engine.dialect.name != "sqlite":
        yield
        return
    turn = _turns.setdefault(db.engine, Lock())
    if not turn.acquire(timeout=SQLITE_WAIT_SECONDS):
        raise _others_write()
    try:
        yield
    finally:
        turn.release()


def _begin() -> None:
    """Take the write lock; on SQLite other processes may hold it for too long."""
    try:
        db.session.connection(execution_options={"deed": True})
    except DBAPIError as error:
        db.session.rollback()
        if not _is_locked(error):
            raise
        raise _others_write() from error


def _others_write() -> NotNow:
    sentence = N_("Others are writing at this moment. Nothing was done; send it again in a few seconds.")
    return NotNow([Reason("busy", None, sentence)], retry_after=2)


def _is_locked(error: DBAPIError) -> bool:
    """Whether SQLite, which has one writer at a time, did not let this one in."""
    return "database is locked" in str(error.orig)


def perform(act: Callable[[], Result]) -> Result:
    """Run an act as a deed, once more if the database itself undid it (deadlock, serialization).

    Undone a second time, it raises NotNow, which tells people to try again: nothing was written.
    """
    try:
        with deed():
            return act()
    except DBAPIError as error:
        if sql_state(error) not in ROLLED_BACK:
            raise
    try:
        with deed():
            return act()
    except DBAPIError as error:
        if sql_state(error) not in ROLLED_BACK:
            raise
        sentence = N_("Others changed the same things at the same moment. Nothing was done; try again.")
        raise NotNow([Reason("busy", None, sentence)], retry_after=2) from error


def sql_state(error: DBAPIError) -> str:
    """PostgreSQL's five-character code of an error; empty on SQLite and when the connection broke."""
    return getattr(error.orig, "sqlstate", None) or ""


def is_outage(error: DBAPIError) -> bool:
    """Whether this says that the database is away, read-only or overloaded, rather than that it refuses."""
    state = sql_state(error)
    if error.connection_invalidated or state in TOO_LONG | LOST or state.startswith("08"):
        return True
    return _is_locked(error) or "connection" in str(error.orig).lower() and not state


def not_known_yet() -> NotKnownYet:
    """The refusal that tells people to wait instead of doing it again."""
    sentence = N_(
        "The database did not answer. It is not known yet whether this was done; look before you try again."
    )
    return NotKnownYet([Reason("not_known_yet", None, sentence)], retry_after=5)
