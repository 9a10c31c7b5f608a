"""The steps of a version, each stated once for pages and programs: its name, what is said of it, what it needs, its deed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from instruments.errors import N_, Reason, Refusal
from instruments.people.rights import Actor
from instruments.rates import publishing
from instruments.rates.models import RateVersion

REASON, LAST_DAY = "reason", "last_day"


class Told(NamedTuple):
    """What a step may need beside the version: a reason, a last day."""

    reason: str = ""
    last_day: date | None = None


class Step(NamedTuple):
    """name: as addresses have it; about: for programs; done: what a page says afterwards; needs: a field of Told, or none."""

    name: str
    about: str
    done: str
    act: Callable[[Actor, int, int, Told, datetime], RateVersion]
    needs: str = ""


def _end(actor: Actor, number: int, seen: int, told: Told, now: datetime) -> RateVersion:
    if told.last_day is None or told.last_day == date.max:
        raise Refusal([Reason("date", LAST_DAY, N_("Write a date, like 2027-03-01."))])
    return publishing.end(actor, number, seen, told.last_day + publishing.A_DAY, now)


STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        Step(
            "propose",
            "Ask the institution for approval.",
            N_("Proposed. The managers of the institution are told."),
            lambda actor, number, seen, _, now: publishing.propose(actor, number, seen, now),
        ),
        Step(
            "take-back",
            "Make what was proposed a draft again.",
            N_("It is a draft again."),
            lambda actor, number, seen, _, now: publishing.take_back(actor, number, seen, now),
        ),
        Step(
            "publish",
            "Approve it, as its institution: it holds from its first day on. Nobody approves what they proposed.",
            N_("Published. It is on the public page from its first day on."),
            lambda actor, number, seen, _, now: publishing.publish(actor, number, seen, now),
        ),
        Step(
            "decline",
            "Send it back to the lab with a reason, as its institution.",
            N_("Sent back to the lab."),
            lambda actor, number, seen, told, now: publishing.decline(actor, number, seen, told.reason, now),
            REASON,
        ),
        Step(
            "end",
            "Let published prices end with a day, today at the earliest.",
            N_("Its last day is set."),
            _end,
            LAST_DAY,
        ),
        Step(
            "withdraw",
            "Take published prices back that have not begun.",
            N_("Withdrawn. Reservations that are bound to it stay so."),
            lambda actor, number, seen, _, now: publishing.withdraw(actor, number, seen, now),
        ),
    )
}
