"""The clock that doors read; acts are told the moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from flask import current_app, has_app_context

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """This moment, in UTC, to the second. The setting FROZEN_NOW (tests only) stops the clock of an application."""
    frozen = _frozen.get() or (current_app.config.get("FROZEN_NOW") if has_app_context() else None)
    return frozen or datetime.now(UTC).replace(microsecond=0)


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Stop the clock within this block."""
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
