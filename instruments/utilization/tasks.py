"""Doors of utilization for the worker: summaries follow what was touched, and a night's passing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from instruments.database import db
from instruments.database.transactions import perform
from instruments.utilization import periods
from instruments.utilization.asking import PLATFORM, View
from instruments.utilization.begun import begun, keep_begun
from instruments.utilization.edges import months_since, months_until
from instruments.utilization.kept_months import months_kept
from instruments.utilization.marking import is_touched, lock_state, state_number, take_over
from instruments.utilization.places import Place
from instruments.utilization.recounting import Key, Recounted, due, keep, recount
from instruments.utilization.sums import Selection, numbers_of
from instruments.utilization.years import add_up, lacking
from instruments.web import clock

log = logging.getLogger(__name__)
# Read in a fraction of a second and written in one of it, so that nobody who books waits for long.
AT_ONCE = 1500
# So many are worked out while somebody waits, in a tenth of a second; the rest is the worker's.
WHILE_WAITING = 300
# The months before the period that a dashboard draws as well.
A_YEAR = timedelta(days=366)
# Of which places and months everything is up to date, as long as no summary changes and no midnight passes anywhere.
MOST_KNOWN = 1000
_whole: set[tuple[Any, ...]] = set()


def keep_up() -> int:
    """Work out every summary that is missing, touched or a day old; how many. Again changes nothing.

    Killed at any moment, what is written is right and the next sweep finds the rest.
    """
    now = clock.now()
    done = work_out(months_kept(now), now)
    if done:
        log.info("%s summaries of utilization worked out", done)
    return done


def work_out(months: Sequence[int], now: datetime) -> int:
    """Work out all that is due in these months, some at a time, and add them up by years; how many.

    What is touched meanwhile is due again.
    """
    done = 0
    while keys := _due(months, now, None):
        for begin in range(0, len(keys), AT_ONCE):
            _work_out(keys[begin : begin + AT_ONCE], now)
        done += len(keys)
    years = lacking(months, now)
    db.session.rollback()
    for first in years:
        perform(partial(add_up, first, now))
    return done


def freshen(months: Sequence[int], now: datetime, instrument_ids: Collection[int] | None, limit: int) -> int:
    """Take over what was touched and work out at most so many due summaries of these instruments; how many were."""
    keys = _due(months, now, instrument_ids, limit)
    if keys:
        _work_out(keys, now)
    return len(keys)


def _due(
    months: Sequence[int], now: datetime, instrument_ids: Collection[int] | None, limit: int | None = None
) -> list[Key]:
    db.session.rollback()
    while is_touched():
        perform(_mark)
    keys = due(months, now, instrument_ids, limit)
    db.session.rollback()
    return keys


def _work_out(keys: Sequence[Key], now: datetime) -> None:
    found = recount(keys, now)
    db.session.rollback()
    perform(partial(_keep, found))


def bring_up_to_date(view: View, place: Place, now: datetime, *, since_begun: bool = False) -> None:
    """Work out what is missing or old of the months that are shown, as far as that takes no time; since_begun: only those in
    which anybody can have used anything."""
    last = min(view.period.last, now.date())
    shown = (view.period, view.other, periods.between(last - A_YEAR, last))
    months = tuple(sorted({month for period in shown for month in months_until(period, now.date())}))
    db.session.rollback()
    while is_touched():
        perform(_mark)
    known = (db.engine, state_number(), now.replace(minute=0, second=0), place.chosen, months, since_begun)
    if known in _whole:
        return
    chosen = None if place.kind == PLATFORM else numbers_of(place.chosen)
    # Before the first reservation there is nothing to compare with, and nothing to draw.
    own = (
        months_since(begun(), view.period, now.date())
        if since_begun
        else months_until(view.period, now.date())
    )
    counted = {*months_kept(now), *own}
    if not freshen([month for month in months if month in counted], now, chosen, WHILE_WAITING):
        if len(_whole) >= MOST_KNOWN:
            _whole.clear()
        _whole.add(known)


def bring_everything_up_to_date(view: View, now: datetime) -> None:
    """The same of all instruments there are: those that somebody used may stand anywhere. Of the time before records begin only
    what is kept anyway: nobody used anything then."""
    bring_up_to_date(view, Place(PLATFORM, 0, "", "", Selection()), now, since_begun=True)


def forget_known() -> None:
    """Look again at what is up to date, as a process does that has just begun."""
    _whole.clear()


def _mark() -> None:
    lock_state(marking=True)
    take_over()


def _keep(found: Recounted) -> None:
    # With the lock in hand nobody sets marks; where somebody did since the facts were read, this may be old.
    if lock_state() == found.marks:
        keep_begun(())
        keep(found)


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((1, keep_up),)
