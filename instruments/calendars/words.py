"""How it stands with an outside calendar, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from instruments.calendars.models import CalendarSubscription
from instruments.errors import Reason
from instruments.web.reasons import sentence


@dataclass(frozen=True)
class State:
    """code: paused, waiting, failing, read or never; words: a mark; why: the sentence of a failure."""

    code: str
    words: str
    tone: str
    icon: str
    why: str = ""


def state_of(row: CalendarSubscription, now: datetime) -> State:
    """How it stands now."""
    if row.state == "paused":
        return State("paused", gettext("Paused"), "", "circle-pause")
    if _is_waiting(row, now):
        return State("waiting", gettext("Being read"), "accent", "hourglass")
    if row.failure:
        why = " ".join(
            sentence(Reason(each["code"], None, each["message"], each["values"])) for each in row.failure
        )
        return State("failing", gettext("Could not be read"), "bad", "circle-alert", why)
    if row.report and row.report.get("unread_count"):
        return State("read", gettext("Read in part"), "warn", "triangle-alert")
    return State("read", gettext("Read"), "free", "circle-check")


def _is_waiting(row: CalendarSubscription, now: datetime) -> bool:
    """Whether its time has come, by itself or since somebody asked, or it is new, and the answer is not there yet."""
    if row.due_at is not None and row.due_at <= now:
        return True
    if row.leased_until is not None and row.leased_until > now:
        return True
    return bool(row.upload) or (row.succeeded_at is None and not row.failure)


@dataclass(frozen=True)
class Unread:
    """Events that could not be read: line, and why in words. failed: of the file that failed, not of the last good one;
    count: of how many these are the first.
    """

    rows: list[tuple[int, str]]
    count: int
    failed: bool


def unread_of(row: CalendarSubscription) -> Unread:
    """The events of the file that failed, where that could be taken apart; else those of the one that was read last."""
    report = row.report or {}
    for values in (each["values"] for each in row.failure or ()):
        if values.get("unread"):
            return Unread(_in_words(values["unread"]), values["count"], failed=True)
    return Unread(_in_words(report.get("unread", ())), report.get("unread_count", 0), failed=False)


def _in_words(unread: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(line, unread_words(why)) for line, why in unread]


def unread_words(why: str) -> str:
    """Why an event could not be read."""
    match why:
        case "structure":
            return gettext("Its lines do not fit together.")
        case "zone":
            return gettext("It names a time zone that the file does not define and nobody knows.")
        case "order":
            return gettext("It ends before it starts.")
        case "rule":
            return gettext("The rule by which it repeats cannot be read.")
        case "often":
            return gettext("It repeats more often than 48 times a day.")
        case "slow":
            return gettext("The rule by which it repeats takes too long to lay out.")
        case _:
            return gettext("Its times cannot be read.")
