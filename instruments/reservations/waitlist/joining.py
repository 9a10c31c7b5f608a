"""Join the waitlist: ask to be told when time becomes free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from instruments.catalog.models import InstrumentClass
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.journal.record import record
from instruments.people.models import Institution, Person
from instruments.people.rights import Actor
from instruments.reservations.bookable import Bookable, bookable, bookables
from instruments.reservations.booking import (
    may_book_anywhere_for,
    may_book_for,
    not_for_them,
    purpose_objections,
)
from instruments.reservations.payment import NOTHING_SAID, Payment
from instruments.reservations.waitlist.candidates import in_class
from instruments.reservations.waitlist.models import WaitRequest
from instruments.reservations.waitlist.paying import against, columns_of, keep
from instruments.reservations.waitlist.prospects import never
from instruments.reservations.waitlist.quota_room import QuotaRoom
from instruments.reservations.waitlist.rules import Wanted, objections

MOST_WAITING = 20
_TABLE: Any = WaitRequest.__table__


@dataclass(frozen=True, slots=True)
class WaitWish:
    """What somebody wants to wait for: one instrument, or any of a class, at one institution (place_id) or anywhere."""

    wanted: Wanted
    instrument_id: int | None = None
    class_code: str | None = None
    place_id: int | None = None
    purpose: str = "research"
    group_id: int | None = None
    payment: Payment = NOTHING_SAID


def check(actor: Actor, user: Actor, wish: WaitWish, now: datetime) -> None:
    """Raises NotFound, Forbidden, or Refusal with every reason against waiting for this; without lock."""
    thing = bookable(wish.instrument_id) if wish.instrument_id is not None else None
    if actor.person_id != user.person_id and not _may_ask_for(actor, user, thing):
        raise not_for_them()
    reasons = [*objections(wish.wanted, now), *purpose_objections(wish.purpose), *_unit(user, wish)]
    if thing is not None and wish.class_code is None:
        reasons += _against(thing, user, wish)
        own = actor.person_id == user.person_id
        reasons += never(thing, user, wish.wanted, now, _room(user, wish, [thing], now), own=own)
    elif wish.class_code is not None and thing is None:
        reasons += _against_class(user, wish, now)
    else:
        sentence = N_("Name one instrument, or a class of instruments.")
        reasons.append(Reason("one_thing", "instrument_id", sentence))
    if wish.place_id is not None and db.session.get(Institution, wish.place_id) is None:
        reasons.append(Reason("no_institution", "institution", N_("There is no such institution.")))
    reasons += against(user, thing, wish.payment, _days(wish.wanted, thing, user))
    if reasons:
        raise Refusal(reasons)


def _days(wanted: Wanted, thing: Bookable | None, user: Actor) -> tuple[date, date]:
    """The first and the last date on which it may be, on the wall of the instrument, or of who waits for any of a class."""
    zone = thing.calendar.zone if thing else ZoneInfo(user.zone)
    last = max(wanted.latest - timedelta(seconds=1), wanted.earliest)
    return wanted.earliest.astimezone(zone).date(), last.astimezone(zone).date()


def join(actor: Actor, user: Actor, wish: WaitWish, now: datetime) -> int:
    """Write the request, inside a deed, and return its number. Raises as `check` does.

    The person's lock guards how many they wait for; a database constraint keeps the same from standing twice.
    """
    db.session.execute(select(Person.id).where(Person.id == user.person_id).with_for_update(key_share=True))
    check(actor, user, wish, now)
    _require_room(user)
    values = {
        "user_id": user.person_id, "asker_id": actor.person_id, "group_id": wish.group_id,
        "instrument_id": wish.instrument_id, "class_code": wish.class_code, "place_id": wish.place_id,
        "earliest": wish.wanted.earliest, "latest": wish.wanted.latest,
        "length_seconds": round(wish.wanted.length.total_seconds()), "purpose": wish.purpose, "asked_at": now,
        **columns_of(wish.payment),
    }  # fmt: skip
    number = db.session.scalar(_insert().values(values).on_conflict_do_nothing().returning(_TABLE.c.id))
    if number is None:
        sentence = N_("You are on the waitlist for this already.")
        remedy = N_("See it among what you wait for.")
        raise Refusal([Reason("already_waiting", None, sentence, {}, remedy)])
    keep(number, wish.payment)
    _note(actor, user, wish, number, now)
    return int(number)


def _insert() -> Any:
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(_TABLE)


def _may_ask_for(actor: Actor, user: Actor, thing: Bookable | None) -> bool:
    if thing is not None:
        return may_book_for(actor, user, thing)
    return may_book_anywhere_for(actor, user)


def _unit(user: Actor, wish: WaitWish) -> Iterator[Reason]:
    if wish.group_id is not None and wish.group_id not in user.group_ids:
        sentence = N_("The person who will use the instrument is not a member of this group.")
        yield Reason("not_in_group", "group", sentence, {}, N_("Choose one of their groups, or none."))
    if wish.group_id is None and len(user.group_ids) > 1:
        sentence = N_("The person who will use the instrument works in more than one group.")
        yield Reason("which_group", "group", sentence, {}, N_("Choose the one this is for."))


def _against(thing: Bookable, user: Actor, wish: WaitWish) -> Iterator[Reason]:
    """What stands in the way for good: nobody is kept waiting for what can never be offered to them."""
    if thing.status == "retired":
        yield Reason("retired", "instrument_id", N_("This instrument is no longer in service."))
    elif not thing.admits(user):
        sentence = N_("This instrument is not open to you, so its time cannot be offered to you.")
        yield Reason("not_open", "instrument_id", sentence, {}, N_("Wait for another of its kind."))
    yield from _length(thing, wish)
    if wish.place_id is not None:
        sentence = N_("One instrument stands in one place already.")
        yield Reason("place_of_class", "institution", sentence, {}, N_("Leave the institution out."))


def _length(thing: Bookable, wish: WaitWish) -> Iterator[Reason]:
    seconds = round(wish.wanted.length.total_seconds())
    if _is_too_long(thing, wish):
        sentence = N_("This is longer than one reservation may be here.")
        yield Reason("too_long", "hours", sentence, {}, N_("Choose fewer hours."))
    if seconds < min(rules.shortest for rules in thing.all_rules()):
        sentence = N_("This is shorter than the shortest reservation here.")
        yield Reason("too_short", "hours", sentence, {}, N_("Choose more hours."))


def _against_class(user: Actor, wish: WaitWish, now: datetime) -> Iterator[Reason]:
    if db.session.get(InstrumentClass, wish.class_code) is None:
        yield Reason("no_class", "class", N_("There is no such class of instruments."))
        return
    things = in_class(bookables(), wish.class_code or "", wish.place_id)
    open_to = [thing for thing in things if thing.status != "retired" and thing.admits(user)]
    if not open_to:
        sentence = N_("No instrument of this class is open to you there.")
        yield Reason("not_open", "class", sentence, {}, N_("Choose a wider class, or all institutions."))
    elif all(_is_too_long(thing, wish) for thing in open_to):
        sentence = N_("No instrument of this class can be had for so long at a time.")
        yield Reason("too_long", "hours", sentence, {}, N_("Choose fewer hours."))
    else:
        yield from _never_of_any(open_to, user, wish, now)


def _never_of_any(things: Sequence[Bookable], user: Actor, wish: WaitWish, now: datetime) -> Sequence[Reason]:
    """What stands against the first of these for good, where something stands against each."""
    room, against = _room(user, wish, things, now), list[Reason]()
    for thing in things:
        found = list(never(thing, user, wish.wanted, now, room))
        if not found:
            return ()
        against = against or found
    return against


def _room(user: Actor, wish: WaitWish, things: Sequence[Bookable], now: datetime) -> QuotaRoom:
    """What quotas leave for it, counted for the unit for which it would be booked."""
    group_id = user.only_group if wish.group_id is None else wish.group_id
    return QuotaRoom(user, group_id, things, wish.wanted, now)


def _is_too_long(thing: Bookable, wish: WaitWish) -> bool:
    """By the rules of the dates on which it may start, dated ones included."""
    rules = thing.rules_between(*wish.wanted.window)
    return wish.wanted.length.total_seconds() > max(each.longest for each in rules)


def _require_room(user: Actor) -> None:
    waiting = db.session.scalar(
        select(func.count()).where(_TABLE.c.user_id == user.person_id, _TABLE.c.state == "waiting")
    )
    if (waiting or 0) >= MOST_WAITING:
        sentence = N_("You wait for %(most)s things already.")
        remedy = N_("Give up one of them first.")
        raise Refusal([Reason("too_many_waiting", None, sentence, {"most": MOST_WAITING}, remedy)])


def _note(actor: Actor, user: Actor, wish: WaitWish, number: int, now: datetime) -> None:
    first, last = wish.wanted.window
    thing = bookable(wish.instrument_id) if wish.instrument_id is not None else None
    about = {"instrument_id": wish.instrument_id} if thing else {"class_code": wish.class_code}
    funds = [part.fund_id for part in wish.payment.parts]
    record(
        now=now,
        actor_id=actor.person_id,
        deed="wait.asked",
        thing=("wait", number),
        institution_id=thing.institution_id if thing else user.institution_id,
        lab_id=thing.lab_id if thing else None,
        detail={
            **about,
            "user_id": user.person_id,
            "start": first,
            "end": last,
            **({"funds": funds} if funds else {}),
        },
    )
