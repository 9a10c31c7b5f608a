"""The quotas of an instrument in words, with what is left of each to who reads it."""

from __future__ import annotations

from datetime import date, datetime

from flask_babel import gettext

from instruments.errors import N_
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.quota_words import amount_of, besides, in_words
from instruments.reservations.quotas import Quota
from instruments.reservations.within_quotas import Left, applying, what_is_left
from instruments.web import formats, reasons

LEFT = N_("%(quota)s: %(left)s left, %(used)s used")
# Of which period, as a time is often chosen in another.
LEFT_NOW = {
    "day": N_("%(quota)s: %(left)s left today, %(used)s used"),
    "week": N_("%(quota)s: %(left)s left this week, %(used)s used"),
    "month": N_("%(quota)s: %(left)s left this month, %(used)s used"),
    "year": N_("%(quota)s: %(left)s left this year, %(used)s used"),
}


def quota_lines(thing: Bookable, actor: Actor | None, now: datetime) -> list[str]:
    """Each quota that applies to this reader as a line: what it allows, what is left; those of other dates last. One
    statement, or none.

    Who works in several groups sees the first, as the form offers it first. Strangers see all, and nothing of use.
    """
    today = now.astimezone(thing.calendar.zone).date()
    if actor is None:
        holding = [each for each in thing.quotas if each.valid_to is None or each.valid_to >= today]
        return [reasons.sentence(in_words(quota)) for quota in holding]
    group_id = min(actor.group_ids, default=None)
    counting = what_is_left(actor, group_id, thing, int(now.timestamp()))
    now_held = {left.quota.id for left in counting}
    others = [
        quota
        for quota in applying(thing, actor)
        if quota.id not in now_held and (quota.valid_to is None or quota.valid_to >= today)
    ]
    return [_line(left, thing, today) for left in counting] + [
        _besides(quota, thing, today) for quota in others
    ]


def _line(left: Left, thing: Bookable, today: date) -> str:
    quota = left.quota
    begun = quota.valid_from is None or quota.valid_from <= today
    words = gettext(
        LEFT_NOW.get(quota.per, LEFT) if begun else LEFT,
        quota=reasons.sentence(in_words(quota)),
        left=reasons.show(amount_of(quota, left.left)),
        used=reasons.show(amount_of(quota, left.used)),
    )
    return _besides(quota, thing, today, words)


def _besides(quota: Quota, thing: Bookable, today: date, words: str = "") -> str:
    more = [reasons.sentence(each) for each in besides(quota, thing.calendar.zone.key)]
    if quota.valid_from and quota.valid_from > today:
        more.insert(0, gettext("from %(first)s", first=formats.day(quota.valid_from)))
    words = words or reasons.sentence(in_words(quota))
    return gettext("%(words)s (%(more)s)", words=words, more=formats.listing(more)) if more else words
