"""Notices to those who wait: time is offered to them, somebody was faster, nothing became free. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words

TOPIC = N_("Waitlist")
BY_CLASS = ("over", "again")
VALUES = ("instrument_id", "class_code", "user_id", "start", "end", "expires_at")


def told(what: Happening) -> Iterator[Told]:
    """Who waits, and who asked for them."""
    said = what.deed.removeprefix("wait.")
    if said in BY_CLASS and "class_code" in what.detail:
        said = f"class_{said}"
    if said == "lapsed" and "why" in what.detail:
        said = "shut"
    values = {name: what.detail[name] for name in VALUES if name in what.detail}
    for person_id in dict.fromkeys((what.detail["user_id"], what.detail["asker_id"])):
        yield Told(person_id, said, what.thing, values)


KINDS = (
    Kind(
        "wait.offered", TOPIC, N_("Time that I wait for is free"),
        {
            "offered": Words(
                N_("Free for you until %(until)s: %(instrument)s, %(when)s"),
                N_(
                    "%(instrument)s is free: %(when)s. Accept it until %(until)s. It is offered to others who wait, too,"
                    " and nobody holds it: whoever takes it first has it."
                ),
            ),
        },
        ("wait.offered",), told, picture="calendar-check",
    ),
    Kind(
        "wait.lapsed", TOPIC, N_("Time that was offered to me is gone"),
        {
            "lapsed": Words(
                N_("Somebody was faster: %(instrument)s, %(when)s"),
                N_(
                    "%(instrument)s, %(when)s, was offered to you, and somebody else took it. You stay on the waitlist"
                    " and are asked again."
                ),
            ),
            "shut": Words(
                N_("Not open any more: %(instrument)s, %(when)s"),
                N_(
                    "%(instrument)s, %(when)s, was offered to you, and is not open any more: the lab changed its hours or"
                    " closed it. You stay on the waitlist and are asked again."
                ),
            ),
        },
        ("wait.lapsed",), told, by_mail=False, picture="hourglass",
    ),
    Kind(
        "wait.again", TOPIC, N_("I wait again, because the lab did not approve"),
        {
            "again": Words(
                N_("You wait again: %(instrument)s"),
                N_(
                    "The lab did not approve your booking of %(instrument)s. You are on the waitlist again, in the"
                    " place that you had."
                ),
            ),
            "class_again": Words(
                N_("You wait again: %(class)s"),
                N_(
                    "The lab did not approve your booking. You are on the waitlist for any instrument of the class"
                    " %(class)s again, in the place that you had."
                ),
            ),
        },
        ("wait.again",), told, by_mail=False, picture="hourglass",
    ),
    Kind(
        "wait.over", TOPIC, N_("Time that I waited for is over"),
        {
            "over": Words(
                N_("Nothing became free: %(instrument)s"),
                N_(
                    "You waited for %(instrument)s, and no time became free for you. It is counted, without your name,"
                    " as demand that was not met."
                ),
            ),
            "class_over": Words(
                N_("Nothing became free: %(class)s"),
                N_(
                    "You waited for any instrument of the class %(class)s, and no time became free for you. It is"
                    " counted, without your name, as demand that was not met."
                ),
            ),
        },
        ("wait.over",), told, picture="hourglass",
    ),
)  # fmt: skip
