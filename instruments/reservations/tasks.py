"""Doors of reservations for the worker: requests that nobody answered in time expire. The rows say which."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotKnownYet
from instruments.reservations.expiring import expire, overdue
from instruments.web import clock

log = logging.getLogger(__name__)


def expire_overdue() -> int:
    """Let every overdue request expire, each in a transaction of its own; how many did. Again changes nothing."""
    now, done, last = clock.now(), 0, 0
    while numbers := overdue(now, last):
        db.session.rollback()
        for last in numbers:
            try:
                done += perform(partial(expire, last, now))
            except NotKnownYet:
                # One instrument that is locked for long holds up no other; the next sweep finds it again.
                log.warning("the request of reservation %s could not expire now", last)
    if done:
        log.info("%s requests expired", done)
    return done


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((1, expire_overdue),)
