"""Doors of demand: note a search that found nothing, beside the answer, and forget by the day who it was."""

from __future__ import annotations

import logging
from datetime import datetime

from flask import current_app

from instruments.database.transactions import perform
from instruments.errors import NotKnownYet
from instruments.people.rights import Actor
from instruments.reservations.demand.noting import Asker, Sought, forget_keys, note, once_key
from instruments.web import clock

log = logging.getLogger(__name__)


def note_search(sought: Sought | None, actor: Actor, now: datetime) -> None:
    """Note that somebody's search found nothing, in a transaction of its own. No search fails because this does."""
    if sought is None:
        return
    key = once_key(current_app.config["SECRET_KEY"], actor.person_id, sought, now)
    asker = Asker(actor.institution_id, actor.institution_kind or "")
    try:
        perform(lambda: note([(sought, asker, key)], now))
    except NotKnownYet:
        log.warning("a search that found nothing could not be noted now")


def forget_who_searched() -> None:
    """Take from the demand of the days before what kept it from counting twice."""
    perform(lambda: forget_keys(clock.now()))
