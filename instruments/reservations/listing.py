"""Lists of reservations, page by page: one's own, and those that one's roles show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import aliased

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution, Lab, Person, ResearchGroup
from instruments.people.rights import ALLOWED, SCOPE_OF_ROLE, Action, Actor
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.series_models import Series, SeriesOccurrence

VIEWS = ("coming", "past", "cancelled")
GONE = ("cancelled", "declined", "expired")
_STARTS = type_coerce(Reservation.starts_at, BigInteger)
_User, _Booker, _Second = aliased(Person), aliased(Person), aliased(Person)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which reservations of those in scope; None leaves the question open."""

    instrument_id: int | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@cache
def whole() -> Select[Any]:
    """A reservation with the names of its instrument, lab, institution, user and booker, and the lab's answer."""
    one, thing, lab, home = Reservation, Instrument, Lab, Institution
    return (
        select(
            one.id, one.instrument_id, one.starts_at, one.ends_at, one.held_until, one.state, one.purpose, one.title,
            one.user_id, one.booker_id, one.institution_id, one.group_id, one.shows_name, one.reason, one.created_at,
            one.changed_at, one.hazardous, one.second_id, one.version, lab.zone, thing.lab_id,
            thing.institution_id.label("owner_id"),
            thing.name_en.label("instrument_en"), thing.name_zh.label("instrument_zh"),
            thing.model.label("instrument_model"), thing.class_code, thing.photo, thing.location,
            lab.name_en.label("lab_en"), lab.name_zh.label("lab_zh"),
            _city(thing.city_en, lab.city_en, home.city_en).label("city_en"),
            _city(thing.city_zh, lab.city_zh, home.city_zh).label("city_zh"),
            home.name_en.label("owner_en"), home.name_zh.label("owner_zh"),
            _User.name_en.label("user_en"), _User.name_zh.label("user_zh"),
            _Booker.name_en.label("booker_en"), _Booker.name_zh.label("booker_zh"),
            _Second.name_en.label("second_en"), _Second.name_zh.label("second_zh"),
            Approval.due_at, Approval.asked_starts_at, Approval.asked_ends_at, Approval.proposed_at,
            Approval.decision, Approval.message.label("answer"),
        )
        .join(thing, thing.id == one.instrument_id)
        .join(lab, lab.id == thing.lab_id)
        .join(home, home.id == thing.institution_id)
        .join(_User, _User.id == one.user_id)
        .join(_Booker, _Booker.id == one.booker_id)
        .outerjoin(_Second, _Second.id == one.second_id)
        .outerjoin(Approval, Approval.reservation_id == one.id)
    )  # fmt: skip


def _city(*owners: Any) -> ColumnElement[str]:
    """The city of the first of instrument, lab and institution that names one."""
    return func.coalesce(*(func.nullif(city, "") for city in owners), "")


def page(actor: Actor, scope: str, which: Filter, after: list[int] | None, limit: int) -> Sequence[Row[Any]]:
    """Reservations in the order of their start, after the cursor [start, id]; one more than `limit` if there are more."""
    conditions = [_own(actor) if scope == "mine" else _in_scope(actor)]
    if which.instrument_id is not None:
        conditions.append(Reservation.instrument_id == which.instrument_id)
    if which.state is not None:
        conditions.append(Reservation.state == which.state)
    if which.since is not None:
        conditions.append(Reservation.ends_at > which.since)
    if which.until is not None:
        conditions.append(Reservation.starts_at < which.until)
    if after is not None:
        conditions.append(tuple_(_STARTS, Reservation.id) > tuple_(*after))
    statement = whole().where(*conditions).order_by(_STARTS, Reservation.id).limit(limit + 1)
    return db.session.execute(statement).all()


def mine(actor: Actor, view: str, now: datetime, after: list[int] | None, limit: int) -> Sequence[Row[Any]]:
    """One's own reservations: coming (nearest first), past or cancelled (latest first); one more than `limit` if there are.

    Of what is coming of a series only the next is listed.
    """
    one, order = Reservation, (_STARTS.desc(), Reservation.id.desc())
    if view == "coming":
        condition, order = (
            and_(one.ends_at > now, one.state.not_in(GONE), ~_follows(actor, now)),
            (_STARTS, one.id),
        )
    elif view == "past":
        condition = and_(one.ends_at <= now, one.state.not_in(GONE))
    else:
        condition = one.state.in_(GONE)
    statement = whole().where(_own(actor), condition)
    if after is not None:
        here, there = tuple_(_STARTS, one.id), tuple_(*after)
        statement = statement.where(here > there if view == "coming" else here < there)
    return db.session.execute(statement.order_by(*order).limit(limit + 1)).all()


def _follows(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Whether another reservation of the same series, one's own, and of the same user, is coming before it.

    What was handed over to one is of another's series, and stands alone.
    """
    link, earlier, its = SeriesOccurrence, aliased(Reservation), aliased(SeriesOccurrence)
    me = actor.person_id
    own = or_(Series.user_id == me, Series.booker_id == me, Reservation.second_id == me)
    listed = or_(earlier.user_id == me, earlier.booker_id == me, earlier.second_id == me)
    return exists(
        select(1)
        .select_from(link)
        .join(Series, (Series.id == link.series_id) & own)
        .join(its, its.series_id == link.series_id)
        .join(earlier, earlier.id == its.reservation_id)
        .where(
            link.reservation_id == Reservation.id,
            earlier.ends_at > now,
            earlier.state.not_in(GONE),
            earlier.user_id == Reservation.user_id,
            listed,
            tuple_(type_coerce(earlier.starts_at, BigInteger), earlier.id) < tuple_(_STARTS, Reservation.id),
        )
        .correlate(Reservation)
    )


def one_whole(reservation_id: int) -> Row[Any]:
    """One reservation with names; the caller has asked for the right to see it."""
    return db.session.execute(_one_of_them(), {"number": reservation_id}).one()


@cache
def _one_of_them() -> Select[Any]:
    return whole().where(Reservation.id == bindparam("number"))


def unit_of(row: Row[Any]) -> tuple[str, str]:
    """The names of the unit that a reservation serves: the group, else the institution; ("", "") for none."""
    group, home = ResearchGroup, Institution
    owner, number = (group, row.group_id) if row.group_id is not None else (home, row.institution_id)
    found = db.session.execute(select(owner.name_en, owner.name_zh).where(owner.id == number)).first()
    return (found.name_en, found.name_zh) if found else ("", "")


def _own(actor: Actor) -> ColumnElement[bool]:
    """What somebody uses, booked, or will be present at as the second person."""
    one, me = Reservation, actor.person_id
    return or_(one.user_id == me, one.booker_id == me, one.second_id == me)


def _in_scope(actor: Actor) -> ColumnElement[bool]:
    """What `lookup.allowed` says of one reservation, as a condition over all of them."""
    parts: list[ColumnElement[bool]] = [_own(actor)]
    for grant in actor.grants:
        if grant.role in ALLOWED[Action.RESERVATION_SEE]:
            parts.append(_covered(SCOPE_OF_ROLE[grant.role], grant.scope_id))
    return or_(*parts)


def _covered(kind: str, scope_id: int | None) -> ColumnElement[bool]:
    if kind == "platform":
        return true()
    if kind == "institution":
        return or_(Instrument.institution_id == scope_id, Reservation.institution_id == scope_id)
    if kind == "lab":
        return Instrument.lab_id == scope_id
    return Reservation.group_id == scope_id if kind == "group" else false()
