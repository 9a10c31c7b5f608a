"""Hours for many instruments: what a new week, or the lab's, would do to each, and to what is booked on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from instruments.availability import many_hours
from instruments.availability.calendar import Calendar, calendar_after
from instruments.availability.many_hours import weeks_of_many
from instruments.availability.opening import ValidWeek
from instruments.availability.week import parse_week
from instruments.availability.week_changes import HoursChange, NewWeek, WeekPlan, WeekRow, after, plan
from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.bookable import Bookable
from instruments.reservations.bulk.outcome import Coming, Outcome, Step
from instruments.reservations.bulk.selection import Chosen


def outcome(
    change: HoursChange, things: Mapping[int, Chosen], known: Mapping[int, Bookable], now: datetime
) -> Outcome:
    """What the change does to these instruments. Two statements at most, whatever the number.

    known: the catalogue as it stands. Raises Refusal for dates that suit none of them.
    """
    _refuse_dates(change, things.values(), now)
    weeks = weeks_of_many(things)
    refused, same = {}, []
    changed: dict[int, Step] = {}
    calendars: dict[int, Calendar] = {}
    shared: dict[tuple[int, tuple[WeekRow, ...], str], Calendar] = {}
    for number, thing in things.items():
        rows = weeks.get(number, ())
        if change.since < (today := thing.today(now)):
            sentence = N_("Hours cannot be changed for days that are over. Choose %(today)s or later.")
            refused[number] = Reason("hours_over", "since", sentence, {"today": today})
            continue
        if not plan(rows, change):
            same.append(number)
            continue
        present = known[number].calendar
        # Without their numbers, which differ though the weeks do not.
        coming = tuple(row._replace(id=0) for row in after(rows, change))
        key = (id(present), coming, known[number].audience)
        if key not in shared:
            hours = replace(present.hours, own=tuple(map(_valid, coming)))
            shared[key] = calendar_after(present, hours, known[number].audience)
        calendars[number] = shared[key]
        changed[number] = (_on(present, change), _on(shared[key], change))
    return Outcome(changed, refused, same, _Fitting(known, calendars, now).touched)


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
        sentence = N_("Hours cannot be changed for days that are over. Choose %(today)s or later.")
        reasons.append(Reason("hours_over", "since", sentence, {"today": last_today}))
    if isinstance(change, NewWeek) and change.until is not None and change.until < change.since:
        reasons.append(Reason("hours_order", "until", N_("The last day lies before the first.")))
    if reasons:
        raise Refusal(reasons)


def _valid(row: WeekRow) -> ValidWeek:
    return ValidWeek(parse_week(row.week), row.valid_from, row.valid_to, frozenset(row.circles.split()))


def _on(calendar: Calendar, change: HoursChange) -> str:
    """The week that counts on the first day, for those whom the change is for; empty when there is none."""
    circles = change.circles.split() if isinstance(change, NewWeek) else []
    mine = calendar.of(circles[0]) if circles else calendar
    week = mine.hours.week_on(change.since)
    return "" if week is None else str(week)


class _Fitting:
    """Whether what is booked lies within the hours that there will be, if it lies within those that there are."""

    def __init__(
        self, known: Mapping[int, Bookable], calendars: Mapping[int, Calendar], now: datetime
    ) -> None:
        self._known, self._calendars, self._now = known, calendars, now

    def touched(self, coming: Sequence[Coming]) -> list[Coming]:
        """Those of them that lie outside. One statement where hours differ by audience, else none."""
        users = {one.user_id for one in coming if self._by_circle(one)}
        actors = actors_by_ids(users, self._now)
        return [one for one in coming if not self._fits(one, actors)]

    def _by_circle(self, one: Coming) -> bool:
        present = self._known[one.instrument_id].calendar
        return bool(self._calendars[one.instrument_id].by_circle or present.by_circle)

    def _fits(self, one: Coming, actors: Mapping[int, Actor]) -> bool:
        thing, span = self._known[one.instrument_id], (one.start, one.end)
        actor = actors.get(one.user_id)
        circle = thing.circle_of(actor) if actor else None
        if self._calendars[one.instrument_id].of(circle).opened(*span) == [span]:
            return True
        return thing.calendar.of(circle).opened(*span) != [span]
