"""Doors of usage for the worker: what the labs' rules do by themselves. The rows say what is to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotKnownYet, Refusal
from instruments.usage import releasing, sweeping
from instruments.web import clock

log = logging.getLogger(__name__)


def release_missed() -> int:
    """Release what nobody checked in to where that is required; how many."""
    return _each(releasing.missed, releasing.release_missed)


def end_forgotten() -> int:
    """End the sessions that nobody ended; how many."""
    return _each(sweeping.forgotten, sweeping.end_forgotten)


def assume_unrecorded() -> int:
    """Assume the uses of which nobody recorded anything; how many."""
    return _each(sweeping.unrecorded, sweeping.assume)


def confirm_overdue() -> int:
    """Confirm the uses that nobody looked at within the lab's deadline; how many."""
    return _each(sweeping.unconfirmed, sweeping.confirm_by_rule)


def remind_labs() -> int:
    """Tell labs what they have to confirm before it confirms itself, once a day; how many."""
    return _each(sweeping.labs_to_remind, sweeping.remind)


def sweep() -> dict[str, int]:
    """All of it, in the order in which one leads to the next; how many of each."""
    return {
        "released": release_missed(),
        "ended": end_forgotten(),
        "assumed": assume_unrecorded(),
        "confirmed": confirm_overdue(),
        "reminded": remind_labs(),
    }


def _each(find: Callable[[datetime, int], Sequence[int]], act: Callable[[int, datetime], bool]) -> int:
    """Do it to each that is found, in a transaction of its own, so that a worker that is killed leaves nothing undone."""
    now, done, last = clock.now(), 0, 0
    while numbers := find(now, last):
        db.session.rollback()
        for last in numbers:
            try:
                done += perform(partial(act, last, now))
            except (NotKnownYet, Refusal):
                # One that is locked for long, or refused, holds up no other; the next sweep finds it again.
                log.warning("%s of number %s did not succeed now", act.__name__, last)
    db.session.rollback()
    return done


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((1, sweep),)
