"""What is worked out from the whole catalogue and kept in memory until the catalogue changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from instruments.database import db

Worked = TypeVar("Worked")


class Kept(Generic[Worked]):
    """One thing that was worked out, for each database that this process talks to."""

    def __init__(self) -> None:
        self._by_engine: WeakKeyDictionary[Engine, tuple[int, Worked]] = WeakKeyDictionary()

    def at(self, number: int, work_out: Callable[[], Worked]) -> Worked:
        """As of this revision of the catalogue."""
        kept = self._by_engine.get(db.engine)
        if kept is None or kept[0] != number:
            kept = (number, work_out())
            self._by_engine[db.engine] = kept
        return kept[1]

    def last(self) -> Worked | None:
        """As of whatever revision it was last asked for; None before that."""
        kept = self._by_engine.get(db.engine)
        return kept[1] if kept else None
