"""Read the waitlist: one's own requests with what is offered, and who waits for a lab's instruments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Row, Select, and_, func, or_, select, tuple_, type_coerce
from sqlalchemy.orm import aliased

from instruments.catalog.models import Instrument, InstrumentClass
from instruments.database import db
from instruments.errors import N_, NotFound, Reason
from instruments.people.models import Institution, Lab, Person
from instruments.people.rights import Actor
from instruments.reservations.bookable import bookables
from instruments.reservations.waitlist.candidates import in_class
from instruments.reservations.waitlist.models import WaitOffer, WaitRequest

MOST_SHOWN = 200
_ONE, _OFFER = WaitRequest, WaitOffer
_ASKED = type_coerce(_ONE.asked_at, BigInteger)


def whole() -> Select[Any]:
    """A request with the names of what is waited for and of whom, and its open offer with the instrument offered."""
    offered, offered_lab, lab, home, asker = (
        aliased(model) for model in (Instrument, Lab, Lab, Institution, Person)
    )
    return (
        select(
            _ONE.id, _ONE.user_id, _ONE.asker_id, _ONE.group_id, _ONE.instrument_id, _ONE.class_code, _ONE.place_id,
            _ONE.earliest, _ONE.latest, _ONE.length_seconds, _ONE.purpose, _ONE.state, _ONE.asked_at, _ONE.ended_at,
            _ONE.reservation_id, _ONE.version,
            Person.name_en.label("user_en"), Person.name_zh.label("user_zh"),
            asker.name_en.label("asker_en"), asker.name_zh.label("asker_zh"),
            Instrument.name_en.label("instrument_en"), Instrument.name_zh.label("instrument_zh"),
            lab.name_en.label("lab_en"), lab.name_zh.label("lab_zh"), lab.zone,
            InstrumentClass.name_en.label("class_en"), InstrumentClass.name_zh.label("class_zh"),
            home.name_en.label("place_en"), home.name_zh.label("place_zh"),
            _OFFER.id.label("offer_id"), _OFFER.instrument_id.label("offered_id"), _OFFER.starts_at, _OFFER.ends_at,
            _OFFER.offered_at, _OFFER.expires_at,
            offered.name_en.label("offered_en"), offered.name_zh.label("offered_zh"),
            offered_lab.name_en.label("offered_lab_en"), offered_lab.name_zh.label("offered_lab_zh"),
            offered_lab.zone.label("offered_zone"),
        )
        .join(Person, Person.id == _ONE.user_id)
        .join(asker, asker.id == _ONE.asker_id)
        .outerjoin(Instrument, Instrument.id == _ONE.instrument_id)
        .outerjoin(lab, lab.id == Instrument.lab_id)
        .outerjoin(InstrumentClass, InstrumentClass.code == _ONE.class_code)
        .outerjoin(home, home.id == _ONE.place_id)
        .outerjoin(_OFFER, and_(_OFFER.request_id == _ONE.id, _OFFER.state == "open"))
        .outerjoin(offered, offered.id == _OFFER.instrument_id)
        .outerjoin(offered_lab, offered_lab.id == offered.lab_id)
    )  # fmt: skip


def request_row(request_id: int, actor: Actor) -> Row[Any]:
    """One request of the actor's: for themselves, or asked by them for another. Raises NotFound for any other."""
    row = db.session.execute(whole().where(_ONE.id == request_id, _own(actor))).first()
    if row is None:
        raise NotFound(
            [Reason("no_request", None, N_("There is no such request, or it is not yours to see."))]
        )
    return row


def page(
    actor: Actor,
    states: Sequence[str],
    after: list[int] | None,
    limit: int,
    *,
    offered: bool | None = None,
    now: datetime | None = None,
) -> Sequence[Row[Any]]:
    """My requests in these states, those that were asked last first; one more than `limit` if there are.

    offered: only those to which something is offered at this moment, or only the others.
    """
    found = whole().where(_own(actor), _ONE.state.in_(states))
    if offered is not None:
        stands = and_(_OFFER.id.is_not(None), _OFFER.expires_at > now)
        found = found.where(stands if offered else or_(_OFFER.id.is_(None), _OFFER.expires_at <= now))
    if after is not None:
        found = found.where(tuple_(_ASKED, _ONE.id) < tuple_(*after))
    return db.session.execute(found.order_by(_ASKED.desc(), _ONE.id.desc()).limit(limit + 1)).all()


def offers_to(actor: Actor, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """My requests to which something is offered, soonest deadline first."""
    found = whole().where(_own(actor), _OFFER.id.is_not(None), _OFFER.expires_at > now)
    return db.session.execute(found.order_by(_OFFER.expires_at, _ONE.id).limit(limit)).all()


def last_offer(request_id: int) -> Row[Any] | None:
    """The newest offer of a request, whatever became of it."""
    return db.session.execute(
        select(_OFFER.__table__).where(_OFFER.request_id == request_id).order_by(_OFFER.id.desc()).limit(1)
    ).first()


def waiting_in(lab_id: int, now: datetime) -> Sequence[Row[Any]]:
    """Who waits for the instruments of a lab by name, instrument by instrument, in the order in which they asked."""
    found = whole().where(Instrument.lab_id == lab_id, _ONE.state == "waiting", _ONE.latest > now)
    return db.session.execute(found.order_by(Instrument.id, _ASKED, _ONE.id).limit(MOST_SHOWN)).all()


def waiting_for_classes(now: datetime) -> Sequence[Row[Any]]:
    """How many wait for any of a class, by class and institution: (class_code, place_id, count, class_en, class_zh)."""
    kind = InstrumentClass
    return db.session.execute(
        select(
            _ONE.class_code,
            _ONE.place_id,
            func.count().label("count"),
            kind.name_en.label("class_en"),
            kind.name_zh.label("class_zh"),
        )
        .join(kind, kind.code == _ONE.class_code)
        .where(_ONE.state == "waiting", _ONE.latest > now)
        .group_by(_ONE.class_code, _ONE.place_id, kind.name_en, kind.name_zh)
        .order_by(_ONE.class_code, _ONE.place_id)
    ).all()


class ClassWaits(NamedTuple):
    """How many wait for any of a class that a lab has; no names, they asked no one lab."""

    class_code: str
    name_en: str
    name_zh: str
    waiting: int


def waiting_for_classes_of(lab_id: int, now: datetime) -> list[ClassWaits]:
    """The classes that this lab has and that are waited for, what most wait for first."""
    known, found = bookables(), dict[str, ClassWaits]()
    for row in waiting_for_classes(now):
        if any(thing.lab_id == lab_id for thing in in_class(known, row.class_code, row.place_id)):
            before = found[row.class_code].waiting if row.class_code in found else 0
            found[row.class_code] = ClassWaits(row.class_code, row.class_en, row.class_zh, before + row.count)
    return sorted(found.values(), key=lambda each: (-each.waiting, each.class_code))


def _own(actor: Actor) -> Any:
    return or_(_ONE.user_id == actor.person_id, _ONE.asker_id == actor.person_id)
