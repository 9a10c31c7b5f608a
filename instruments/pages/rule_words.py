"""The rules of an instrument in words: who may book it, when it is open, and within which limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from flask_babel import gettext, ngettext

from instruments.availability.opening import Hours
from instruments.availability.words import hours_in_words
from instruments.pages.words import audience_words
from instruments.reservations.approval_words import rule_in_words
from instruments.reservations.bookable import Bookable
from instruments.reservations.limits import BookingRules
from instruments.web import formats


def rules_in_words(thing: Bookable, today: date, *, admitted: bool | None) -> list[tuple[str, str]]:
    """Each rule as (icon, sentence). admitted: whether the reader may book it, None for strangers."""
    return [
        *_audience(thing, today, admitted),
        ("clock", hours_words(thing.calendar.hours, today)),
        ("calendar-range", _ahead(thing.rules)),
        ("ruler-dimension-line", _lengths(thing.rules)),
        *_buffer(thing.rules),
        *_capacity(thing),
        *_approval(thing),
    ]


def is_out_of_service(thing: Bookable, today: date) -> str | None:
    """ "down" or "retired" when nobody can book it any more, or for now."""
    if thing.status == "down":
        return "down"
    over = thing.retired_on is not None and thing.retired_on < today
    return "retired" if over or thing.status == "retired" else None


def hours_words(hours: Hours, today: date) -> str:
    """The opening hours that hold on a date, and that others are coming."""
    week = hours.week_on(today)
    words = hours_in_words(week, formats.language()) if week else gettext("No hours are published for today")
    later = [
        valid.valid_from
        for valid in (*hours.own, *hours.lab)
        if valid.valid_from and valid.valid_from > today
    ]
    if later:
        return gettext("%(hours)s. Other hours from %(day)s", hours=words, day=formats.day(min(later)))
    return words


def _audience(thing: Bookable, today: date, admitted: bool | None) -> Iterator[tuple[str, str]]:
    circle = audience_words(thing.audience)
    can_be_booked = not is_out_of_service(thing, today) and thing.calendar.hours.published()
    if admitted is None or (admitted and not can_be_booked):
        yield "users", gettext("Who may book: %(who)s", who=circle)
    elif admitted:
        yield "badge-check", gettext("You may book it. Open to: %(who)s", who=circle)
    else:
        yield "ban", gettext("You may not book it. Open to: %(who)s", who=circle)


def _ahead(rules: BookingRules) -> str:
    days = ngettext(
        "%(count)s day", "%(count)s days", rules.horizon_days, count=formats.count(rules.horizon_days)
    )
    if rules.lead_minutes:
        lead = formats.length(timedelta(minutes=rules.lead_minutes))
        return gettext("Book from %(days)s to %(lead)s ahead", days=days, lead=lead)
    return gettext("Book up to %(days)s ahead, at the latest when it starts", days=days)


def _lengths(rules: BookingRules) -> str:
    return gettext(
        "%(shortest)s to %(longest)s at a time, in steps of %(grid)s",
        shortest=formats.length(timedelta(minutes=rules.shortest_minutes)),
        longest=formats.length(timedelta(minutes=rules.longest_minutes)),
        grid=formats.length(timedelta(minutes=rules.grid_minutes)),
    )


def _buffer(rules: BookingRules) -> Iterator[tuple[str, str]]:
    if rules.buffer_minutes:
        buffer = formats.length(timedelta(minutes=rules.buffer_minutes))
        yield (
            "between-horizontal-start",
            gettext("%(buffer)s stay free between two reservations", buffer=buffer),
        )


def _capacity(thing: Bookable) -> Iterator[tuple[str, str]]:
    if thing.capacity > 1:
        yield (
            "layers",
            gettext("%(count)s reservations fit at the same time", count=formats.count(thing.capacity)),
        )


def _approval(thing: Bookable) -> Iterator[tuple[str, str]]:
    words = rule_in_words(thing.approval, thing.audience) if thing.approval else ""
    if words:
        yield "user-check", words
