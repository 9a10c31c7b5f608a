"""Doors of reservations for the worker: requests that nobody answered expire, and free time is offered to those who wait.

The rows say what is to do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy.exc import DBAPIError

from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import NotKnownYet, Refusal
from instruments.reservations.demand.tasks import forget_who_searched
from instruments.reservations.expiring import expire, overdue
from instruments.reservations.formal_quotes.answering import expire_quotes
from instruments.reservations.waitlist import closing, matching, offering, reopening, settling
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
            except (Refusal, DBAPIError):
                # Nor does one that cannot expire for a reason of its own, which somebody has to look at.
                log.exception("the request of reservation %s could not expire", last)
    if done:
        log.info("%s requests expired", done)
    return done


def expire_formal_quotes() -> int:
    """Note that formal quotes have run out, a page of them in each transaction; how many. Again changes nothing."""
    now, done = clock.now(), 0
    while some := perform(partial(expire_quotes, now)):
        done += some
    if done:
        log.info("%s formal quotes ran out", done)
    return done


def offer_freed() -> int:
    """Close the offers and requests that are over, and offer what is free to those who wait; how many offers.

    Each step is a transaction of its own and finds by the rows what is left to do, so that a worker that is killed in
    the middle leaves nothing undone, and two at once do nothing twice.
    """
    now, offered = clock.now(), 0
    _close(now)
    following: list[int] | None = None
    while True:
        found = matching.look(now, following)
        db.session.rollback()
        by_instrument = attrgetter("instrument_id")
        for number, proposals in groupby(sorted(found.proposals, key=by_instrument), by_instrument):
            try:
                offered += perform(partial(offering.offer, number, list(proposals), now))
            except NotKnownYet:
                log.warning("the time of instrument %s could not be offered now", number)
                _forget_seen(found, number)
        if found.seen:
            perform(partial(offering.mark_seen, found.seen))
        if found.following is None:
            break
        following = found.following
    if offered:
        log.info("%s offers to those who wait", offered)
    return offered


def _forget_seen(found: matching.Look, number: int) -> None:
    """Whoever was not asked because their instrument was locked is looked for again by the next sweep."""
    for proposal in found.proposals:
        if proposal.instrument_id == number:
            found.seen.pop(proposal.request_id, None)


def _close(now: datetime) -> None:
    """Nothing is written where nothing is over."""
    steps: tuple[tuple[Callable[[], Sequence[Any]], Callable[[Sequence[Any]], object]], ...] = (
        (lambda: reopening.met_in_vain(now), lambda found: reopening.wait_again(found, now)),
        (settling.met_otherwise, lambda found: settling.settle_met(found, now)),
        (lambda: settling.of_leavers(now), lambda found: settling.withdraw_for_leavers(found, now)),
        (lambda: closing.overdue_offers(now), lambda found: closing.close_offers(found, "expired", now)),
        (lambda: closing.lost_offers(now), lambda found: closing.lapse_lost(found, now)),
        (lambda: closing.over_requests(now), lambda found: closing.end(found, now)),
    )
    for look, act in steps:
        found = look()
        db.session.rollback()
        if found:
            perform(partial(act, found))


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((1, expire_overdue), (1, offer_freed), (10, expire_formal_quotes), (720, forget_who_searched))
