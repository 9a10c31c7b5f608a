"""Dashboards as they were worked out, kept in this process until a summary or the catalogue changes or a day has passed."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Engine

from instruments.catalog.revision import catalog_number
from instruments.database import db
from instruments.utilization import months_elsewhere
from instruments.utilization.dashboard import Dashboard, dashboard
from instruments.utilization.marking import state_number
from instruments.utilization.periods import Period
from instruments.utilization.sums import Selection
from instruments.utilization.withholding import NOTHING, Known

MOST = 200


def kept_dashboard(
    chosen: Selection,
    institution_id: int | None,
    period: Period,
    other: Period,
    now: datetime,
    known: Known = NOTHING,
) -> Dashboard:
    """The dashboard of some instruments; two statements where it is known."""
    state = state_number(), catalog_number()
    return _kept(db.engine, state, now.date(), chosen, institution_id, period, other, _Now(now), known)


class _Now:
    """The moment itself, which is no part of what a dashboard is known by."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Now)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=MOST)
def _kept(
    _engine: Engine,
    _state: tuple[int, int],
    _day: date,
    chosen: Selection,
    institution_id: int | None,
    period: Period,
    other: Period,
    now: _Now,
    known: Known,
) -> Dashboard:
    return dashboard(chosen, institution_id, period, other, now.moment, known)


def forget_kept() -> None:
    """Work everything out anew when it is next asked for, as a process does that has just begun."""
    _kept.cache_clear()
    months_elsewhere.forget_kept()
