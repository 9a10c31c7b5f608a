"""Who will use the instrument: oneself, or the person that a booker names, and whom a booker may name at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, false, func, or_, select, true

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people import directory
from instruments.people.models import Person, RoleGrant
from instruments.people.rights import ALLOWED, SCOPE_OF_ROLE, Action, Actor, Role, Scope, may
from instruments.people.signing import actor_by_id, today
from instruments.qualifications.needs import NOBODY
from instruments.reservations.bookable import Bookable, bookable
from instruments.reservations.booking import may_book_anywhere_for, may_book_for, not_for_them
from instruments.reservations.models import Reservation

MOST_SUGGESTED = 8
SHORTEST_WORDS = 2
_BOOKERS = ALLOWED[Action.RESERVATION_BOOK_FOR]


def user_named(name: int | str | None, actor: Actor, now: datetime) -> Actor:
    """The person by number or mail address; the actor when none is named. Raises Forbidden for one who is not there."""
    if name is None or name == "" or name == actor.person_id or name == actor.mail:
        return actor
    found = actor_by_id(name, now) if isinstance(name, int) else _by_mail(name, now)
    if found is None:
        raise not_for_them()
    return found


def user_sent(name: int | str | None, actor: Actor, instrument_id: int, now: datetime) -> Actor:
    """The person that a program names by number or mail address; the actor when it names none.

    Raises Forbidden for one who is not there, and Refusal where only who may book for anyone is told.
    """
    try:
        return user_named(name, actor, now)
    except Refusal as refusal:
        if may_book_for_anyone(actor, bookable(instrument_id)):
            raise _nobody() from refusal
        raise


def user_looked_at(
    name: int | str | None, actor: Actor | None, thing: Bookable, now: datetime
) -> Actor | None:
    """The person by number or mail address for whom a program looks at an instrument; whoever asks when it names none.

    Raises Forbidden for whom the actor may not book, there or not.
    """
    if name is None or name == "":
        return actor
    if actor is None:
        raise Refusal([Reason("no_person", "for", N_("Only who is signed in looks for somebody else."))])
    user = user_sent(name, actor, thing.id, now)
    if user.person_id != actor.person_id and not may_book_for(actor, user, thing):
        raise not_for_them()
    return user


def user_anywhere(name: str | None, actor: Actor, now: datetime) -> Actor:
    """The person by number or mail address for whom the actor may book whichever instrument; the actor when none is named.

    Raises Forbidden for anybody else, there or not.
    """
    user = user_named(_readable(name or ""), actor, now)
    if user.person_id != actor.person_id and not may_book_anywhere_for(actor, user):
        raise not_for_them()
    return user


def second_named(mail: str | None, now: datetime) -> int | None:
    """The number of the second person: None where none is named, NOBODY (0) where there is no such account; that and
    the want of an admission are told in one sentence. By mail address alone: a reservation tells the name of whoever
    is named, and counting up numbers would tell the names of all."""
    mail = _readable(mail or "")
    if not mail:
        return None
    found = _by_mail(mail, now) if "@" in mail else None
    return found.person_id if found else NOBODY


def user_typed(text: str, actor: Actor, thing: Bookable, now: datetime) -> Actor:
    """The person that a form names by number, mail address or whole name; the actor when it names none.

    Raises Forbidden for whom the actor may not book, there or not, and Refusal where only who may book for
    anyone is told: nobody of this name, or more than one.
    """
    words = _readable(text)
    is_exact = not words or words.isdecimal() or "@" in words
    try:
        user = user_named(words, actor, now) if is_exact else _by_name(words, actor, thing, now)
        if user.person_id != actor.person_id and not may_book_for(actor, user, thing):
            raise not_for_them()
    except Refusal as refusal:
        if may_book_for_anyone(actor, thing) and refusal.status == 403:
            raise _nobody() from refusal
        raise
    return user


def may_book_for_anyone(actor: Actor, thing: Bookable) -> bool:
    """Whether the person runs this instrument: its lab's staff and whoever stands over them."""
    return may(actor, Action.RESERVATION_BOOK_FOR, Scope(thing.institution_id, thing.lab_id))


def has_many(actor: Actor, thing: Bookable) -> bool:
    """Whether the people for whom this person may book are too many for a list: anyone, or a whole institution."""
    return is_over_many(actor) or may_book_for_anyone(actor, thing)


def is_over_many(actor: Actor) -> bool:
    """Whether this person may book, whichever instrument, for a whole institution or for anyone."""
    return bool(_booking_over(actor, "institution") or _booking_over(actor, "platform"))


def is_over_few(actor: Actor) -> bool:
    """Whether this person may book, whichever instrument, for the members of a group."""
    return bool(_booking_over(actor, "group"))


def _booking_over(actor: Actor, kind: str) -> list[int | None]:
    """The scopes of a kind over whose people the person may book."""
    held = (grant for grant in actor.grants if grant.role in _BOOKERS)
    return [grant.scope_id for grant in held if SCOPE_OF_ROLE[grant.role] == kind]


def suggestions(actor: Actor, thing: Bookable, words: str, now: datetime) -> Sequence[Row[Any]]:
    """The first few people who fit the words and for whom the actor may book, with their institution. One statement."""
    words = _readable(words)
    # One Chinese character says as much as a syllable in letters.
    if len(words.encode()) < SHORTEST_WORDS:
        return []
    return directory.reachable(_reach(actor, thing, today(now)), words, today(now), MOST_SUGGESTED)


def members(actor: Actor, thing: Bookable, now: datetime, most: int) -> Sequence[Row[Any]]:
    """All for whom the actor may book, where these are few (see `has_many`). One statement."""
    return directory.reachable(_reach(actor, thing, today(now)), "", today(now), most)


def members_anywhere(actor: Actor, now: datetime, most: int) -> Sequence[Row[Any]]:
    """The members of the groups for whom the actor may book whichever instrument. One statement."""
    return directory.reachable(_reach_anywhere(actor, today(now)), "", today(now), most)


def _reach(actor: Actor, thing: Bookable, day: date) -> ColumnElement[bool]:
    """Whom the actor may look up by name. Who runs an instrument may book for anyone whose address they know, but
    is shown only those of the own institution and whoever has used the lab before: the rest is not theirs to read."""
    if actor.has(Role.PLATFORM_ADMINISTRATOR):
        return true()
    if may_book_for_anyone(actor, thing):
        users = (
            select(Reservation.user_id)
            .join(Instrument, Instrument.id == Reservation.instrument_id)
            .where(Instrument.lab_id == thing.lab_id)
        )
        return or_(Person.institution_id == thing.institution_id, Person.id.in_(users))
    return _reach_anywhere(actor, day)


def _reach_anywhere(actor: Actor, day: date) -> ColumnElement[bool]:
    institutions, groups = _booking_over(actor, "institution"), _booking_over(actor, "group")
    parts: list[ColumnElement[bool]] = [Person.institution_id.in_(institutions)] if institutions else []
    if groups:
        still = or_(RoleGrant.ends_on.is_(None), RoleGrant.ends_on >= day)
        parts.append(Person.id.in_(select(RoleGrant.person_id).where(RoleGrant.group_id.in_(groups), still)))
    return or_(*parts) if parts else false()


def _by_name(words: str, actor: Actor, thing: Bookable, now: datetime) -> Actor:
    """The one person of this name among those for whom the actor may book, and the actor."""
    exactly = or_(func.lower(Person.name_en) == words.lower(), Person.name_zh == words)
    reach = or_(_reach(actor, thing, today(now)), Person.id == actor.person_id)
    found = directory.reachable(reach & exactly, "", today(now), 2)
    if len(found) > 1:
        remedy = N_("Choose one of the suggestions, or write the mail address.")
        sentence = N_("More than one person is called %(name)s.")
        raise Refusal([Reason("several_people", "for", sentence, {"name": words}, remedy)])
    user = actor_by_id(found[0].id, now) if found else None
    if user is None:
        raise not_for_them()
    return user


def _readable(text: str) -> str:
    """Without the one character that no database keeps, and without needless space."""
    return " ".join(text.replace("\0", " ").split())


def _nobody() -> Refusal:
    remedy = N_("Write the mail address in full; who has no account yet must be invited first.")
    sentence = N_("Nobody with an account has this name or mail address.")
    return Refusal([Reason("no_such_person", "for", sentence, {}, remedy)])


def _by_mail(name: str, now: datetime) -> Actor | None:
    text = name.strip().lower()
    if text.isdecimal() and len(text) < 19:
        return actor_by_id(int(text), now)
    number = db.session.scalar(select(Person.id).where(Person.mail == text)) if "\0" not in text else None
    return None if number is None else actor_by_id(number, now)
