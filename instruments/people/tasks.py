"""Doors of people for the worker: what nobody needs any more is forgotten."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from instruments.database.transactions import deed
from instruments.people import forgetting
from instruments.web import clock

log = logging.getLogger(__name__)


def forget() -> None:
    """Forget old tries to sign in, and links that are long over. Again changes nothing."""
    with deed():
        forgotten = forgetting.forget_old(clock.now())
    if any(forgotten):
        log.info("forgot %s tries to sign in and %s mailed links", *forgotten)


JOBS: Mapping[str, Callable[..., object]] = {}
SWEEPS = ((60, forget),)
