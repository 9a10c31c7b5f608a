"""Close what is over: offers whose time has passed or was taken by somebody else, and requests that can no longer be met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, select, type_coerce, update

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.journal.record import entry, record_many
from instruments.people.models import Institution, Person
from instruments.people.rights import Actor
from instruments.people.signing import actors_by_ids
from instruments.reservations.bookable import Bookable, bookables
from instruments.reservations.busy import Busy, busy_between
from instruments.reservations.demand.noting import Asker, Sought, note
from instruments.reservations.sweep import blocked
from instruments.reservations.waitlist.models import SHUT, WaitOffer, WaitRequest
from instruments.timespan import Pair, subtract

AT_ONCE = 500
_OFFER: Any = WaitOffer.__table__
_REQUEST: Any = WaitRequest.__table__
_STARTS, _ENDS = (type_coerce(_OFFER.c[name], BigInteger) for name in ("starts_at", "ends_at"))
_LATEST = type_coerce(_REQUEST.c.latest, BigInteger)


def overdue_offers(now: datetime) -> Sequence[int]:
    """The open offers whose time to answer is over."""
    return db.session.scalars(
        select(_OFFER.c.id).where(_OFFER.c.state == "open", _OFFER.c.expires_at <= now).order_by(_OFFER.c.id)
    ).all()


def lost_offers(now: datetime) -> list[tuple[int, str]]:
    """The open offers whose time cannot be had any more, and why: taken (empty), or not open. Three statements, whatever
    their number, one where there are none."""
    rows = db.session.execute(
        select(
            _OFFER.c.id,
            _OFFER.c.instrument_id,
            _STARTS.label("start"),
            _ENDS.label("end"),
            _REQUEST.c.user_id,
        )
        .join(_REQUEST, _REQUEST.c.id == _OFFER.c.request_id)
        .where(_OFFER.c.state == "open", _OFFER.c.expires_at > now)
        .order_by(_OFFER.c.id)
    ).all()
    if not rows:
        return []
    known, users = bookables(), actors_by_ids({row.user_id for row in rows}, now)
    things = [known[number] for number in sorted({row.instrument_id for row in rows} & known.keys())]
    first, last = min(row.start for row in rows), max(row.end for row in rows)
    busy = busy_between(things, first, last) if things else Busy({}, {}, {})
    found = []
    for row in rows:
        thing, span = known.get(row.instrument_id), (row.start, row.end)
        if thing is None or not _is_open(span, thing, users.get(row.user_id), busy):
            found.append((row.id, SHUT))
        elif _is_taken(span, thing, busy):
            found.append((row.id, ""))
    return found


def _is_open(span: Pair, thing: Bookable, user: Actor | None, busy: Busy) -> bool:
    """Whether the instrument is in service, open to this person by its hours, and not closed."""
    shut = busy.closed.get(thing.id, ())
    opened = not subtract([span], thing.calendar_of(user).opened(*span))
    return opened and thing.status not in ("down", "retired") and not _meets(span, shut)


def _is_taken(span: Pair, thing: Bookable, busy: Busy) -> bool:
    held, places = busy.held.get(thing.id, ()), busy.places.get(thing.id, ())
    return _meets(span, blocked(held, thing.capacity, thing.rules_at(span[0]).buffer, places))


def _meets(span: Pair, others: Iterable[Pair]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def lapse_lost(lost: Sequence[tuple[int, str]], now: datetime) -> int:
    """Let these offers lapse, each for its reason, inside a deed; how many were still open."""
    return sum(
        close_offers([number for number, each in lost if each == why], "lapsed", now, why)
        for why in ("", SHUT)
    )


def close_offers(offer_ids: Sequence[int], state: str, now: datetime, why: str = "") -> int:
    """Let these open offers expire or lapse, inside a deed; how many were still open. Their requests go on waiting."""
    if not offer_ids:
        return 0
    return _close(_OFFER.c.id.in_(offer_ids), state, now, why)


def lapse_beside(offer_id: int, instrument_id: int, span: Pair, now: datetime) -> int:
    """Let the other open offers of time that has just been taken lapse, inside its deed."""
    return _close(
        (_OFFER.c.instrument_id == instrument_id)
        & (_OFFER.c.id != offer_id)
        & (span[0] < _ENDS)
        & (span[1] > _STARTS),
        "lapsed",
        now,
    )


def _close(which: ColumnElement[bool], state: str, now: datetime, why: str = "") -> int:
    closed = db.session.execute(
        update(_OFFER)
        .where(which, _OFFER.c.state == "open")
        .values(state=state, closed_at=now, why=why)
        .returning(_OFFER.c.request_id, _OFFER.c.instrument_id, _STARTS.label("start"), _ENDS.label("end"))
    ).all()
    if closed:
        db.session.execute(
            update(_REQUEST)
            .where(_REQUEST.c.id.in_([row.request_id for row in closed]))
            .values(version=_REQUEST.c.version + 1)
        )
        record_many(_entries(closed, f"wait.{state}", why, now))
    return len(closed)


def _entries(closed: Sequence[Row[Any]], deed: str, why: str, now: datetime) -> Iterable[dict[str, Any]]:
    people = {
        row.id: row
        for row in db.session.execute(
            select(_REQUEST.c.id, _REQUEST.c.user_id, _REQUEST.c.asker_id).where(
                _REQUEST.c.id.in_([row.request_id for row in closed])
            )
        )
    }
    homes = _homes({row.instrument_id for row in closed})
    for row in closed:
        asked = people[row.request_id]
        detail = {
            "instrument_id": row.instrument_id, "user_id": asked.user_id, "asker_id": asked.asker_id,
            "start": row.start, "end": row.end, **({"why": why} if why else {}),
        }  # fmt: skip
        home = homes[row.instrument_id]
        yield entry(
            now=now, actor_id=None, deed=deed, thing=("wait", row.request_id),
            institution_id=home.institution_id, lab_id=home.lab_id, detail=detail,
        )  # fmt: skip


def _homes(instrument_ids: set[int]) -> dict[int, Row[Any]]:
    thing = Instrument
    rows = db.session.execute(
        select(thing.id, thing.institution_id, thing.lab_id).where(thing.id.in_(instrument_ids))
    )
    return {row.id: row for row in rows}


def over_requests(now: datetime) -> Sequence[int]:
    """The requests for which even the last moment to begin has passed."""
    last_start = _LATEST - _REQUEST.c.length_seconds
    return db.session.scalars(
        select(_REQUEST.c.id)
        .where(_REQUEST.c.state == "waiting", last_start <= int(now.timestamp()))
        .order_by(_REQUEST.c.id)
        .limit(AT_ONCE)
    ).all()


def end(request_ids: Sequence[int], now: datetime) -> int:
    """End requests that were not met, inside a deed, and keep them, without the person, as demand; how many did."""
    ended = db.session.execute(
        update(_REQUEST)
        .where(_REQUEST.c.id.in_(request_ids), _REQUEST.c.state == "waiting")
        .values(state="over", ended_at=now, version=_REQUEST.c.version + 1)
        .returning(*_REQUEST.c)
    ).all()
    if not ended:
        return 0
    _close(_OFFER.c.request_id.in_([row.id for row in ended]), "expired", now)
    known, askers = bookables(), _askers({row.user_id for row in ended})
    note([(_sought(row, known.get(row.instrument_id or 0)), askers[row.user_id], "") for row in ended], now)
    record_many(_ends(row, known.get(row.instrument_id or 0), askers[row.user_id], now) for row in ended)
    return len(ended)


def _sought(row: Row[Any], thing: Bookable | None) -> Sought:
    return Sought(
        "waitlist", row.earliest, row.latest, row.length_seconds,
        class_code=thing.class_code if thing else row.class_code,
        instrument_id=row.instrument_id,
        place_id=thing.institution_id if thing else row.place_id,
    )  # fmt: skip


def _askers(person_ids: set[int]) -> dict[int, Asker]:
    rows = db.session.execute(
        select(Person.id, Person.institution_id, Institution.kind)
        .outerjoin(Institution, Institution.id == Person.institution_id)
        .where(Person.id.in_(person_ids))
    )
    return {number: Asker(institution_id, kind or "") for number, institution_id, kind in rows}


def _ends(row: Row[Any], thing: Bookable | None, asker: Asker, now: datetime) -> dict[str, Any]:
    about = (
        {"class_code": row.class_code} if row.instrument_id is None else {"instrument_id": row.instrument_id}
    )
    span = {"start": int(row.earliest.timestamp()), "end": int(row.latest.timestamp())}
    return entry(
        now=now,
        actor_id=None,
        deed="wait.over",
        thing=("wait", row.id),
        institution_id=thing.institution_id if thing else asker.institution_id,
        lab_id=thing.lab_id if thing else None,
        detail={**about, **span, "user_id": row.user_id, "asker_id": row.asker_id},
    )
