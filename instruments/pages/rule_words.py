"""The rules of an instrument in words: who may book it, when it is open, and within which limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from flask_babel import gettext, ngettext

from instruments.pages.qualification_lines import qualification_lines
from instruments.pages.whose_hours import hours_of_reader
from instruments.pages.words import audience_words, circle_words
from instruments.people.audience import CIRCLES
from instruments.people.rights import Actor
from instruments.reservations.approval_words import rule_in_words
from instruments.reservations.bookable import Bookable
from instruments.reservations.limit_words import changed_words, seen_words
from instruments.reservations.limits import WHEN_BOOKED, BookingRules
from instruments.reservations.stages import FOR_EVER
from instruments.web import formats


def rules_in_words(thing: Bookable, now: datetime, actor: Actor | None) -> list[tuple[str, str]]:
    """Each rule as (icon, sentence), as it holds for this reader now; of other dates, that others will hold."""
    moment = int(now.timestamp())
    rules, today = thing.rules_at(moment), now.astimezone(thing.calendar.zone).date()
    circle = thing.circle_of(actor) if actor else None
    return [
        *_audience(thing, today, thing.admits(actor) if actor else None),
        *hours_of_reader(thing, circle, today),
        ("calendar-range", _ahead(rules, circle)),
        *_windows(rules, circle),
        *_cutoff(rules),
        ("ruler-dimension-line", _lengths(rules)),
        *_in_a_row(rules),
        *_buffer(rules),
        *_capacity(thing),
        *_approval(thing),
        *qualification_lines(thing, actor, today),
        *_names(rules),
        *_other_dates(thing, moment, rules),
    ]


def is_out_of_service(thing: Bookable, today: date) -> str | None:
    """ "down" or "retired" when nobody can book it any more, or for now."""
    if thing.status == "down":
        return "down"
    over = thing.retired_on is not None and thing.retired_on < today
    return "retired" if over or thing.status == "retired" else None


def _audience(thing: Bookable, today: date, admitted: bool | None) -> Iterator[tuple[str, str]]:
    circle = audience_words(thing.audience)
    can_be_booked = not is_out_of_service(thing, today) and thing.calendar.published()
    if admitted is None or (admitted and not can_be_booked):
        yield "users", gettext("Who may book: %(who)s", who=circle)
    elif admitted:
        yield "badge-check", gettext("It is open to you. Open to: %(who)s", who=circle)
    else:
        yield "ban", gettext("You may not book it. Open to: %(who)s", who=circle)


def _ahead(rules: BookingRules, circle: str | None) -> str:
    days = _days(rules.days_for(circle))
    if rules.lead_minutes:
        lead = formats.length(timedelta(minutes=rules.lead_minutes))
        return gettext("Book from %(days)s to %(lead)s ahead", days=days, lead=lead)
    return gettext("Book up to %(days)s ahead, at the latest when it starts", days=days)


def _days(number: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", number, count=formats.count(number))


def _windows(rules: BookingRules, circle: str | None) -> Iterator[tuple[str, str]]:
    """How far ahead the other circles may book, where that differs."""
    own = rules.days_for(circle)
    others = [
        gettext("%(who)s %(days)s", who=circle_words(each), days=_days(rules.days_for(each)))
        for each in CIRCLES
        if each != circle and rules.days_for(each) != own
    ]
    if others:
        yield "users", gettext("How far ahead others may book: %(list)s", list=formats.listing(others))


def _cutoff(rules: BookingRules) -> Iterator[tuple[str, str]]:
    if rules.cutoff_minutes:
        length = formats.length(timedelta(minutes=rules.cutoff_minutes))
        yield "calendar-clock", gettext("Move or cancel at least %(length)s before the start", length=length)


def _in_a_row(rules: BookingRules) -> Iterator[tuple[str, str]]:
    if rules.consecutive_minutes:
        length = formats.length(timedelta(minutes=rules.consecutive_minutes))
        yield "repeat", gettext("At most %(length)s in a row for one person or group", length=length)


def _names(rules: BookingRules) -> Iterator[tuple[str, str]]:
    if rules.names_seen != "nobody":
        yield "eye", gettext("Who sees whose a booking is: %(who)s", who=seen_words(rules.names_seen))
    if rules.payer_named == WHEN_BOOKED:
        yield "wallet", gettext("Who pays is named when it is booked, and the money is held.")


def _other_dates(thing: Bookable, moment: int, rules: BookingRules) -> Iterator[tuple[str, str]]:
    """The next dates on which other rules hold."""
    zone = thing.calendar.zone
    for stage in thing.stages:
        if stage.first > moment and stage.rules != rules:
            first = datetime.fromtimestamp(stage.first, zone).date()
            told = formats.listing(changed_words(rules, stage.rules))
            if stage.last == FOR_EVER:
                sentence = gettext("From %(first)s on: %(rules)s", first=formats.day(first), rules=told)
            else:
                last = datetime.fromtimestamp(stage.last - 1, zone).date()
                sentence = gettext(
                    "%(first)s to %(last)s: %(rules)s",
                    first=formats.day(first), last=formats.day(last), rules=told,
                )  # fmt: skip
            yield "calendar-days", sentence
            return


def _lengths(rules: BookingRules) -> str:
    return gettext(
        "%(shortest)s to %(longest)s at a time, in steps of %(grid)s",
        shortest=formats.length(timedelta(minutes=rules.shortest_minutes)),
        longest=formats.length(timedelta(minutes=rules.longest_minutes)),
        grid=formats.length(timedelta(minutes=rules.grid_minutes)),
    )


def _buffer(rules: BookingRules) -> Iterator[tuple[str, str]]:
    after = formats.length(timedelta(minutes=rules.buffer_minutes)) if rules.buffer_minutes else ""
    before = formats.length(timedelta(minutes=rules.before_minutes)) if rules.before_minutes else ""
    if before and after:
        words = gettext(
            "%(after)s after a reservation and %(before)s before the next stay free",
            after=after, before=before,
        )  # fmt: skip
    elif before or after:
        words = gettext("%(buffer)s stay free between two reservations", buffer=before or after)
    else:
        return
    yield "between-horizontal-start", words


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
