"""What is worked out from the whole catalogue and kept in memory until the catalogue changes."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from instruments.database import db

Worked = TypeVar("Worked")
# While the catalogue changes, some requests have read the number before the change and some the one after it.
MOST_KEPT = 2


class Kept(Generic[Worked]):
    """One thing that was worked out, for each database that this process talks to.

    One thread works it out, the others wait for it: each doing it again would take all of them as many times as long.
    """

    def __init__(self) -> None:
        self._by_engine: WeakKeyDictionary[Engine, dict[int, Worked]] = WeakKeyDictionary()
        self._lock = Lock()

    def at(self, number: int, work_out: Callable[[], Worked]) -> Worked:
        """As of exactly this revision of the catalogue."""
        found = self._kept().get(number)
        if found is None:
            with self._lock:
                found = self._settled(number, work_out)
        return found

    def about(self, number: int, work_out: Callable[[], Worked]) -> Worked:
        """As of this revision; while another thread works that out, as it was before.

        Good for looking around, which may be a moment old, and not for judging: that must not pass over a rule
        that has come into force.
        """
        kept = self._kept()
        found = kept.get(number)
        if found is not None:
            return found
        before = self.last()
        if not self._lock.acquire(blocking=before is None) and before is not None:
            return before
        try:
            return self._settled(number, work_out)
        finally:
            self._lock.release()

    def last(self) -> Worked | None:
        """As of whatever revision it was last worked out for; None before that."""
        return next(reversed(list(self._kept().values())), None)

    def _kept(self) -> dict[int, Worked]:
        return self._by_engine.get(db.engine, {})

    def _settled(self, number: int, work_out: Callable[[], Worked]) -> Worked:
        """With the lock in hand: another thread may have been first."""
        kept = self._kept()
        if number not in kept:
            # Readers take no lock, so what they hold is never changed, only replaced.
            newest = list(kept.items())[1 - MOST_KEPT :]
            kept = {**dict(newest), number: work_out()}
            self._by_engine[db.engine] = kept
        return kept[number]
