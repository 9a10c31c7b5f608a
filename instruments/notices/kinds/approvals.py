"""Notices about requests that a lab decides on: to who asks, and to those who answer. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from instruments.errors import N_
from instruments.notices.kind import MESSAGE, Happening, Kind, Told, Words
from instruments.notices.kinds.labs import STAFF, TOPIC
from instruments.notices.kinds.reservations import CANCEL, PUBLISH, REQUEST, by_oneself, values_of
from instruments.notices.kinds.reservations import TOPIC as MINE

SAID = {
    "reservation.approved": "approved",
    "reservation.declined": "declined",
    "reservation.expired": "expired",
    "reservation.proposed": "proposed",
    "reservation.proposal_accepted": "accepted",
    "series.approved": "approved",
    "series.declined": "declined",
    "series.expired": "expired",
}


def answered(what: Happening) -> Iterator[Told]:
    """User and booker, whoever answered; who accepts a proposal is told, too, for the invitation."""
    for booking in what.bookings:
        for person_id in booking.persons:
            if person_id != what.actor_id or what.deed == "reservation.proposal_accepted":
                thing = what.thing if what.is_series else ("reservation", booking.id)
                said = "lapsed" if what.detail.get("proposed") else what.said(SAID[what.deed])
                yield Told(person_id, said, thing, values_of(booking, what))


def asked_here(what: Happening) -> Iterator[Told]:
    """Who answers for the lab, apart from whoever asks, and from the user: nobody answers what is their own."""
    for booking in what.bookings:
        for person_id in sorted(what.answering - {what.actor_id, *booking.persons}):
            yield Told(
                person_id, what.said("asked"), ("approvals", what.lab_id or 0), values_of(booking, what)
            )


KINDS = (
    Kind(
        "own.requested", MINE, N_("I ask for a reservation"),
        {
            "mine": Words(
                N_("Asked for: %(instrument)s, %(when)s"),
                N_("You asked for %(instrument)s: %(when)s. The time is held until the lab answers."), REQUEST,
            ),
            "theirs": Words(
                N_("Asked for: %(instrument)s, %(when)s"),
                N_("You asked for %(instrument)s for %(user)s: %(when)s. The time is held until the lab answers."),
                REQUEST,
            ),
            "series_mine": Words(
                N_("Asked for: %(instrument)s, a series of %(count)s"),
                N_(
                    "You asked for a series of %(count)s on %(instrument)s, the first %(when)s. All are held"
                    " until the lab answers."
                ),
                PUBLISH,
            ),
            "series_theirs": Words(
                N_("Asked for: %(instrument)s, a series of %(count)s"),
                N_(
                    "You asked for a series of %(count)s on %(instrument)s for %(user)s, the first %(when)s."
                    " All are held until the lab answers."
                ),
                PUBLISH,
            ),
        },
        ("reservation.requested", "series.requested"), by_oneself, in_app=False, picture="hourglass",
    ),
    Kind(
        "approval.answered", MINE, N_("A lab answers a request"),
        {
            "approved": Words(
                N_("Approved: %(instrument)s, %(when)s"), N_("%(who)s approved %(instrument)s: %(when)s."), REQUEST, MESSAGE
            ),
            "declined": Words(
                N_("Declined: %(instrument)s, %(when)s"), N_("%(who)s declined %(instrument)s, %(when)s."), CANCEL
            ),
            "expired": Words(
                N_("Not answered in time: %(instrument)s, %(when)s"),
                N_("The request for %(instrument)s, %(when)s, was not answered in time, and the time is free again."),
                CANCEL,
            ),
            "lapsed": Words(
                N_("Not accepted in time: %(instrument)s, %(when)s"),
                N_("The time that the lab proposed for %(instrument)s, %(when)s, was not accepted in time, and is free again."),
                CANCEL,
            ),
            "proposed": Words(
                N_("Another time proposed: %(instrument)s, %(when)s"),
                N_("%(who)s proposes %(when)s instead of %(before)s for %(instrument)s. Accept it or cancel."), REQUEST,
                MESSAGE,
            ),
            "accepted": Words(
                N_("Booked: %(instrument)s, %(when)s"),
                N_("The proposed time is accepted: %(instrument)s, %(when)s."), REQUEST,
            ),
            "series_approved": Words(
                N_("Approved: %(instrument)s, %(count)s of a series"),
                N_("%(who)s approved %(count)s of your series on %(instrument)s, the first %(when)s."), PUBLISH, MESSAGE,
            ),
            "series_expired": Words(
                N_("Not answered in time: %(instrument)s, %(count)s of a series"),
                N_(
                    "Of a series on %(instrument)s, %(count)s were not answered in time, the first %(when)s, and the time"
                    " is free again."
                ),
                PUBLISH,
            ),
            "series_declined": Words(
                N_("Declined: %(instrument)s, %(count)s of a series"),
                N_("%(who)s declined %(count)s of your series on %(instrument)s, the first %(when)s."), PUBLISH,
            ),
        },
        tuple(SAID), answered, picture="user-check",
    ),
    Kind(
        "approval.asked", TOPIC, N_("Somebody asks for an instrument of my lab"),
        {
            "asked": Words(
                N_("To answer: %(instrument)s, %(when)s"),
                N_("%(user)s asks for %(instrument)s: %(when)s. The lab answers."),
            ),
            "series_asked": Words(
                N_("To answer: %(instrument)s, a series of %(count)s"),
                N_("%(user)s asks for a series of %(count)s on %(instrument)s, the first %(when)s. The lab answers."),
            ),
        },
        ("reservation.requested", "series.requested"), asked_here, roles=STAFF, picture="hourglass",
    ),
    Kind(
        "approval.due", TOPIC, N_("A reminder before the time to answer is over"),
        {
            "due_by": Words(
                N_("Answer soon: %(instrument)s, %(when)s"),
                N_(
                    "%(user)s still waits for an answer about %(instrument)s, %(when)s. Without one by %(due)s the"
                    " request expires."
                ),
            ),
            # What was told before notices kept the deadline.
            "due": Words(
                N_("Answer soon: %(instrument)s, %(when)s"),
                N_("%(user)s still waits for an answer about %(instrument)s, %(when)s. Without one the request expires."),
            ),
        },
        hours=4, roles=STAFF, picture="clock-alert",
    ),
    Kind(
        "proposal.due", MINE, N_("A reminder before a time that the lab proposed is given up"),
        {
            "due_by": Words(
                N_("Answer soon: %(instrument)s, %(when)s"),
                N_(
                    "The lab proposes %(when)s for %(instrument)s, and waits for your answer. Without one by %(due)s it is"
                    " free again."
                ),
            ),
            "due": Words(
                N_("Answer soon: %(instrument)s, %(when)s"),
                N_("The lab proposes %(when)s for %(instrument)s, and waits for your answer. Without one it is free again."),
            ),
        },
        hours=4, picture="clock-alert",
    ),
)  # fmt: skip
