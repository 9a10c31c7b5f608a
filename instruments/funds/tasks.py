"""Doors of funds for the worker: holds whose time is over are given back, requests that nobody answered end."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from instruments.database.transactions import perform
from instruments.funds.asking.asking import expire_requests
from instruments.funds.holding import expire
from instruments.jobs.alarm import Job
from instruments.web import clock

log = logging.getLogger(__name__)


def expire_holds() -> int:
    """Give back what is held beyond its time; how many holds. Again changes nothing."""
    now = clock.now()
    count = perform(lambda: expire(now))
    if count:
        log.info("%s holds expired", count)
    return count


def end_requests() -> int:
    """End the requests to charge a fund that nobody answered in time; how many. Again changes nothing."""
    now = clock.now()
    return perform(lambda: expire_requests(now))


JOBS: Mapping[str, Job] = {}
SWEEPS = ((1, expire_holds), (60, end_requests))
