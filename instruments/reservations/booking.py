"""Book an instrument: the one way in, whoever asks and from wherever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from instruments.catalog import revision
from instruments.database import db
from instruments.errors import N_, Forbidden, Reason, Refusal, Taken
from instruments.journal.record import record
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.asking import answers_at, has_to_ask_for, note_request, open_request, part_of
from instruments.reservations.bookable import Bookable, remembered
from instruments.reservations.judging import Judged, judge, judge_time, wish_of
from instruments.reservations.models import PURPOSES, Reservation
from instruments.reservations.overriding import keep_override
from instruments.reservations.paying.binding import bind, lock_payers
from instruments.reservations.payment import NOTHING_SAID, Payment
from instruments.reservations.qualified import names_of_second, note_second
from instruments.reservations.texts import is_readable
from instruments.reservations.who_asks import Asking
from instruments.reservations.within_quotas import lock_holders
from instruments.timespan import Timespan, instant

LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """What somebody asks for. `start` and `end` are aware; the group is one of the user's.

    names_unit: whether a user of several groups must say for which of them it is, so that no quota of a group is passed
    by; not asked of what stood before and is only moved. override: why the lab's staff
    book it against its rules, if they do; hazardous and second_id: see Asking. stood_by_id: who had booked it on another
    instrument, where it stood confirmed: whoever answers for the lab has answered by moving it.
    """

    instrument_id: int
    start: datetime
    end: datetime
    purpose: str = "research"
    title: str = ""
    group_id: int | None = None
    shows_name: bool = False
    names_unit: bool = True
    override: str = ""
    hazardous: bool = False
    second_id: int | None = None
    payment: Payment = NOTHING_SAID
    stood_by_id: int | None = None


class Booked(NamedTuple):
    """A reservation that was just made, as `listing.one_whole` would read it for a program."""

    id: int
    state: str
    reason: str
    version: int
    zone: str
    instrument_id: int
    starts_at: datetime
    ends_at: datetime
    purpose: str
    title: str
    user_id: int
    user_en: str
    user_zh: str
    booker_id: int
    booker_en: str
    booker_zh: str
    institution_id: int | None
    group_id: int | None
    shows_name: bool
    hazardous: bool
    second_id: int | None
    created_at: datetime
    changed_at: datetime
    due_at: datetime | None = None
    asked_starts_at: datetime | None = None
    asked_ends_at: datetime | None = None
    proposed_at: datetime | None = None
    decision: str | None = None
    answer: str = ""
    second_en: str = ""
    second_zh: str = ""


def check(
    actor: Actor, user: Actor, request: BookingRequest, now: datetime, locked: Bookable | None = None
) -> Judged:
    """The instrument, if nothing stands against the request; without lock, so it may still come too late.

    actor books, user will use; locked: see `judge`. Raises NotFound, Forbidden, Taken, or Refusal with every reason.
    """
    require_booker(actor, user, request)
    more = list(request_objections(user, request))
    asking = asking_of(actor, user, request)
    wish = wish_of(request.start, request.end)
    return judge(wish, request.instrument_id, asking, now, more=more, locked=locked)


def check_for_nobody(request: BookingRequest, now: datetime) -> None:
    """What stands against a request whoever will use the instrument, where that is not known; without lock.

    Raises as `check` does.
    """
    more = list(particulars(request.purpose, request.title))
    judge_time(wish_of(request.start, request.end), request.instrument_id, now, more)


def book(actor: Actor, user: Actor, request: BookingRequest, now: datetime) -> Booked:
    """Make the reservation, inside a deed: confirmed, or requested where the lab decides. Raises as `check` does.

    The lock is its own statement before the check, so that the check sees what was committed while it waited.
    """
    asking, known = asking_of(actor, user, request), remembered(request.instrument_id)
    revision.lock([request.instrument_id])
    lock_holders(asking, known)
    lock_payers(request.payment)
    judged = check(actor, user, request, now, locked=known)
    return enter(actor, user, request, judged, now)


def enter(
    actor: Actor, user: Actor, request: BookingRequest, judged: Judged, now: datetime, series: int = 0
) -> Booked:
    """Write down the reservation against which nothing stands, under the locks; series: of which it is a part."""
    asking, (thing, overridden) = asking_of(actor, user, request), judged
    wish = wish_of(request.start, request.end)
    answered = request.stood_by_id is not None and answers_at(
        actor, thing, user.person_id, request.stood_by_id
    )
    asks = not answered and has_to_ask_for(thing, user, wish)
    made = _insert(actor, user, request, thing, now, "requested" if asks else "confirmed")
    bind(asking, thing, made.id, wish, now)
    if asks:
        asked = open_request(made.id, thing, user, wish, now)
        note_request(actor.person_id, user.person_id, made, thing, wish, asked["due_at"], now, series)
        keep_override(asking, thing, made.id, overridden, now)
        note_second(asking, thing, made.id, wish, now)
        return made._replace(**{name: asked[name] for name in ("due_at", "asked_starts_at", "asked_ends_at")})
    record(
        now=now,
        actor_id=actor.person_id,
        deed="reservation.created",
        thing=("reservation", made.id),
        institution_id=thing.institution_id,
        lab_id=thing.lab_id,
        detail={
            "instrument_id": thing.id,
            "user_id": user.person_id,
            "start": int(request.start.timestamp()),
            "end": int(request.end.timestamp()),
            **part_of(series),
        },
    )
    keep_override(asking, thing, made.id, overridden, now)
    note_second(asking, thing, made.id, wish, now)
    return made


def asking_of(actor: Actor, user: Actor, request: BookingRequest) -> Asking:
    """Who asks, for whom, and all that conditions want to know of it."""
    return Asking(
        actor, user, request.group_id, override=request.override,
        hazardous=request.hazardous, second_id=request.second_id, payment=request.payment,
    )  # fmt: skip


def require_booker(actor: Actor, user: Actor, request: BookingRequest) -> None:
    """Rights are the booker's: everybody books for themselves; lab staff, group heads and managers for theirs."""
    if actor.person_id == user.person_id:
        return
    thing = remembered(request.instrument_id)
    if not may_book_for(actor, user, thing):
        raise not_for_them()


def books_here(actor: Actor, thing: Bookable) -> bool:
    """Whether the actor may book an instrument at all: it is open to them, or they book it for others."""
    its_side = Scope(thing.institution_id, thing.lab_id)
    return thing.admits(actor) or may(actor, Action.RESERVATION_BOOK_FOR, its_side)


def may_book_for(actor: Actor, user: Actor, thing: Bookable) -> bool:
    """Whether the actor may let another person use an instrument: from the instrument's side or the user's."""
    its_side = Scope(thing.institution_id, thing.lab_id)
    return may(actor, Action.RESERVATION_BOOK_FOR, its_side) or may_book_anywhere_for(actor, user)


def may_book_anywhere_for(actor: Actor, user: Actor) -> bool:
    """Whether the actor may let another person use whichever instrument: from the user's side."""
    return may(actor, Action.RESERVATION_BOOK_FOR, Scope(user.institution_id, None, user.group_ids))


def not_for_them() -> Forbidden:
    """The same whether one may not book for a person or there is none: nobody learns who has an account."""
    remedy = N_("Book for yourself, or ask the lab or the head of the group.")
    return Forbidden([Reason("not_for_them", "for", N_("You may not book for this person."), {}, remedy)])


def request_objections(user: Actor, request: BookingRequest) -> Iterator[Reason]:
    """What stands against a request whatever its time."""
    yield from unit_objections(user, request.group_id, names_unit=request.names_unit)
    yield from particulars(request.purpose, request.title)


def unit_objections(user: Actor, group_id: int | None, *, names_unit: bool) -> Iterator[Reason]:
    """What stands against the unit served; names_unit: whether somebody of several groups has to say for which."""
    if group_id is not None and group_id not in user.group_ids:
        sentence = N_("The person who will use the instrument is not a member of this group.")
        yield Reason("not_in_group", "group", sentence, {}, N_("Choose one of their groups, or none."))
    if names_unit and group_id is None and len(user.group_ids) > 1:
        sentence = N_("The person who will use the instrument works in more than one group.")
        yield Reason("which_group", "group", sentence, {}, N_("Choose the one this is for."))


def particulars(purpose: str, title: str) -> Iterator[Reason]:
    """What stands against the purpose and the title of a reservation."""
    yield from purpose_objections(purpose)
    yield from title_objections(title)


def purpose_objections(purpose: str) -> Iterator[Reason]:
    """What stands against a purpose."""
    if purpose not in PURPOSES:
        remedy = N_("Choose teaching, research, development or service.")
        yield Reason("purpose", "purpose", N_("This is not one of the purposes."), {}, remedy)


def title_objections(title: str) -> Iterator[Reason]:
    """What stands against a title."""
    if not is_readable(title):
        remedy = N_("Write it without line breaks or control characters.")
        yield Reason(
            "title_unreadable", "title", N_("The title holds characters that cannot be shown."), {}, remedy
        )
    if len(title) > LONGEST_TITLE:
        remedy = N_("Shorten it to %(most)s characters.")
        yield Reason("title_too_long", "title", N_("The title is too long."), {"most": LONGEST_TITLE}, remedy)


def _insert(
    actor: Actor, user: Actor, request: BookingRequest, thing: Bookable, now: datetime, state: str
) -> Booked:
    start, end, moment = (instant(int(each.timestamp())) for each in (request.start, request.end, now))
    shared: dict[str, Any] = {
        "instrument_id": thing.id,
        "user_id": user.person_id,
        "booker_id": actor.person_id,
        "institution_id": user.institution_id,
        "group_id": request.group_id,
        "starts_at": start,
        "ends_at": end,
        "purpose": request.purpose,
        "title": request.title,
        "shows_name": request.shows_name,
        "hazardous": request.hazardous,
        "second_id": request.second_id,
        "created_at": moment,
        "changed_at": moment,
    }
    try:
        found = db.session.execute(
            _statement(), {**shared, "state": state, "held_until": end, "exclusive": thing.capacity == 1}
        ).first()
    except IntegrityError as error:
        if not is_overlap(error):
            raise
        raise refused_by_database(thing, request.start, request.end) from error
    if found is None:
        raise refused_by_database(thing, request.start, request.end)
    return Booked(
        *found,
        zone=thing.calendar.zone.key,
        user_en=user.name_en,
        user_zh=user.name_zh,
        booker_en=actor.name_en,
        booker_zh=actor.name_zh,
        **names_of_second(request.second_id),
        **shared,
    )


_TABLE: Any = Reservation.__table__
_MADE = (_TABLE.c.id, _TABLE.c.state, _TABLE.c.reason, _TABLE.c.version)
_PLAIN = insert(_TABLE).returning(*_MADE)
# Against an exclusion constraint a plain insert can deadlock; this one waits, then inserts nothing.
_WAITING = postgresql.insert(_TABLE).on_conflict_do_nothing().returning(*_MADE)


def _statement() -> Any:
    return _WAITING if db.engine.dialect.name == "postgresql" else _PLAIN


def is_overlap(error: IntegrityError) -> bool:
    """Whether it is the promise "never double-booked" that the database kept."""
    return "reservation_overlap" in str(error.orig)


def refused_by_database(thing: Bookable, start: datetime, end: datetime) -> Refusal:
    """What is said when a writer that does not take the lock came first."""
    span = Timespan(start, end)
    values = {"part": span, "zone": thing.calendar.zone.key}
    remedy = N_("Choose another time or another instrument.")
    reason = Reason("taken", "start", N_("%(part)s is already booked."), values, remedy)
    return Taken([reason], conflicts=[span])
