"""The quotas of an instrument in words, with what is left of each to who reads it."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext

from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.quota_words import amount_of, besides, in_words
from instruments.reservations.within_quotas import Left, what_is_left
from instruments.web import formats, reasons


def quota_lines(thing: Bookable, actor: Actor | None, now: datetime) -> list[str]:
    """Each quota that applies to this reader as a line: what it allows, what is left. One statement, or none.

    Who works in several groups sees the first, as the form offers it first. Strangers see all, and nothing of use.
    """
    if actor is None:
        today = now.astimezone(thing.calendar.zone).date()
        holding = [each for each in thing.quotas if each.valid_to is None or each.valid_to >= today]
        return [reasons.sentence(in_words(quota)) for quota in holding]
    group_id = min(actor.group_ids, default=None)
    return [_line(left, thing) for left in what_is_left(actor, group_id, thing, int(now.timestamp()))]


def _line(left: Left, thing: Bookable) -> str:
    quota = left.quota
    words = gettext(
        "%(quota)s: %(left)s left, %(used)s used",
        quota=reasons.sentence(in_words(quota)),
        left=reasons.show(amount_of(quota, left.left)),
        used=reasons.show(amount_of(quota, left.used)),
    )
    more = formats.listing([reasons.sentence(each) for each in besides(quota, thing.calendar.zone.key)])
    return gettext("%(words)s (%(more)s)", words=words, more=more) if more else words
