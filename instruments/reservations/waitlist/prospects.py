"""Whether what is waited for could ever be offered: what stands against it for good, and what does as things are now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from instruments.errors import N_, Reason
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.frames import Frames, leaves_at
from instruments.reservations.grid import Grid
from instruments.reservations.lookup import own_within
from instruments.reservations.stages import FOR_EVER
from instruments.reservations.waitlist.candidates import Candidates
from instruments.reservations.waitlist.quota_room import QuotaRoom
from instruments.reservations.waitlist.rules import SHORTEST_LIFE, Wanted
from instruments.timespan import Pair


def never(
    thing: Bookable, user: Actor, wanted: Wanted, now: datetime, room: QuotaRoom, *, own: bool = True
) -> Iterator[Reason]:
    """Why this could not be offered whoever gave up their time: nobody is let wait in vain.

    room: what quotas leave; own: whether who asks waits themselves.
    """
    first, last = wanted.window
    length = round(wanted.length.total_seconds())
    first = max(first, int(now.timestamp()))
    if last - first < length:
        return  # The rules of the waitlist say so.
    lead = min(rules.lead for rules in thing.rules_between(first, last))
    if last - length - lead - int(now.timestamp()) < SHORTEST_LIFE:
        sentence = N_("That is too soon: it could not be offered, answered and booked in time.")
        yield Reason("too_soon", "until", sentence, {}, N_("Choose a later time."))
    yield from _service(thing, first, last, length)
    if leaves_at(user, thing.calendar.zone) < first + length:
        sentence = N_("The last day at their institution of the person who will use it is %(day)s.")
        remedy = N_("Choose a time up to that day, or ask the institution to change it.")
        yield Reason("membership_ends", "from", sentence, {"day": user.ends_on}, remedy)
    yield from room.against(thing)
    if wanted.length == wanted.latest - wanted.earliest:
        yield from _on_grid(thing, (first, last))
        if thing.capacity == 1 and own_within(user, thing.id, first, last):
            yield _own_time(own=own)


def _service(thing: Bookable, first: int, last: int, length: int) -> Iterator[Reason]:
    since, until = thing.serves
    if until < first + length and thing.retired_on is not None:
        sentence = N_("The instrument's last day in service is %(day)s.")
        remedy = N_("Choose another instrument of its kind.")
        yield Reason("retired", "from", sentence, {"day": thing.retired_on}, remedy)
    if last - length < since:
        sentence = N_("The instrument goes into service on %(day)s.")
        remedy = N_("Choose that day or a later one.")
        yield Reason("not_yet_in_service", "until", sentence, {"day": thing.commissioned_on}, remedy)


def _on_grid(thing: Bookable, span: Pair) -> Iterator[Reason]:
    grid = Grid(thing.calendar.zone, thing.rules_at(span[0]).grid_minutes)
    if not (grid.fits(span[0]) and grid.fits(span[1])):
        sentence = N_("Reservations here start and end on steps of %(grid)s, counted from midnight.")
        remedy = N_("Choose times on these steps.")
        yield Reason("grid", "from", sentence, {"grid": timedelta(seconds=grid.step)}, remedy)


def _own_time(*, own: bool) -> Reason:
    sentence = N_("You have a reservation in this time yourself.")
    if not own:
        sentence = N_("The person this is for has a reservation in this time.")
    return Reason("own_time", "from", sentence, {}, N_("Move or cancel it first, if you want another."))


def as_things_are(things: Sequence[Bookable], user: Actor, wanted: Wanted, now: datetime) -> Reason | None:
    """Why nothing of this could be offered as hours and rules are now, even where nobody had booked; None where
    something could, or where something else is said of it (a suspension).

    things: those in service that would suit.
    """
    opened = [thing for thing in things if thing.admits(user)]
    if not opened:
        return Reason("out_of_order", None, N_("Nothing that would suit is in service now."))
    asked = [thing for thing in opened if not thing.suspended_until(user)]
    moment = int(now.timestamp())
    if not asked or _any_fits(asked, user, wanted, moment, moment):
        return None
    # As from the moment at which the beginning comes within reach.
    if _any_fits(asked, user, wanted, moment, max(moment, wanted.window[0] - _longest_lead(asked))):
        sentence = N_("It is further ahead than may be booked by now: nothing is offered before it may be.")
        return Reason("ahead", None, sentence)
    sentence = N_(
        "As hours and rules are now it cannot be had then, even where nobody has booked."
        " It is offered only if the lab changes them."
    )
    return Reason("not_open_then", None, sentence)


def still_waits(row: Any, now: datetime) -> bool:
    """Whether a request (a row of `listing.whole`) waits for time to come, and nothing is offered to it."""
    return row.state == "waiting" and row.offer_id is None and row.latest > now


def prospect(row: Any, user: Actor, among: Candidates, now: datetime) -> Reason | None:
    """The same of a request that waits; None of one that does not, or that has an offer."""
    if not still_waits(row, now):
        return None
    wanted = Wanted(row.earliest, row.latest, timedelta(seconds=row.length_seconds))
    return as_things_are(among.of(row), user, wanted, now)


def _any_fits(things: Sequence[Bookable], user: Actor, wanted: Wanted, since: int, now: int) -> bool:
    first, last = wanted.window
    frames = Frames(round(wanted.length.total_seconds()), max(first, since), now + SHORTEST_LIFE, user)
    frames.reach(last)
    return any(
        frames.of(thing).first((), [(0, thing.serves[0]), (thing.serves[1], FOR_EVER)]) for thing in things
    )


def _longest_lead(things: Sequence[Bookable]) -> int:
    return SHORTEST_LIFE + max(rules.lead for thing in things for rules in thing.all_rules())
