"""Doors that the clock opens on the ground floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from instruments.database import planning
from instruments.database.transactions import deed
from instruments.web import clock, idempotency


def forget_answers() -> None:
    """Forget the kept answers that nobody can ask for any more."""
    with deed():
        idempotency.sweep(clock.now())


def tell_planner() -> None:
    """Tell the database's planner of the rows that came since the last time."""
    with deed():
        planning.tell_planner()


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((60, forget_answers), (60, tell_planner))
