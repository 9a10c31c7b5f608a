"""When a payer is reminded of an overdue statement: so many days after it was due, each step once. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta

from instruments.errors import N_, Reason

_STEPS = re.compile(r"\s*[,，;；、\s]\s*")
MOST_STEPS, LONGEST = 6, 365


def steps_of(text: str) -> list[int]:
    """The steps that a text such as "3,15,30" names, ascending; what is no number is left out."""
    return sorted({int(part) for part in _STEPS.split(text.strip()) if part.isdecimal() and part.isascii()})


def step_now(due_on: date, today: date, steps: Collection[int], sent: Collection[int]) -> int | None:
    """The step of which a payer is to be reminded today: the last that has come, if none as late was sent yet.

    Whoever is found late long afterwards is reminded once, not once for every step that went by.
    """
    come = [step for step in steps if today >= due_on + timedelta(days=step)]
    last = max(come, default=None)
    return last if last is not None and last > max(sent, default=0) else None


def next_on(due_on: date, today: date, steps: Collection[int]) -> date | None:
    """The day of the next reminder after today; None where none follows."""
    days = [due_on + timedelta(days=step) for step in steps]
    return min((day for day in days if day > today), default=None)


def wrong_steps(text: str) -> Iterator[Reason]:
    """What is wrong with the steps that somebody typed; none at all means that nobody is reminded."""
    parts = [part for part in _STEPS.split(text.strip()) if part]
    steps = steps_of(text)
    if any(not part.isdecimal() for part in parts) or any(not 1 <= step <= LONGEST for step in steps):
        sentence = N_("Write days from 1 to %(most)s, like 3, 15, 30.")
        yield Reason("steps", "reminder_days", sentence, {"most": LONGEST})
    elif len(steps) > MOST_STEPS:
        yield Reason("too_many", "reminder_days", N_("At most %(most)s reminders."), {"most": MOST_STEPS})
