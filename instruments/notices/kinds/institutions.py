"""Notices to those who run an institution: the days of a year were announced, and taken over. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.people.rights import Role

TOPIC = N_("My institution")
MANAGERS = frozenset({Role.INSTITUTION_MANAGER})


def days_announced(what: Happening) -> Iterator[Told]:
    """The managers of the institution, apart from whoever had the days taken over; nobody where nothing changed."""
    changed = sum(len(what.detail.get(f"days_{how}", ())) for how in ("added", "changed", "removed"))
    values = {
        "scope": "institution",
        "scope_id": what.thing[1],
        "year": what.detail["year"],
        "count": changed,
    }
    for person_id in sorted(what.managers - {what.actor_id}) if changed else ():
        yield Told(person_id, "announced", ("days", what.thing[1]), values)


KINDS = (
    Kind(
        "days.announced", TOPIC, N_("The holidays and make-up workdays of a year are announced"),
        {
            "announced": Words(
                N_("Holidays and make-up workdays of %(year)s: days that changed: %(count)s"),
                N_("The announced days of %(year)s were taken over at %(place)s; days that changed: %(count)s. Nobody was "
                   "moved: look which reservations lie on days that are closed now."),
            ),
        },
        ("calendar.announced",), days_announced, roles=MANAGERS, picture="calendar-sync",
    ),
)  # fmt: skip
