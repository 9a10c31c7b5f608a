"""The same request sent twice is done once: its answer is kept in the transaction of the deed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from instruments.database import db
from instruments.database.transactions import perform, sql_state
from instruments.errors import N_, Busy, Reason, Refusal
from instruments.web.models import IdempotentAnswer

KEPT = timedelta(hours=24)
LONGEST_KEY = 200


@dataclass(frozen=True)
class KeptAnswer:
    """An answer as it was sent the first time."""

    status: int
    location: str
    etag: str
    body: bytes


def key_objections(key: str | None) -> Iterator[Reason]:
    """What stands against the key that a program sent; none was sent is none."""
    if key is not None and not key.strip():
        sentence = N_("The key is empty. Send a new key with each request, or none.")
        yield Reason("key_empty", "Idempotency-Key", sentence)
    elif key is not None and len(key) > LONGEST_KEY:
        sentence = N_("The key may have at most 200 characters.")
        yield Reason("key_too_long", "Idempotency-Key", sentence)


def once(
    person_id: int,
    key: str | None,
    body: bytes,
    now: datetime,
    check: Callable[[], object],
    act: Callable[[], KeptAnswer],
) -> KeptAnswer:
    """Do a deed once for this person and key, and give its answer; without a key just do it.

    check: refuses early, without a lock, what cannot be done anyway; a request that was already done
    is not refused by what it did itself. act: does it, inside the deed.
    """
    if not key:
        check()
        return perform(act)
    if not _is_known(person_id, key):
        try:
            check()
        except Refusal:
            if not _is_known(person_id, key):
                raise
    return perform(lambda: _claimed(person_id, key, body, now, act))


def _claimed(
    person_id: int, key: str, body: bytes, now: datetime, act: Callable[[], KeptAnswer]
) -> KeptAnswer:
    kept = claim(person_id, key, body, now)
    if kept is None:
        kept = act()
        keep(person_id, key, kept)
    return kept


def _is_known(person_id: int, key: str) -> bool:
    row = IdempotentAnswer
    return db.session.scalar(select(row.key).where(row.person_id == person_id, row.key == key)) is not None


def claim(person_id: int, key: str, body: bytes, now: datetime) -> KeptAnswer | None:
    """Begin a request under this key, inside its deed; the kept answer if it was already done.

    A second request waits at this row for the first to commit, then finds its answer (and touches it, so that
    a replay cannot confirm what a failover lost). Raises Busy if the first does not end, Refusal for another body.
    """
    if len(key) > LONGEST_KEY:
        raise Refusal(list(key_objections(key)))
    body_hash = hashlib.sha256(body).hexdigest()
    if _insert(person_id, key, body_hash, now):
        return None
    row = db.session.execute(
        select(IdempotentAnswer.__table__).where(
            IdempotentAnswer.person_id == person_id, IdempotentAnswer.key == key
        )
    ).one()
    if row.created_at < now - KEPT:
        _forget(person_id, key)
        return claim(person_id, key, body, now)
    if row.body_hash != body_hash:
        sentence = N_("This key was already used for another request. Take a new key for each request.")
        raise Refusal([Reason("key_reused", "Idempotency-Key", sentence)])
    _change(person_id, key, {"replays": IdempotentAnswer.replays + 1})
    return KeptAnswer(row.status, row.location, row.etag, row.answer)


def keep(person_id: int, key: str, answer: KeptAnswer) -> None:
    """Keep the answer of a request that was done, in the same transaction."""
    values = {
        "status": answer.status,
        "location": answer.location,
        "etag": answer.etag,
        "answer": answer.body,
    }
    _change(person_id, key, values)


def sweep(now: datetime) -> None:
    """Forget answers older than a day."""
    db.session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now - KEPT))


def _insert(person_id: int, key: str, body_hash: str, now: datetime) -> bool:
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    row = {"person_id": person_id, "key": key, "body_hash": body_hash, "created_at": now, "answer": b""}
    table: Any = IdempotentAnswer.__table__
    statement = dialect.insert(table).values(row).on_conflict_do_nothing().returning(table.c.key)
    try:
        return db.session.execute(statement).first() is not None
    except DBAPIError as error:
        if sql_state(error) not in ("55P03", "57014"):
            raise
        sentence = N_("The same request is still being answered. Wait a little, then send it again.")
        raise Busy([Reason("still_running", None, sentence)], retry_after=5) from error


def _change(person_id: int, key: str, values: dict) -> None:
    db.session.execute(
        update(IdempotentAnswer)
        .where(IdempotentAnswer.person_id == person_id, IdempotentAnswer.key == key)
        .values(values)
    )


def _forget(person_id: int, key: str) -> None:
    db.session.execute(
        delete(IdempotentAnswer).where(IdempotentAnswer.person_id == person_id, IdempotentAnswer.key == key)
    )
