"""Notices about faults: to the lab when one is reported, to the next users when the lab says what is known. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import MESSAGE, Happening, Kind, Told, Words
from instruments.notices.kinds.labs import STAFF, TOPIC
from instruments.notices.kinds.reservations import TOPIC as MINE
from instruments.notices.kinds.reservations import values_of


def reported_here(what: Happening) -> Iterator[Told]:
    """The lab's staff, apart from whoever reports."""
    values = {"actor_id": what.actor_id, "instrument_id": what.thing[1]}
    for person_id in sorted(what.staff - {what.actor_id}):
        yield Told(person_id, "reported", ("faults", what.thing[1]), values)


def next_users(what: Happening) -> Iterator[Told]:
    """Whoever uses it next, each for their first reservation, with what the lab says."""
    told: set[int] = set()
    for booking in what.bookings:
        if booking.user_id not in told and booking.user_id != what.actor_id:
            told.add(booking.user_id)
            values = values_of(booking) | {"reason": what.detail.get("note", "")}
            yield Told(booking.user_id, "known", ("reservation", booking.id), values)


KINDS = (
    Kind(
        "fault.known", MINE, N_("A fault is known of what I use next"),
        {
            "known": Words(
                N_("A fault is known: %(instrument)s, %(when)s"),
                N_("A fault of %(instrument)s, which you have %(when)s, is known. Your reservation stands."),
                adds=MESSAGE,
            ),
        },
        ("fault.known",), next_users, picture="triangle-alert",
    ),
    Kind(
        "fault.reported", TOPIC, N_("Somebody reports a fault in my lab"),
        {
            "reported": Words(
                N_("Fault reported: %(instrument)s"), N_("%(who)s reports a fault of %(instrument)s. The lab answers.")
            ),
        },
        ("fault.reported",), reported_here, roles=STAFF, picture="message-square-warning",
    ),
)  # fmt: skip
