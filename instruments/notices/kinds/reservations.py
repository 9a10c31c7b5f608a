"""Notices to those whose reservation it is: booked, moved, cancelled, handed over, closed over, soon. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instruments.errors import N_
from instruments.notices.kind import Booking, Happening, Kind, Told, Words

TOPIC = N_("My reservations")
# PUBLISH: all the times of a series in one file. An invitation (REQUEST, CANCEL) may hold one event alone.
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


def values_of(booking: Booking, what: Happening | None = None) -> dict[str, Any]:
    """What every sentence about a reservation may name."""
    values: dict[str, Any] = {
        "instrument_id": booking.instrument_id,
        "user_id": booking.user_id,
        "start": booking.start,
        "end": booking.end,
    }
    if what is None:
        return values
    values |= {"actor_id": what.actor_id, "reason": what.detail.get("reason", "")}
    if what.is_series:
        values |= {"count": what.detail["count"], **_dates(what)}
    if "from" in what.detail:
        values["start"], values["end"] = what.detail["to"]
        values["before_start"], values["before_end"] = what.detail["from"]
    elif "start" in what.detail:
        values |= {"start": what.detail["start"], "end": what.detail["end"]}
    return values


def _dates(what: Happening) -> dict[str, Any]:
    """Each date of a series that the deed changed, with the time before where it moved, and of the first its old time."""
    dates = [each[1:] for each in what.detail.get("dates", ())]
    if not dates or what.deed != "series.moved":
        return {"dates": [each[2:] for each in dates]} if dates else {}
    return {"before_start": dates[0][0], "before_end": dates[0][1], "dates": dates}


def both(subject: str, mine: str, theirs: str, method: str = "", before: str = "") -> dict[str, Words]:
    """The words to the user and to who booked for another: one subject, two sentences."""
    return {
        f"{before}mine": Words(subject, mine, method),
        f"{before}theirs": Words(subject, theirs, method),
    }


def _told(person_id: int, said: str, booking: Booking, what: Happening) -> Told:
    thing = what.thing if what.is_series else ("reservation", booking.id)
    # Entries of before name no dates, and their notices are kept for a year.
    names_dates = what.deed in ("series.moved", "series.cancelled") and "dates" in what.detail
    said = f"dates_{said}" if names_dates else what.said(said)
    return Told(person_id, said, thing, values_of(booking, what))


def by_oneself(what: Happening) -> Iterator[Told]:
    """Whoever did it, to a reservation of their own or one they booked for another."""
    for booking in what.bookings:
        if what.actor_id == booking.user_id:
            yield _told(booking.user_id, "mine", booking, what)
        elif what.actor_id == booking.booker_id:
            yield _told(booking.booker_id, "theirs", booking, what)


def by_another(what: Happening) -> Iterator[Told]:
    """User and booker, when somebody else did it."""
    for booking in what.bookings:
        for person_id in booking.persons:
            if person_id != what.actor_id:
                yield _told(person_id, "mine" if person_id == booking.user_id else "theirs", booking, what)


def booked_for(what: Happening) -> Iterator[Told]:
    """The user, when somebody else booked."""
    for booking in what.bookings:
        if booking.user_id != what.actor_id:
            yield _told(booking.user_id, "mine", booking, what)


def handed_over(what: Happening) -> Iterator[Told]:
    """Whoever had it, and whoever has it now."""
    for booking in what.bookings:
        given = booking._replace(user_id=what.detail["to_user_id"])
        yield _told(given.user_id, "to", given, what)
        yield _told(what.detail["from_user_id"], "from", given, what)


def closed_over(what: Happening) -> Iterator[Told]:
    """User and booker; where only some places are closed they hear that none is left, where only a part of the time, which."""
    part = what.detail.get("closed")
    for told in by_another(what):
        if what.detail.get("places_closed"):
            yield told._replace(said=f"{told.said}_partly")
        elif part:
            values = {**told.values, "closed_start": part[0], "closed_end": part[1]}
            yield told._replace(said=f"{told.said}_part", values=values)
        else:
            yield told


def offered_back(what: Happening) -> Iterator[Told]:
    """User and booker of what was moved or cancelled for a closure that is over: they hear of the free time first.

    It is free on the instrument where it was lost, wherever the reservation is by now.
    """
    number = what.detail["instrument_id"]
    for told in by_another(what):
        values = {**told.values, "instrument_id": number}
        yield told._replace(said="free", thing=("instrument", number), values=values)


def cancelled(what: Happening) -> Iterator[Told]:
    """User and booker, when somebody else did it; where it moved to another instrument they hear of that one, and where it
    made way for a closure that it costs nothing."""
    names = ("other_id", "other_start", "other_end")
    other = {name: what.detail[name] for name in names if name in what.detail}
    for told in by_another(what):
        if other:
            yield told._replace(said=f"elsewhere_{told.said}", values={**told.values, **other})
        else:
            yield told._replace(said=f"closed_{told.said}") if "kind" in what.detail else told


KINDS = (
    Kind(
        "own.booked", TOPIC, N_("I book"),
        {
            **both(
                N_("Booked: %(instrument)s, %(when)s"),
                N_("You booked %(instrument)s: %(when)s."),
                N_("You booked %(instrument)s for %(user)s: %(when)s."),
                REQUEST,
            ),
            **both(
                N_("Booked: %(instrument)s, a series of %(count)s"),
                N_("You booked a series of %(count)s on %(instrument)s, the first %(when)s."),
                N_("You booked a series of %(count)s on %(instrument)s for %(user)s, the first %(when)s."),
                PUBLISH, before="series_",
            ),
        },
        ("reservation.created", "series.created"), by_oneself, in_app=False, picture="calendar-check",
    ),
    Kind(
        "own.moved", TOPIC, N_("I move a reservation"),
        {
            **both(
                N_("Moved: %(instrument)s, now %(when)s"),
                N_("You moved your reservation of %(instrument)s from %(before)s to %(when)s."),
                N_("You moved the reservation of %(instrument)s for %(user)s from %(before)s to %(when)s."),
                REQUEST,
            ),
            **both(
                N_("Moved: %(instrument)s, %(count)s of a series"),
                N_("You moved %(count)s of your series on %(instrument)s; the next is now %(when)s."),
                N_("You moved %(count)s of the series of %(user)s on %(instrument)s; the next is now %(when)s."),
                PUBLISH, before="series_",
            ),
            **both(
                N_("Moved: %(instrument)s, %(count)s of a series"),
                N_("You moved %(count)s of your series on %(instrument)s, the first from %(before)s to %(when)s."),
                N_(
                    "You moved %(count)s of the series of %(user)s on %(instrument)s, the first from %(before)s to"
                    " %(when)s."
                ),
                PUBLISH, before="dates_",
            ),
        },
        ("reservation.moved", "series.moved"), by_oneself, in_app=False, picture="calendar-clock",
    ),
    Kind(
        "own.cancelled", TOPIC, N_("I cancel a reservation"),
        {
            **both(
                N_("Cancelled: %(instrument)s, %(when)s"),
                N_("You cancelled your reservation of %(instrument)s, %(when)s."),
                N_("You cancelled the reservation of %(instrument)s for %(user)s, %(when)s."),
                CANCEL,
            ),
            **both(
                N_("Cancelled: %(instrument)s, %(count)s of a series"),
                N_("You cancelled %(count)s of your series on %(instrument)s."),
                N_("You cancelled %(count)s of the series of %(user)s on %(instrument)s."),
                PUBLISH, before="series_",
            ),
            **both(
                N_("Cancelled: %(instrument)s, %(count)s of a series"),
                N_("You cancelled %(count)s of your series on %(instrument)s, the first %(when)s."),
                N_("You cancelled %(count)s of the series of %(user)s on %(instrument)s, the first %(when)s."),
                PUBLISH, before="dates_",
            ),
        },
        ("reservation.cancelled", "series.cancelled"), by_oneself, in_app=False, picture="ban",
    ),
    Kind(
        "reservation.booked", TOPIC, N_("Somebody books for me"),
        {
            "mine": Words(
                N_("Booked for you: %(instrument)s, %(when)s"),
                N_("%(who)s booked %(instrument)s for you: %(when)s."), REQUEST,
            ),
            "series_mine": Words(
                N_("Booked for you: %(instrument)s, a series of %(count)s"),
                N_("%(who)s booked a series of %(count)s on %(instrument)s for you, the first %(when)s."), PUBLISH,
            ),
        },
        ("reservation.created", "series.created"), booked_for, picture="calendar-check",
    ),
    Kind(
        "reservation.moved", TOPIC, N_("Somebody moves my reservation"),
        {
            **both(
                N_("Moved: %(instrument)s, now %(when)s"),
                N_("%(who)s moved your reservation of %(instrument)s from %(before)s to %(when)s."),
                N_(
                    "%(who)s moved the reservation of %(instrument)s that you made for %(user)s from"
                    " %(before)s to %(when)s."
                ),
                REQUEST,
            ),
            **both(
                N_("Moved: %(instrument)s, %(count)s of a series"),
                N_("%(who)s moved %(count)s of your series on %(instrument)s; the next is now %(when)s."),
                N_(
                    "%(who)s moved %(count)s of the series that you made for %(user)s on %(instrument)s; the"
                    " next is now %(when)s."
                ),
                PUBLISH, before="series_",
            ),
            **both(
                N_("Moved: %(instrument)s, %(count)s of a series"),
                N_("%(who)s moved %(count)s of your series on %(instrument)s, the first from %(before)s to %(when)s."),
                N_(
                    "%(who)s moved %(count)s of the series that you made for %(user)s on %(instrument)s, the first"
                    " from %(before)s to %(when)s."
                ),
                PUBLISH, before="dates_",
            ),
        },
        ("reservation.moved", "series.moved"), by_another, picture="calendar-clock",
    ),
    Kind(
        "reservation.cancelled", TOPIC, N_("Somebody cancels my reservation"),
        {
            **both(
                N_("Cancelled: %(instrument)s, %(when)s"),
                N_("%(who)s cancelled your reservation of %(instrument)s, %(when)s."),
                N_("%(who)s cancelled the reservation of %(instrument)s that you made for %(user)s, %(when)s."),
                CANCEL,
            ),
            **both(
                N_("Moved to another instrument: %(instrument)s, %(when)s"),
                N_(
                    "%(who)s moved your reservation of %(instrument)s, %(when)s, to another instrument of its kind:"
                    " %(other)s, %(then)s."
                ),
                N_(
                    "%(who)s moved the reservation of %(instrument)s that you made for %(user)s, %(when)s, to another"
                    " instrument of its kind: %(other)s, %(then)s."
                ),
                CANCEL, before="elsewhere_",
            ),
            **both(
                N_("Cancelled: %(instrument)s, %(when)s"),
                N_(
                    "%(who)s cancelled your reservation of %(instrument)s, %(when)s: it is closed then. Nothing is"
                    " charged."
                ),
                N_(
                    "%(who)s cancelled the reservation of %(instrument)s that you made for %(user)s, %(when)s: it is"
                    " closed then. Nothing is charged."
                ),
                CANCEL, before="closed_",
            ),
            **both(
                N_("Cancelled: %(instrument)s, %(count)s of a series"),
                N_("%(who)s cancelled %(count)s of your series on %(instrument)s."),
                N_("%(who)s cancelled %(count)s of the series that you made for %(user)s on %(instrument)s."),
                PUBLISH, before="series_",
            ),
            **both(
                N_("Cancelled: %(instrument)s, %(count)s of a series"),
                N_("%(who)s cancelled %(count)s of your series on %(instrument)s, the first %(when)s."),
                N_(
                    "%(who)s cancelled %(count)s of the series that you made for %(user)s on %(instrument)s, the"
                    " first %(when)s."
                ),
                PUBLISH, before="dates_",
            ),
        },
        ("reservation.cancelled", "series.cancelled"), cancelled, picture="ban",
    ),
    Kind(
        "reservation.handed_over", TOPIC, N_("A reservation is handed over to me, or from me"),
        {
            "to": Words(
                N_("Yours now: %(instrument)s, %(when)s"),
                N_("%(who)s handed a reservation of %(instrument)s over to you: %(when)s."), REQUEST,
            ),
            "from": Words(
                N_("Handed over: %(instrument)s, %(when)s"),
                N_("%(who)s handed your reservation of %(instrument)s, %(when)s, over to %(user)s."), CANCEL,
            ),
        },
        ("reservation.handed_over",), handed_over, picture="users",
    ),
    Kind(
        "reservation.displaced", TOPIC, N_("A closure lies over my reservation"),
        {
            "mine": Words(
                N_("Closed during your reservation: %(instrument)s, %(when)s"),
                N_(
                    "%(instrument)s is closed during your reservation, %(when)s. It stands until the lab moves"
                    " or cancels it."
                ),
            ),
            "theirs": Words(
                N_("Closed during a reservation you made: %(instrument)s, %(when)s"),
                N_(
                    "%(instrument)s is closed during the reservation that you made for %(user)s, %(when)s. It stands"
                    " until the lab moves or cancels it."
                ),
            ),
            "mine_part": Words(
                N_("Closed during part of your reservation: %(instrument)s, %(closed)s"),
                N_(
                    "%(instrument)s is closed %(closed)s, in your reservation of %(when)s. It stands until the lab moves"
                    " or cancels it."
                ),
            ),
            "theirs_part": Words(
                N_("Closed during part of a reservation you made: %(instrument)s, %(closed)s"),
                N_(
                    "%(instrument)s is closed %(closed)s, in the reservation that you made for %(user)s, %(when)s. It"
                    " stands until the lab moves or cancels it."
                ),
            ),
            "mine_partly": Words(
                N_("No place left for your reservation: %(instrument)s, %(when)s"),
                N_(
                    "Some places of %(instrument)s are closed during your reservation, %(when)s, and none is left for it."
                    " It stands until the lab moves or cancels it."
                ),
            ),
            "theirs_partly": Words(
                N_("No place left for a reservation you made: %(instrument)s, %(when)s"),
                N_(
                    "Some places of %(instrument)s are closed during the reservation that you made for %(user)s, %(when)s,"
                    " and none is left for it. It stands until the lab moves or cancels it."
                ),
            ),
        },
        ("reservation.displaced",), closed_over, picture="wrench",
    ),
    Kind(
        "reservation.overridden", TOPIC, N_("Somebody lets my reservation stand against the rules"),
        {
            **both(
                N_("Against the rules: %(instrument)s, %(when)s"),
                N_("%(who)s let your reservation of %(instrument)s, %(when)s, stand against the lab’s rules."),
                N_(
                    "%(who)s let the reservation of %(instrument)s that you made for %(user)s, %(when)s,"
                    " stand against the lab’s rules."
                ),
            ),
        },
        ("reservation.overridden",), by_another, picture="scale",
    ),
    Kind(
        "reservation.offered_back", TOPIC, N_("Time that I lost to a closure is free again"),
        {
            "free": Words(
                N_("Free again: %(instrument)s, %(when)s"),
                N_("You had %(when)s on %(instrument)s, and that time is free again. Whoever books it first has it."),
            ),
        },
        ("reservation.offered_back",), offered_back, picture="calendar-check",
    ),
    Kind(
        "reservation.soon", TOPIC, N_("A reminder before my reservation"),
        {"mine": Words(N_("Soon: %(instrument)s, %(when)s"), N_("%(instrument)s is yours %(when)s."))},
        hours=24, picture="clock",
    ),
)  # fmt: skip
