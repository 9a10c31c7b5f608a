"""Doors of availability for the worker: announced days reach the institutions that follow their country's calendar."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from instruments.availability.taking_over import behind, take_over
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotKnownYet
from instruments.people.models import Institution
from instruments.web import clock

log = logging.getLogger(__name__)


def take_over_announced() -> int:
    """Bring every institution that is behind in line with what is announced, each in a transaction of its own."""
    now, done = clock.now(), 0
    for institution_id in behind(now):
        try:
            done += bool(perform(partial(_take_over, institution_id, now)))
        except NotKnownYet:
            # What was held up by others is found again by the next sweep.
            log.warning("the calendar of institution %s could not be taken over now", institution_id)
    db.session.rollback()
    if done:
        log.info("announced days taken over by %s institutions", done)
    return done


def _take_over(institution_id: int, now: datetime) -> object:
    institution = db.session.get(Institution, institution_id)
    return take_over(institution, actor_id=None, now=now) if institution is not None else None


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((60, take_over_announced),)
