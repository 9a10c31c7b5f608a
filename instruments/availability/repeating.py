"""How a closure repeats: the dates of a rule, as the wall of the lab counts them, and its words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from instruments.errors import N_, Reason

EVERY = ("week", "fortnight", "month")
LONGEST = timedelta(days=731)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKS = {"week": 1, "fortnight": 2}
SHORTEST = {"week": timedelta(days=7), "fortnight": timedelta(days=14), "month": timedelta(days=28)}
LAST = -1

WORDS: Mapping[str, str] = {
    "1": N_("every %(weekday)s until %(until)s"),
    "2": N_("every other %(weekday)s until %(until)s"),
}
MONTHLY_WORDS: Mapping[str, str] = {
    "1": N_("every first %(weekday)s of the month until %(until)s"),
    "2": N_("every second %(weekday)s of the month until %(until)s"),
    "3": N_("every third %(weekday)s of the month until %(until)s"),
    "4": N_("every fourth %(weekday)s of the month until %(until)s"),
    "-1": N_("every last %(weekday)s of the month until %(until)s"),
}


@dataclass(frozen=True)
class Repeat:
    """Each week, each other week, or each month on the same weekday of it (a fifth counts as the last), up to a date."""

    every: str
    until: date


def dates(first: date, repeat: Repeat) -> Iterator[date]:
    """The dates from the first to the last, both included."""
    day = first
    while day <= repeat.until:
        yield day
        day = _next_month(day, _ordinal(first)) if repeat.every == "month" else day + SHORTEST[repeat.every]


def objections(start: datetime, end: datetime | None, repeat: Repeat) -> Iterator[Reason]:
    """What stands against repeating what begins and ends then."""
    if repeat.every not in EVERY:
        yield Reason("repeat", "repeat", N_("Choose how often it repeats."))
        return
    if end is None:
        yield Reason("repeat_open", "repeat", N_("What has no end cannot repeat."))
    elif end - start > SHORTEST[repeat.every]:
        yield Reason("repeat_long", "repeat", N_("It must be over before it begins again."))
    if repeat.until < start.date():
        yield Reason("repeat_order", "repeat_until", N_("The last day must not come before the first."))
    elif repeat.until - start.date() > LONGEST:
        yield Reason("repeat_far", "repeat_until", N_("At most two years ahead."))


def as_rule(first: date, repeat: Repeat) -> str:
    """The rule as calendars write it (RFC 5545)."""
    until, weekday = f"{repeat.until:%Y%m%d}", DAYS[first.weekday()]
    if repeat.every == "month":
        return f"FREQ=MONTHLY;BYDAY={_ordinal(first)}{weekday};UNTIL={until}"
    return f"FREQ=WEEKLY;INTERVAL={WEEKS[repeat.every]};BYDAY={weekday};UNTIL={until}"


def read_rule(rule: str) -> tuple[str, int, date]:
    """The English words of a rule (with places for %(weekday)s and %(until)s), its weekday from Monday, and its last day."""
    parts = dict(part.split("=") for part in rule.split(";"))
    weekday, until = DAYS.index(parts["BYDAY"][-2:]), datetime.strptime(parts["UNTIL"], "%Y%m%d").date()  # noqa: DTZ007 - a date
    if parts["FREQ"] == "MONTHLY":
        return MONTHLY_WORDS[parts["BYDAY"][:-2]], weekday, until
    return WORDS[parts["INTERVAL"]], weekday, until


def _ordinal(day: date) -> int:
    number = (day.day - 1) // 7 + 1
    return LAST if number == 5 else number


def _next_month(day: date, ordinal: int) -> date:
    """The same weekday of the next month, by its place in the month."""
    first = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    if ordinal == LAST:
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        back = (after.weekday() - 1 - day.weekday()) % 7
        return after - timedelta(days=1 + back)
    return first + timedelta(days=(day.weekday() - first.weekday()) % 7 + 7 * (ordinal - 1))
