"""The quotas of an instrument in words, with what is left of each to who reads it, now or in the period of another time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from flask_babel import gettext

from instruments.errors import N_
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.form import typed_part
from instruments.reservations.quota_words import amount_of, besides, in_words
from instruments.reservations.quotas import Quota
from instruments.reservations.scene import Wish, in_sight
from instruments.reservations.within_quotas import Left, applying, scarcest, what_is_left
from instruments.timespan import Pair
from instruments.typed import whole
from instruments.web import formats, reasons

LEFT = N_("%(quota)s: %(left)s left, %(used)s used")
# Of which period, as a time is often chosen in another.
LEFT_NOW = {
    "day": N_("%(quota)s: %(left)s left today, %(used)s used"),
    "week": N_("%(quota)s: %(left)s left this week, %(used)s used"),
    "month": N_("%(quota)s: %(left)s left this month, %(used)s used"),
    "year": N_("%(quota)s: %(left)s left this year, %(used)s used"),
}
LEFT_THEN = {
    "day": N_("%(quota)s: %(left)s left on %(period)s, %(used)s used"),
    "week": N_("%(quota)s: %(left)s left in the week of %(period)s, %(used)s used"),
    "month": N_("%(quota)s: %(left)s left in %(period)s, %(used)s used"),
    "year": N_("%(quota)s: %(left)s left in the year %(period)s, %(used)s used"),
}


def quota_lines(
    thing: Bookable,
    actor: Actor | None,
    now: datetime,
    span: Pair | None = None,
    group_id: int | None = None,
) -> list[str]:
    """Each quota that applies to this reader as a line: what it allows, what is left; those of other dates last. One
    statement, or none.

    span: the time of whose periods it is told, now without one; where it touches several of a quota, the scarcest.
    Who works in several groups sees the first, as the form offers it first, unless one is named. Strangers see all,
    and nothing of use.
    """
    today = now.astimezone(thing.calendar.zone).date()
    if actor is None:
        holding = [each for each in thing.quotas if each.valid_to is None or each.valid_to >= today]
        return [reasons.sentence(in_words(quota)) for quota in holding]
    group_id = min(actor.group_ids, default=None) if group_id is None else group_id
    counting = scarcest(what_is_left(actor, group_id, thing, int(now.timestamp()), span))
    held_then = {left.quota.id for left in counting}
    others = [
        quota
        for quota in applying(thing, actor)
        if quota.id not in held_then and (quota.valid_to is None or quota.valid_to >= today)
    ]
    return [_line(left, thing, now) for left in counting] + [
        _besides(quota, thing, today) for quota in others
    ]


def lines_for_form(
    thing: Bookable, actor: Actor, user: Actor, given: Mapping[str, str], now: datetime
) -> list[str] | None:
    """The lines beside a booking form: of the day and times that are typed, for whom and for which unit it says. None
    where nobody has a quota here."""
    if not thing.quotas:
        return None
    part = typed_part(given, thing.calendar)
    if part is not None and not in_sight(Wish(*part), int(now.timestamp())):
        part = None
    return quota_lines(thing, user, now, part, group_typed(given, actor, user))


def group_typed(given: Mapping[str, str], actor: Actor, user: Actor) -> int | None:
    """The group in which a form says that it is booked; the first of the user's where it names none of theirs."""
    unit = whole(given.get("unit", "")) if user.person_id == actor.person_id else None
    return unit if unit in user.group_ids else min(user.group_ids, default=None)


def _line(left: Left, thing: Bookable, now: datetime) -> str:
    quota, zone = left.quota, thing.calendar.zone
    today = now.astimezone(zone).date()
    is_now = left.period.first <= now.timestamp() < left.period.last
    first = datetime.fromtimestamp(left.period.first, UTC).astimezone(zone).date()
    begun = quota.valid_from is None or quota.valid_from <= today
    sentence = LEFT_NOW.get(quota.per, LEFT) if begun else LEFT
    words = gettext(
        sentence if is_now else LEFT_THEN.get(quota.per, LEFT),
        quota=reasons.sentence(in_words(quota)),
        left=reasons.show(amount_of(quota, left.left)),
        used=reasons.show(amount_of(quota, left.used)),
        period=_name(quota.per, first),
    )
    return _besides(quota, thing, today, words)


def _name(per: str, first: date) -> str:
    """A calendar period by its first day: the day, that of its week, the month, or the year."""
    if per == "year":
        return str(first.year)
    return formats.month(first) if per == "month" else formats.day(first, weekday=per == "day")


def _besides(quota: Quota, thing: Bookable, today: date, words: str = "") -> str:
    more = [reasons.sentence(each) for each in besides(quota, thing.calendar.zone.key)]
    if quota.valid_from and quota.valid_from > today:
        more.insert(0, gettext("from %(first)s", first=formats.day(quota.valid_from)))
    words = words or reasons.sentence(in_words(quota))
    return gettext("%(words)s (%(more)s)", words=words, more=formats.listing(more)) if more else words
