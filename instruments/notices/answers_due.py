"""Requests that a lab has to answer soon, and proposed times that whoever asked has to accept soon."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Row, func, select, type_coerce
from sqlalchemy.orm import aliased

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.notices.kind import Booking, Kind, Told
from instruments.notices.kinds import BY_CODE
from instruments.notices.kinds.labs import STAFF
from instruments.notices.kinds.reservations import values_of
from instruments.notices.models import Notice, NoticePreference
from instruments.notices.noting import Occasion
from instruments.people.holders import people_with
from instruments.people.rights import Role
from instruments.people.signing import today
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.series_models import SeriesOccurrence

LONGEST_HOURS = 168
AT_ONCE = 500
UNANSWERED, UNACCEPTED = BY_CODE["approval.due"], BY_CODE["proposal.due"]


class Due(NamedTuple):
    """What waits: the occasion's key, the row, where it is answered, and by whom."""

    key: str
    row: Row[Any]
    thing: tuple[str, int]
    persons: Collection[int]


def unanswered(now: datetime) -> Iterator[Occasion]:
    """Requests whose time to answer is over within the hours that each of the lab's staff chose, deputies too. Five
    statements, and one more for each further 500.

    Of a series the request that is due first stands for all that are due then: they are answered together.
    """
    rows = _first_of_series(_waiting(now, Approval.proposed_at.is_(None)))
    labs = {row.lab_id for row in rows}
    managers = people_with({Role.LAB_MANAGER}, labs, today(now))
    staff = people_with(STAFF, labs, today(now))
    dues = []
    for row in rows:
        who = (managers if row.managers_only else staff).get(row.lab_id, ())
        # The same name for the whole series, so that who answered one of its dates is not told of the next anew. Nobody
        # answers what is their own.
        key = f"due/{row.first or row.id}/{row.due}"
        dues.append(Due(key, row, ("approvals", row.lab_id), {*who} - {row.user_id, row.booker_id}))
    yield from _before_due(UNANSWERED, dues, now)


def unaccepted(now: datetime) -> Iterator[Occasion]:
    """Other times that a lab proposed, and that whoever asked has to accept soon, each by itself. Three statements, and one
    more for each further 500."""
    rows = _waiting(now, Approval.proposed_at.is_not(None))
    dues = [
        Due(f"due/{row.id}/{row.due}", row, ("reservation", row.id), {row.user_id, row.booker_id})
        for row in rows
    ]
    yield from _before_due(UNACCEPTED, dues, now)


def _before_due(kind: Kind, dues: Sequence[Due], now: datetime) -> Iterator[Occasion]:
    """Nobody is reminded in the first half of the time to answer: who was asked a moment ago knows."""
    hours = _hours(kind, {person_id for each in dues for person_id in each.persons})
    already = _told_already(kind, sorted({each.key for each in dues}))
    for key, row, thing, persons in dues:
        half, values = (row.asked + row.due) // 2, {**values_of(Booking(*row[:6])), "due_at": row.due}
        for person_id in sorted(persons):
            moment = max(row.due - hours.get(person_id, kind.hours or 0) * 3600, half)
            if moment <= now.timestamp() and (key, person_id) not in already:
                yield Occasion(kind, key, None, now, Told(person_id, "due_by", thing, values))


def _waiting(now: datetime, which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Open requests, the soonest deadline first. asked: since when it waits for this answer; series, first: which series it
    is of, and the first reservation that came of that."""
    one, asked, link, its = Reservation, Approval, SeriesOccurrence, aliased(SeriesOccurrence)
    since = type_coerce(func.coalesce(asked.proposed_at, asked.asked_at), BigInteger)
    first = (
        select(func.min(its.reservation_id)).where(its.series_id == link.series_id).correlate(link)
    ).scalar_subquery()
    return db.session.execute(
        select(
            one.id, one.instrument_id, one.user_id, one.booker_id, type_coerce(one.starts_at, BigInteger).label("start"),
            type_coerce(one.ends_at, BigInteger).label("end"), type_coerce(asked.due_at, BigInteger).label("due"),
            since.label("asked"), asked.managers_only, Instrument.lab_id, link.series_id, first.label("first"),
        )
        .join(asked, asked.reservation_id == one.id)
        .join(Instrument, Instrument.id == one.instrument_id)
        .outerjoin(link, link.reservation_id == one.id)
        .where(
            asked.decision.is_(None), which, one.state == "requested", asked.due_at > now,
            asked.due_at <= now + timedelta(hours=LONGEST_HOURS),
        )
        .order_by(asked.due_at, link.position, one.id)
    ).all()  # fmt: skip


def _first_of_series(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Each request that is of no series, and of each series the one that is due first."""
    found, seen = [], set[int]()
    for row in rows:
        if row.series_id not in seen:
            found.append(row)
        if row.series_id is not None:
            seen.add(row.series_id)
    return found


def _hours(kind: Kind, person_ids: Collection[int]) -> dict[int, int]:
    if not person_ids:
        return {}
    wish = NoticePreference
    mine = (wish.kind == kind.code, wish.person_id.in_(person_ids), wish.hours.is_not(None))
    return {
        row.person_id: row.hours
        for row in db.session.execute(select(wish.person_id, wish.hours).where(*mine))
    }


def _told_already(kind: Kind, keys: Sequence[str]) -> set[tuple[str, int]]:
    said, told = Notice, set[tuple[str, int]]()
    for first in range(0, len(keys), AT_ONCE):
        mine = (said.kind == kind.code, said.occasion.in_(keys[first : first + AT_ONCE]))
        rows = db.session.execute(select(said.occasion, said.person_id).where(*mine))
        told |= {(row.occasion, row.person_id) for row in rows}
    return told
