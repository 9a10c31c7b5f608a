"""Notices about real use: nobody came, given back by the lab, ended by the lab's rule, and uses to confirm. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import Happening, Kind, Told, Words
from instruments.notices.kinds.labs import STAFF, TOPIC
from instruments.notices.kinds.reservations import TOPIC as MINE
from instruments.notices.kinds.reservations import by_another, values_of


def ended_by_rule(what: Happening) -> Iterator[Told]:
    """User and booker of what the lab's rule ended, not of what anybody finished."""
    if what.detail.get("by") == "rule":
        yield from by_another(what)


def forgotten_here(what: Happening) -> Iterator[Told]:
    """The lab's staff, apart from the user: what a rule ended waits for one of them."""
    if what.detail.get("by") != "rule":
        return
    for booking in what.bookings:
        for person_id in sorted(what.staff - {booking.user_id}):
            yield Told(person_id, "forgotten", ("reservation", booking.id), values_of(booking, what))


def to_confirm(what: Happening) -> Iterator[Told]:
    """The lab's staff, before its uses begin to confirm themselves."""
    values = {"scope": "lab", "scope_id": what.thing[1]} | {
        name: what.detail[name] for name in ("count", "expires_at") if name in what.detail
    }
    for person_id in sorted(what.staff):
        yield Told(
            person_id, "due" if values.get("count") != 1 else "due_one", ("uses", what.thing[1]), values
        )


KINDS = (
    Kind(
        "use.no_show", MINE, N_("I did not come"),
        {
            "mine": Words(
                N_("Nobody came: %(instrument)s, %(when)s"),
                N_("You did not check in to %(instrument)s, %(when)s. What was left of the time was released."),
            ),
            "theirs": Words(
                N_("Nobody came: %(instrument)s, %(when)s"),
                N_("%(user)s did not check in to %(instrument)s, %(when)s. What was left of the time was released."),
            ),
        },
        ("reservation.no_show",), by_another, picture="user-x",
    ),
    Kind(
        "use.released", MINE, N_("The lab releases a reservation of mine"),
        {
            "mine": Words(
                N_("Released: %(instrument)s, %(when)s"),
                N_("%(who)s released your reservation of %(instrument)s, %(when)s."),
            ),
            "theirs": Words(
                N_("Released: %(instrument)s, %(when)s"),
                N_("%(who)s released the reservation of %(instrument)s for %(user)s, %(when)s."),
            ),
        },
        ("reservation.released",), by_another, picture="undo-2",
    ),
    Kind(
        "use.ended", MINE, N_("I forget to finish"),
        {
            "mine": Words(
                N_("Ended by the lab’s rule: %(instrument)s, %(when)s"),
                N_("Nobody finished your use of %(instrument)s, %(when)s, so the lab’s rule did. The lab looks at the hours."),
            ),
            "theirs": Words(
                N_("Ended by the lab’s rule: %(instrument)s, %(when)s"),
                N_("Nobody finished the use of %(instrument)s by %(user)s, %(when)s, so the lab’s rule did."),
            ),
        },
        ("reservation.done",), ended_by_rule, picture="clock-alert",
    ),
    Kind(
        "use.forgotten", TOPIC, N_("Somebody forgets to finish in my lab"),
        {
            "forgotten": Words(
                N_("Forgotten: %(instrument)s, %(when)s"),
                N_("%(user)s did not finish the use of %(instrument)s, %(when)s. Look at its hours and confirm them."),
            ),
        },
        ("reservation.done",), forgotten_here, by_mail=False, roles=STAFF, picture="clock-alert",
    ),
    Kind(
        "use.due", TOPIC, N_("Uses of my lab are to be confirmed"),
        {
            "due": Words(
                N_("Please confirm: %(place)s, %(count)s uses"),
                N_("%(count)s uses of %(place)s confirm themselves soon, the first %(until)s. Look at them before."),
            ),
            "due_one": Words(
                N_("Please confirm: %(place)s, 1 use"),
                N_("1 use of %(place)s confirms itself soon, %(until)s. Look at it before."),
            ),
        },
        ("uses.due",), to_confirm, roles=STAFF, picture="list-checks",
    ),
)  # fmt: skip
