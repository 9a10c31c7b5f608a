"""Notices to those who work at a lab. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.notices.kinds.reservations import values_of
from instruments.people.rights import Role

TOPIC = N_("My lab")
STAFF = frozenset({Role.LAB_MANAGER, Role.LAB_OPERATOR})


def booked_here(what: Happening) -> Iterator[Told]:
    """The lab's staff, apart from whoever books, and from the user, who is told anyway."""
    for booking in what.bookings:
        for person_id in sorted(what.staff - {what.actor_id, booking.user_id}):
            thing = what.thing if what.is_series else ("reservation", booking.id)
            yield Told(person_id, what.said("new"), thing, values_of(booking, what))


KINDS = (
    Kind(
        "lab.booked", TOPIC, N_("Somebody books an instrument of my lab"),
        {
            "new": Words(
                N_("New reservation: %(instrument)s, %(when)s"),
                N_("%(user)s has a new reservation of %(instrument)s: %(when)s."),
            ),
            "series_new": Words(
                N_("New series: %(instrument)s, %(count)s reservations"),
                N_("%(user)s has a new series of %(count)s on %(instrument)s, the first %(when)s."),
            ),
        },
        ("reservation.created", "series.created"), booked_here,
        in_app=False, by_mail=False, roles=STAFF, picture="calendar-check",
    ),
)  # fmt: skip
