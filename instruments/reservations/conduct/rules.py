"""What a violation leads to by the lab's rule, and what stands against such a rule. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from instruments.availability.opening import midnight
from instruments.errors import N_, Reason

LONGEST_NAME = 120
MOST_SUSPENDED, MOST_AFTER, MOST_KEPT = 366, 20, 1096
# How long ago something may have happened that is recorded only now.
LOOK_BACK = timedelta(days=90)
STANDING, UPHELD, LIFTED, WITHDRAWN = "standing", "upheld", "lifted", "withdrawn"
STATES = (STANDING, UPHELD, LIFTED, WITHDRAWN)
IN_FORCE = (STANDING, UPHELD)


@dataclass(frozen=True, slots=True)
class Consequence:
    """The lab's rule on one kind: it expires after so many days; the `after`-th that stands suspends for so many."""

    suspended_days: int = 0
    after: int = 1
    expires_days: int = 365

    def expires_at(self, happened_on: date, zone: ZoneInfo) -> int:
        """When it counts no more, in UTC seconds: at the end of a day on the lab's wall."""
        return midnight(happened_on + timedelta(days=self.expires_days + 1), zone)

    def suspended_until(self, standing: int, today: date, happened_on: date, zone: ZoneInfo) -> int | None:
        """Until when the person is suspended, this one counted among those that stand; None: not at all.

        Whole days on the lab's wall after today, and never longer than the violation itself stands.
        """
        if not self.suspended_days or standing < self.after:
            return None
        until = midnight(today + timedelta(days=self.suspended_days + 1), zone)
        return min(until, self.expires_at(happened_on, zone))


def rule_objections(rule: Consequence) -> Iterator[Reason]:
    """Every reason against such a rule."""
    sentence = N_("From %(least)s to %(most)s.")
    for field, least, most in (
        ("suspended_days", 0, MOST_SUSPENDED), ("after", 1, MOST_AFTER), ("expires_days", 1, MOST_KEPT),
    ):  # fmt: skip
        if not least <= getattr(rule, field) <= most:
            yield Reason("out_of_range", field, sentence, {"least": least, "most": most})
    if rule.suspended_days > rule.expires_days:
        longer = N_("Nobody is suspended for longer than the violation stands.")
        yield Reason("suspended_longer", "suspended_days", longer)


def name_objections(name_en: str, name_zh: str) -> Iterator[Reason]:
    """Every reason against these names of a kind; one of the two is enough."""
    if not name_en and not name_zh:
        yield Reason("no_name", "name_en", N_("Give it a name, in one of the two languages."))
    for field, name in (("name_en", name_en), ("name_zh", name_zh)):
        if len(name) > LONGEST_NAME:
            yield Reason("too_long", field, N_("At most %(most)s characters."), {"most": LONGEST_NAME})


def day_objections(happened_on: date, today: date) -> Iterator[Reason]:
    """Every reason against recording today what happened then."""
    if happened_on > today:
        yield Reason("future", "happened_on", N_("That day is still to come."))
    elif happened_on < today - LOOK_BACK:
        sentence = N_("That is longer ago than %(days)s days; it is not recorded any more.")
        yield Reason("long_ago", "happened_on", sentence, {"days": LOOK_BACK.days})
