"""What nobody does and yet comes: a reservation soon, a request without an answer, memberships to be confirmed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Row,
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

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.notices.kind import Booking, Kind, Told
from instruments.notices.kinds import BY_CODE
from instruments.notices.kinds.labs import STAFF
from instruments.notices.kinds.people import CONFIRMING
from instruments.notices.kinds.reservations import values_of
from instruments.notices.models import Notice, NoticePreference
from instruments.notices.noting import Occasion
from instruments.people.holders import people_with
from instruments.people.membership import overdue_before
from instruments.people.models import Person
from instruments.people.rights import Role
from instruments.people.signing import today
from instruments.reservations.formal_quotes.models import FormalQuote
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.waiting import follows_in_series

LONGEST_HOURS = 168
MOST = 500
SOON, DUE = BY_CODE["reservation.soon"], BY_CODE["membership.due"]
UNANSWERED, UNACCEPTED = BY_CODE["approval.due"], BY_CODE["proposal.due"]
ENDING = BY_CODE["formal_quote.ending"]
A_DAY = timedelta(days=1)


def soon(now: datetime) -> Iterator[Occasion]:
    """Reservations that begin within their user's chosen hours, of which they were not reminded yet. One statement.

    Who booked or moved it within those hours knows; one that is moved later is reminded of anew.
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
        .outerjoin(wish, and_(wish.person_id == one.user_id, wish.kind == SOON.code))
        .where(
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


def unanswered(now: datetime) -> Iterator[Occasion]:
    """Requests whose time to answer is over within the hours that each of the lab's staff chose, deputies too. Five
    statements at most."""
    rows = _waiting(now, Approval.proposed_at.is_(None))
    labs = {row.lab_id for row in rows}
    managers = people_with({Role.LAB_MANAGER}, labs, today(now))
    staff = people_with(STAFF, labs, today(now))
    told = [
        (row, ("approvals", row.lab_id), (managers if row.managers_only else staff).get(row.lab_id, ()))
        for row in rows
    ]
    # Nobody answers what is their own.
    yield from _before_due(
        UNANSWERED, [(row, at, {*who} - {row.user_id, row.booker_id}) for row, at, who in told], now
    )


def unaccepted(now: datetime) -> Iterator[Occasion]:
    """Other times that a lab proposed, and that whoever asked has to accept soon. Three statements at most."""
    rows = _waiting(now, Approval.proposed_at.is_not(None))
    told = [(row, ("reservation", row.id), {row.user_id, row.booker_id}) for row in rows]
    yield from _before_due(UNACCEPTED, told, now)


def _before_due(
    kind: Kind, told: Sequence[tuple[Row[Any], tuple[str, int], Collection[int]]], now: datetime
) -> Iterator[Occasion]:
    """told: what waits, where it is answered, and by whom. Nobody is reminded in the first half of the time to answer: who
    was asked a moment ago knows."""
    hours = _hours(kind, {person_id for _, _, persons in told for person_id in persons})
    already = _told_already(kind, {f"due/{row.id}/{row.due}" for row, _, _ in told})
    for row, thing, persons in told:
        key, half, values = (
            f"due/{row.id}/{row.due}",
            (row.asked + row.due) // 2,
            values_of(Booking(*row[:6])),
        )
        for person_id in sorted(persons):
            moment = max(row.due - hours.get(person_id, kind.hours or 0) * 3600, half)
            if moment <= now.timestamp() and (key, person_id) not in already:
                yield Occasion(kind, key, None, now, Told(person_id, "due", thing, values))


def _waiting(now: datetime, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Open requests, the soonest deadline first; of a series one. asked: since when it waits for this answer."""
    one, asked = Reservation, Approval
    since = type_coerce(func.coalesce(asked.proposed_at, asked.asked_at), BigInteger)
    return db.session.execute(
        select(
            one.id, one.instrument_id, one.user_id, one.booker_id, type_coerce(one.starts_at, BigInteger).label("start"),
            type_coerce(one.ends_at, BigInteger).label("end"), type_coerce(asked.due_at, BigInteger).label("due"),
            since.label("asked"), asked.managers_only, Instrument.lab_id,
        )
        .join(asked, asked.reservation_id == one.id)
        .join(Instrument, Instrument.id == one.instrument_id)
        .where(
            asked.decision.is_(None), which, one.state == "requested", asked.due_at > now,
            asked.due_at <= now + timedelta(hours=LONGEST_HOURS), ~follows_in_series(),
        )
        .order_by(asked.due_at)
        .limit(MOST)
    ).all()  # fmt: skip


def _hours(kind: Kind, person_ids: Collection[int]) -> dict[int, int]:
    if not person_ids:
        return {}
    wish = NoticePreference
    mine = (wish.kind == kind.code, wish.person_id.in_(person_ids), wish.hours.is_not(None))
    return {
        row.person_id: row.hours
        for row in db.session.execute(select(wish.person_id, wish.hours).where(*mine))
    }


def _told_already(kind: Kind, keys: Collection[str]) -> set[tuple[str, int]]:
    if not keys:
        return set()
    said = Notice
    mine = (said.kind == kind.code, said.occasion.in_(keys))
    return {
        (row.occasion, row.person_id)
        for row in db.session.execute(select(said.occasion, said.person_id).where(*mine))
    }


def quotes_ending(now: datetime) -> Iterator[Occasion]:
    """Formal quotes that run out within a day and stood for longer, once each, to who asked. One statement."""
    one, said = FormalQuote, Notice
    key = literal("quote/") + cast(one.id, String)
    start, end, until, made = (
        type_coerce(each, BigInteger) for each in (one.starts_at, one.ends_at, one.valid_until, one.made_at)
    )
    rows = db.session.execute(
        select(one.id, one.asked_by_id, one.instrument_id, start, end, until, key)
        .where(
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
