"""Doors of charges for the worker: confirmed uses become charges, and what no lab answered goes up to its institution."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from instruments.charges import fee_events, feeing
from instruments.charges.charging import AT_ONCE, charge, prepare, to_draft, waiting, without_use
from instruments.charges.disputing import escalate, overdue
from instruments.charges.drafting import forget_undone
from instruments.charges.recharging import drop
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotKnownYet
from instruments.web import clock

log = logging.getLogger(__name__)
# What was confirmed lately is looked at every minute; whatever else was left, once a day.
LATELY = timedelta(days=3)
EVER = datetime(1970, 1, 2, tzinfo=UTC)


def charge_confirmed(since: datetime | None = None, told: Callable[[int], object] = lambda _: None) -> int:
    """Draft what is over, charge what was confirmed lately, or since a moment; two thousand uses in a transaction; how many.

    Killed at any moment, what is done is done and the next sweep finds the rest; two at once do nothing twice.
    told: of how many were charged so far.
    """
    now = clock.now()
    _draft_unconfirmed(now)
    done = _each_batch(partial(waiting, since or now - LATELY), now, told)
    _take_back_undone(now)
    if done:
        log.info("%s uses charged", done)
    return done


def _draft_unconfirmed(now: datetime) -> None:
    """Say what uses come to that wait for the lab."""
    _each_batch(to_draft, now, lambda _: None)


def _each_batch(find: Callable[[int], Sequence[int]], now: datetime, told: Callable[[int], object]) -> int:
    last, done = 0, 0
    while numbers := find(last):
        last = numbers[-1]
        prepared = prepare(numbers)
        db.session.rollback()
        try:
            done += len(perform(partial(charge, prepared, now)))
        except NotKnownYet:
            log.warning("%s uses up to %s could not be charged now", len(numbers), last)
        told(done)
        if len(numbers) < AT_ONCE:
            break
    return done


def charge_all() -> int:
    """The same, whenever they were confirmed."""
    return charge_confirmed(EVER)


def _take_back_undone(now: datetime) -> None:
    """Charges of uses that were undone, and what they lacked."""
    perform(forget_undone)
    last = 0
    while numbers := without_use(last):
        db.session.rollback()
        for last in numbers:
            perform(partial(drop, last, now))


def charge_given_up() -> int:
    """Charge late cancellations, late changes and no-shows whose time is over; how many. Again changes nothing."""
    now = clock.now()
    found = fee_events.events(now)
    db.session.rollback()
    return len(perform(partial(feeing.charge_fees, found, now))) if found else 0


def escalate_unanswered() -> int:
    """Take disputes that no lab answered in time up to its institution, each in a transaction of its own; how many."""
    now, numbers = clock.now(), overdue(clock.now())
    db.session.rollback()
    return sum(perform(partial(escalate, number, now)) for number in numbers)


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((1, charge_confirmed), (1440, charge_all), (60, charge_given_up), (60, escalate_unanswered))
