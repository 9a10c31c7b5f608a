"""The transaction of a deed: begun by a door, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from instruments.database import db
from instruments.errors import N_, NotKnownYet, Reason

Result = TypeVar("Result")

# serialization failure, deadlock, lock not available, query cancelled, read-only, admin shutdown
ROLLED_BACK = {"40001", "40P01"}
TOO_LONG = {"55P03", "57014"}
LOST = {"25006", "57P01", "57P02", "57P03"}


@contextmanager
def deed() -> Iterator[Session]:
    """Do something that writes: ends the reading transaction, takes the write lock, commits at the end.

    Raises NotKnownYet when the database was lost, read-only or too slow; anything raised inside rolls back.
    """
    session = db.session
    session.rollback()
    try:
        session.connection(execution_options={"deed": True})
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


def perform(act: Callable[[], Result]) -> Result:
    """Run an act as a deed, once more if the database itself undid it (deadlock, serialization).

    Undone a second time, it raises NotKnownYet, which tells people to try again: nothing was written.
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
        raise NotKnownYet([Reason("busy", None, sentence)], retry_after=2) from error


def sql_state(error: DBAPIError) -> str:
    """PostgreSQL's five-character code of an error; empty on SQLite and when the connection broke."""
    return getattr(error.orig, "sqlstate", None) or ""


def is_outage(error: DBAPIError) -> bool:
    """Whether this says that the database is away, read-only or overloaded, rather than that it refuses."""
    state = sql_state(error)
    if error.connection_invalidated or state in TOO_LONG | LOST or state.startswith("08"):
        return True
    text = str(error.orig)
    return "database is locked" in text or "connection" in text.lower() and not state


def not_known_yet() -> NotKnownYet:
    """The refusal that tells people to wait instead of doing it again."""
    sentence = N_(
        "The database did not answer. It is not known yet whether this was done; look before you try again."
    )
    return NotKnownYet([Reason("not_known_yet", None, sentence)], retry_after=5)
