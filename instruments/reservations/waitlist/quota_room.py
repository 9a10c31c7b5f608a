"""Whether the quotas of instruments leave room for what somebody wants to wait for, as they stand now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from instruments.errors import N_, Reason
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable
from instruments.reservations.counting import Held, Holders, held_by
from instruments.reservations.quota_words import amount_of, in_words
from instruments.reservations.quotas import Period, Quota, periods
from instruments.reservations.waitlist.quota_rules import barred, bars_all, longest, used_in
from instruments.reservations.waitlist.rules import SHORTEST, SHORTEST_LIFE, WIDEST, Wanted
from instruments.reservations.within_quotas import applying
from instruments.timespan import Pair

# How long something fits is said in steps of the shortest that may be waited for.
STEP = round(SHORTEST.total_seconds())


@dataclass(frozen=True)
class _Judged:
    """A quota with what is used of it in its periods, and when nothing as long can start for it."""

    quota: Quota
    periods: Sequence[Period]
    used: Sequence[int]
    barred: list[Pair]


class QuotaRoom:
    """The quotas of some instruments for one person's wish. One statement, however many instruments are looked at."""

    def __init__(
        self, user: Actor, group_id: int | None, things: Sequence[Bookable], wanted: Wanted, now: datetime
    ) -> None:
        self._user, self._things, self._now = user, things, int(now.timestamp())
        self._holders = Holders(user.person_id, group_id, user.institution_id)
        first, last = wanted.window
        self._window = max(first, self._now), last
        self._length = round(wanted.length.total_seconds())
        self._starts = (self._window[0], last - self._length)
        self._known: dict[tuple[object, ...], _Judged] = {}

    def against(self, thing: Bookable) -> Iterator[Reason]:
        """Why no span of the length within the window is within every quota of an instrument; nothing where one is."""
        if self._window[1] - self._now > WIDEST.total_seconds():
            return  # The rules of the waitlist say so.
        judged = [self._judged(thing, quota, counted) for quota, counted in self._counting(thing)]
        judged = [each for each in judged if each.barred]
        if not bars_all((span for each in judged for span in each.barred), self._starts):
            return
        alone = [each for each in judged if bars_all(each.barred, self._starts)]
        for each in alone:
            yield self._too_much(each)
        for each in judged if not alone else ():
            sentence = N_(
                "The quota is %(quota)s, and where it leaves room in that time, another one leaves none."
            )
            remedy = N_("Choose other days, or fewer hours.")
            yield Reason("quota", "from", sentence, {"quota": in_words(each.quota)}, remedy)

    def _counting(self, thing: Bookable) -> Iterator[tuple[Quota, list[Period]]]:
        """The quotas that count whenever it is booked, each with its periods that the window touches."""
        lead = min(rules.lead for rules in thing.rules_between(*self._window))
        for quota in applying(thing, self._user):
            # What is made at short notice is free of it, and an offer may be.
            if quota.short_notice > lead + SHORTEST_LIFE:
                continue
            found = periods(quota, self._window, thing.calendar.zone, self._now)
            if found:
                yield quota, found

    def _judged(self, thing: Bookable, quota: Quota, counted: list[Period]) -> _Judged:
        held = tuple(sorted(each.span for each in self._held if self._counts(each, quota, thing)))
        key = (quota.id, thing.calendar.zone.key, held)
        if key not in self._known:
            used = used_in(quota, counted, held)
            found = barred(quota, counted, used, self._length, self._starts)
            self._known[key] = _Judged(quota, counted, used, found)
        return self._known[key]

    def _counts(self, each: Held, quota: Quota, thing: Bookable) -> bool:
        if each.kind != self._holders.of(quota) or each.start - each.made < quota.short_notice:
            return False
        return each.is_within(quota, thing)

    @cached_property
    def _held(self) -> list[Held]:
        """All that counts in any of the quotas. Asked for once, and only where there are quotas."""
        wanted = [each for thing in self._things for each in self._counting(thing)]
        kinds = {self._holders.of(quota) for quota, _ in wanted}
        first = min(period.first for _, found in wanted for period in found)
        last = max(period.last for _, found in wanted for period in found)
        return held_by(self._holders, sorted(kinds), self._things, (first, last))

    def _too_much(self, each: _Judged) -> Reason:
        quota, words = each.quota, dict[str, object]({"quota": in_words(each.quota)})
        if bars_all(
            barred(quota, each.periods, [0] * len(each.used), self._length, self._starts), self._starts
        ):
            sentence = N_("The quota is %(quota)s, and this takes more than all of it.")
            if quota.measured == "hours" and quota.amount:
                return Reason("quota", "hours", sentence, words, N_("Choose fewer hours."))
            return Reason("quota", "from", sentence, words, N_("Book less, or ask the lab."))
        lasts = 0
        if quota.measured == "hours":
            lasts = longest(quota, each.periods, each.used, self._length, self._window, STEP)
        if lasts:
            sentence = N_(
                "The quota is %(quota)s, and what is left of it in that time lasts for %(longest)s at most."
            )
            words["longest"] = amount_of(quota, lasts)
            return Reason("quota", "hours", sentence, words, N_("Choose fewer hours."))
        sentence = N_("The quota is %(quota)s, and nothing of it is left in that time.")
        remedy = N_("Book less, or ask the lab.") if quota.per == "future" else N_("Choose other days.")
        return Reason("quota", "from", sentence, words, remedy)
