"""What nobody does and yet comes: a reservation soon, a quote that runs out, memberships to be confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from instruments.database import db
from instruments.notices.kind import Booking, Told
from instruments.notices.kinds import BY_CODE
from instruments.notices.kinds.people import CONFIRMING
from instruments.notices.kinds.reservations import values_of
from instruments.notices.models import Notice, NoticePreference
from instruments.notices.noting import Occasion, in_use
from instruments.people.holders import people_with
from instruments.people.membership import overdue_before
from instruments.people.models import Person
from instruments.people.signing import today
from instruments.reservations.formal_quotes.models import FormalQuote
from instruments.reservations.models import Reservation

LONGEST_HOURS = 168
MOST = 500
SOON, DUE = BY_CODE["reservation.soon"], BY_CODE["membership.due"]
ENDING = BY_CODE["formal_quote.ending"]
A_DAY = timedelta(days=1)


def soon(now: datetime) -> Iterator[Occasion]:
    """Reservations that begin within their user's chosen hours, of which they were not reminded yet. One statement.

    Who booked or moved it within those hours knows; one that is moved later is reminded of anew. Whose account is not in use
    is left out here already: never told, they would stand before everybody else at each pass.
    """
    one, wish, said = Reservation, NoticePreference, Notice
    starts, ends = type_coerce(one.starts_at, BigInteger), type_coerce(one.ends_at, BigInteger)
    key = literal("soon/") + cast(one.id, String) + literal("/") + cast(starts, String)
    moment = starts - func.coalesce(wish.hours, SOON.hours, type_=Integer) * 3600
    rows = db.session.execute(
        select(
            one.id, one.instrument_id, one.user_id, one.booker_id, starts.label("start"), ends.label("end"),
            key.label("key"),
        )
        .join(Person, Person.id == one.user_id)
        .outerjoin(wish, and_(wish.person_id == one.user_id, wish.kind == SOON.code))
        .where(
            *in_use(now),
            one.starts_at > now,
            one.starts_at <= now + timedelta(hours=LONGEST_HOURS),
            one.state == "confirmed",
            moment <= int(now.timestamp()),
            type_coerce(one.changed_at, BigInteger) < moment,
            or_(wish.person_id.is_(None), wish.in_app, wish.by_mail),
            ~exists().where(said.occasion == key, said.person_id == one.user_id, said.kind == SOON.code),
        )
        .order_by(one.starts_at)
        .limit(MOST)
    )  # fmt: skip
    for *columns, occasion in rows.all():
        booking = Booking(*columns)
        told = Told(booking.user_id, "mine", ("reservation", booking.id), values_of(booking))
        yield Occasion(SOON, occasion, None, now, told)


def quotes_ending(now: datetime) -> Iterator[Occasion]:
    """Formal quotes that run out within a day and stood for longer, once each, to who asked. One statement."""
    one, said = FormalQuote, Notice
    key = literal("quote/") + cast(one.id, String)
    start, end, until, made = (
        type_coerce(each, BigInteger) for each in (one.starts_at, one.ends_at, one.valid_until, one.made_at)
    )
    rows = db.session.execute(
        select(one.id, one.asked_by_id, one.instrument_id, start, end, until, key)
        .join(Person, Person.id == one.asked_by_id)
        .where(
            *in_use(now),
            one.state == "offered", one.valid_until > now, one.valid_until <= now + A_DAY, until - made > 2 * 86400,
            ~exists().where(said.occasion == key, said.kind == ENDING.code),
        )
        .order_by(one.valid_until)
        .limit(MOST)
    )  # fmt: skip
    for number, person_id, instrument_id, starts, ends, expires_at, occasion in rows.all():
        values = {"instrument_id": instrument_id, "start": starts, "end": ends, "expires_at": expires_at}
        yield Occasion(
            ENDING, occasion, None, now, Told(person_id, "ending", ("formal_quote", number), values)
        )


def memberships(now: datetime) -> Iterator[Occasion]:
    """Once a month, to those who confirm: how many memberships are overdue at their institution. Two statements."""
    person: Any = Person
    day = today(now)
    rows = db.session.execute(
        select(person.institution_id, func.count())
        .where(
            person.institution_id.is_not(None),
            person.deactivated_at.is_(None),
            person.mail_confirmed_at.is_not(None),
            or_(person.ends_on.is_(None), person.ends_on >= day),
            or_(
                person.membership_confirmed_on.is_(None), person.membership_confirmed_on < overdue_before(day)
            ),
        )
        .group_by(person.institution_id)
    ).all()
    managers = people_with(CONFIRMING, {row[0] for row in rows}, day)
    for institution_id, count in rows:
        values = {"scope": "institution", "scope_id": institution_id, "count": count}
        for person_id in sorted(managers.get(institution_id, ())):
            told = Told(person_id, "due", ("institution", institution_id), values)
            yield Occasion(DUE, f"membership/{institution_id}/{day:%Y-%m}", None, now, told)
