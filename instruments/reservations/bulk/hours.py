"""Hours for many instruments: what a new week, or the lab's, would do to each, and to what is booked on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from instruments.availability import many_hours
from instruments.availability.calendar import Calendar
from instruments.availability.hours import FARTHEST_YEARS
from instruments.availability.many_hours import weeks_of_many
from instruments.availability.opening import Hours, ValidWeek
from instruments.availability.proposed import Change, following_the_lab, with_week
from instruments.availability.week import parse_week
from instruments.availability.week_changes import AsLab, HoursChange, NewWeek, WeekPlan, plan
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.bulk.outcome import Outcome, Step
from instruments.reservations.bulk.selection import Chosen
from instruments.reservations.outside_hours import falling_outside


def outcome(
    change: HoursChange, things: Mapping[int, Chosen], known: Mapping[int, Bookable], now: datetime
) -> Outcome:
    """What the change does to these instruments. A constant number of statements.

    known: the catalogue as it stands. Raises Refusal for dates that suit none of them.
    """
    _refuse_dates(change, things.values(), now)
    weeks = weeks_of_many(things)
    refused, same = {}, []
    changed: dict[int, Step] = {}
    will_be, steps = _as_proposed(change), dict[Calendar, Step]()
    for number, thing in things.items():
        if change.since < (today := thing.today(now)):
            sentence = N_("Days that are over cannot be changed. Choose %(today)s or later.")
            refused[number] = Reason("hours_over", "since", sentence, {"today": today})
        elif not plan(weeks.get(number, ()), change):
            same.append(number)
        else:
            calendar = known[number].calendar
            if calendar not in steps:
                present = calendar.hours
                steps[calendar] = (_told(present, change), _told(will_be(present), change))
            changed[number] = steps[calendar]
    return Outcome(changed, refused, same, falling_outside(list(changed), will_be, now))


def plans(change: HoursChange, instrument_ids: Collection[int]) -> dict[int, WeekPlan]:
    """What the change does to the weeks of each. One statement."""
    weeks = weeks_of_many(instrument_ids)
    return {number: plan(weeks.get(number, ()), change) for number in instrument_ids}


def carry_out(actor: Actor, change: HoursChange, things: Mapping[int, Chosen], now: datetime) -> None:
    """Change them all."""
    places = {number: (thing.institution_id, thing.lab_id) for number, thing in things.items()}
    many_hours.carry_out(plans(change, things), change, places, actor_id=actor.person_id, now=now)


def _refuse_dates(change: HoursChange, things: Collection[Chosen], now: datetime) -> None:
    reasons = []
    last_today = max((thing.today(now) for thing in things), default=None)
    first_today = min((thing.today(now) for thing in things), default=None)
    if first_today is not None and last_today is not None and change.since < first_today:
        sentence = N_("Days that are over cannot be changed. Choose %(today)s or later.")
        reasons.append(Reason("hours_over", "since", sentence, {"today": last_today}))
    elif first_today is not None and change.since.year > first_today.year + FARTHEST_YEARS:
        remedy = N_("Look at the year that is written.")
        reasons.append(Reason("hours_far", "since", N_("That is more than ten years ahead."), {}, remedy))
    if isinstance(change, NewWeek) and change.until is not None and change.until < change.since:
        reasons.append(Reason("hours_order", "until", N_("The last day lies before the first.")))
    if reasons:
        raise Refusal(reasons)


def _as_proposed(change: HoursChange) -> Change:
    if isinstance(change, AsLab):
        return following_the_lab(change.since)
    circles = frozenset(change.circles.split())
    return with_week(ValidWeek(parse_week(change.week), change.since, change.until, circles), of_lab=False)


def _told(hours: Hours, change: HoursChange) -> str:
    """The week that counts on the first day, for those whom the change is for; empty when there is none."""
    circles = change.circles.split() if isinstance(change, NewWeek) else []
    mine = hours.of(circles[0]) if circles else hours
    week = mine.week_on(change.since)
    return "" if week is None else str(week)
