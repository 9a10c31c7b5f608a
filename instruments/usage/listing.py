"""Lists of uses, page by page, with the names that readers want beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    type_coerce,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab, Person
from instruments.people.rights import ALLOWED, SCOPE_OF_ROLE, Action, Actor
from instruments.reservations.models import Reservation
from instruments.usage.kinds import CONFIRMED, RUNNING, VOID, WAITING
from instruments.usage.models import (
    IS_ALIVE,
    IS_LATE,
    IS_WAITING,
    InstrumentUse,
    RunCustomer,
    UseCorrection,
    UseSpan,
)

VIEWS = ("nobody", "flagged", "waiting", "running", "confirmed")
_ALL = true()
_STARTS = type_coerce(InstrumentUse.started_at, BigInteger)
_User, _Operator, _Confirmer = aliased(Person), aliased(Person), aliased(Person)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which uses of those in scope; None leaves the question open."""

    instrument_id: int | None = None
    lab_id: int | None = None
    reservation_id: int | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether it names where to look, so that few uses are left to be looked at one by one."""
        return any(each is not None for each in (self.instrument_id, self.lab_id, self.reservation_id))


@cache
def whole() -> Select[Any]:
    """A use with the names of its instrument, lab, user, operator and of who confirmed it."""
    one, thing, lab = InstrumentUse, Instrument, Lab
    return (
        select(
            *one.__table__.c, thing.name_en.label("instrument_en"), thing.name_zh.label("instrument_zh"),
            thing.lab_id, thing.institution_id.label("owner_id"), lab.name_en.label("lab_en"),
            lab.name_zh.label("lab_zh"), lab.zone, _User.name_en.label("user_en"), _User.name_zh.label("user_zh"),
            _Operator.name_en.label("operator_en"), _Operator.name_zh.label("operator_zh"),
            _Confirmer.name_en.label("confirmer_en"), _Confirmer.name_zh.label("confirmer_zh"),
            Reservation.booker_id, Reservation.ends_at.label("held_ends_at"),
        )
        .join(thing, thing.id == one.instrument_id)
        .join(lab, lab.id == thing.lab_id)
        .outerjoin(_User, _User.id == one.user_id)
        .outerjoin(_Operator, _Operator.id == one.operator_id)
        .outerjoin(_Confirmer, _Confirmer.id == one.confirmed_by_id)
        .outerjoin(Reservation, Reservation.id == one.reservation_id)
    )  # fmt: skip


def one_whole(use_id: int) -> Row[Any]:
    """One use with names; the caller has asked for the right to see it."""
    return db.session.execute(whole().where(InstrumentUse.id == use_id)).one()


def page(actor: Actor, which: Filter, after: list[int] | None, limit: int) -> Sequence[Row[Any]]:
    """The uses that are the actor's to see in the order of their start, after the cursor [start, id]; one more than
    `limit` if there are more."""
    one = InstrumentUse
    conditions = [one.state == which.state if which.state else one.state != VOID]
    same = {
        one.instrument_id: which.instrument_id,
        Instrument.lab_id: which.lab_id,
        one.reservation_id: which.reservation_id,
    }
    conditions += [column == number for column, number in same.items() if number is not None]
    if which.since is not None:
        conditions.append(or_(one.ended_at.is_(None), one.ended_at > which.since))
    if which.until is not None:
        conditions.append(one.started_at < which.until)
    if after is not None:
        conditions.append(tuple_(_STARTS, one.id) > tuple_(*after))
    # Which it is comes first, by their numbers alone: names are joined only to those that are shown.
    chosen = _chosen(actor, which).where(*conditions)
    asked = whole().where(one.id.in_(chosen.order_by(_STARTS, one.id).limit(limit + 1)))
    return db.session.execute(asked.order_by(_STARTS, one.id)).all()


def of_lab(
    lab_id: int, view: str, limit: int, offset: int = 0, only: Collection[int] | None = None
) -> Sequence[Row[Any]]:
    """The uses of a lab: of whom nobody said who it was, what else waits with a flag or was confirmed before a report came (both
    the earliest first), what waits without one (the nearest deadline first), what runs, or what was confirmed (the latest
    first). only: of these."""
    one = InstrumentUse
    conditions, order = {
        "nobody": ((one.state == WAITING, one.user_id.is_(None)), (one.started_at, one.id)),
        "flagged": ((one.id.in_(_flagged(lab_id)),), (one.started_at, one.id)),
        "waiting": ((one.state == WAITING, one.flags == ""), (one.confirm_by, one.id)),
        "running": ((one.state == RUNNING,), (one.started_at, one.id)),
        "confirmed": ((one.state == CONFIRMED,), (one.confirmed_at.desc(), one.id.desc())),
    }[view]
    asked = whole().where(Instrument.lab_id == lab_id, *conditions).order_by(*order)
    if only is not None:
        asked = asked.where(one.id.in_(only))
    return db.session.execute(asked.limit(limit).offset(offset)).all()


def count_in(lab_id: int, view: str) -> int:
    """How many uses of a lab are in a view, the confirmed included."""
    if view != CONFIRMED:
        return counts_of([lab_id])[view]
    there = (
        select(func.count())
        .select_from(InstrumentUse)
        .join(Instrument, Instrument.id == InstrumentUse.instrument_id)
    )
    mine = (Instrument.lab_id == lab_id) & (InstrumentUse.state == CONFIRMED)
    return db.session.scalar(there.where(mine)) or 0


def _flagged(lab_id: int) -> Select[int]:
    """What needs a look: each sort by its own index, as joined by OR none would serve."""
    one = InstrumentUse
    of_it = (
        select(one.id).join(Instrument, Instrument.id == one.instrument_id).where(Instrument.lab_id == lab_id)
    )
    waits = of_it.where(IS_WAITING, one.flags != "", one.user_id.is_not(None))
    both = union(waits, of_it.where(*IS_LATE)).subquery()
    return select(both.c.id)


def these(lab_id: int, numbers: Collection[int]) -> Sequence[Row[Any]]:
    """These uses of a lab, in whatever state."""
    one = InstrumentUse
    return db.session.execute(
        whole().where(Instrument.lab_id == lab_id, one.id.in_(numbers)).order_by(one.id)
    ).all()


def counts_of(lab_ids: Sequence[int]) -> dict[str, int]:
    """How many uses of these labs are in each view but the confirmed."""
    one = InstrumentUse
    flagged, unknown = one.flags != "", one.user_id.is_(None)
    open_ones = (
        select(one.state, flagged, unknown, func.count())
        .join(Instrument, Instrument.id == one.instrument_id)
        .where(Instrument.lab_id.in_(lab_ids), or_(one.state == WAITING, one.state == RUNNING))
        .group_by(one.state, flagged, unknown)
    )
    late = (
        select(literal(CONFIRMED), true(), false(), func.count())
        .select_from(one)
        .join(Instrument, Instrument.id == one.instrument_id)
        .where(Instrument.lab_id.in_(lab_ids), *IS_LATE)
    )
    found = dict.fromkeys(VIEWS[:4], 0)
    for state, is_flagged, is_unknown, number in db.session.execute(union_all(open_ones, late)):
        view = (
            "running"
            if state == RUNNING
            else "nobody"
            if is_unknown
            else "flagged"
            if is_flagged
            else "waiting"
        )
        found[view] += number
    return found


def confirmed_until(rows: Iterable[Any]) -> dict[int, int]:
    """Until when, in UTC seconds, what was reported of confirmed uses counts, by their numbers; of the others all does."""
    return {row.id: int(row.confirmed_at.timestamp()) for row in rows if row.state == CONFIRMED}


def spans_of(use_id: int) -> Sequence[Row[Any]]:
    """Every span of a use as it was reported or corrected, in order, with who recorded it."""
    one = UseSpan
    return db.session.execute(
        select(one.id, one.layer, one.started_at, one.ended_at, one.grade, one.reporter, one.source_key,
               one.attribution, one.correction_id, one.recorded_at, one.recorded_by_id, Person.name_en, Person.name_zh)
        .outerjoin(Person, Person.id == one.recorded_by_id)
        .where(one.use_id == use_id)
        .order_by(one.started_at, one.id)
    ).all()  # fmt: skip


def corrections_of(use_id: int) -> Sequence[Row[Any]]:
    """The corrections of a use, the last first: (id, layer, reason, corrected_at, name_en, name_zh)."""
    one = UseCorrection
    return db.session.execute(
        select(
            one.id,
            one.layer,
            one.reason,
            one.corrected_at,
            one.corrected_by_id,
            Person.name_en,
            Person.name_zh,
        )
        .join(Person, Person.id == one.corrected_by_id)
        .where(one.use_id == use_id)
        .order_by(one.id.desc())
    ).all()


def last_corrections(use_id: int) -> dict[str, int]:
    """The number of the correction that counts by layer; layers that nobody corrected are left out."""
    one = UseCorrection
    rows = db.session.execute(
        select(one.layer, func.max(one.id)).where(one.use_id == use_id).group_by(one.layer)
    )
    return {layer: int(number) for layer, number in rows}


def _chosen(actor: Actor, which: Filter) -> Select[int]:
    """The numbers of the uses that `lookup.allowed` lets somebody see.

    Among few they are looked at one by one. Among all, each reason to see some is asked by its own index, and together they
    are those numbers: joined by OR, no index would serve, and every use there is would be read.
    """
    one, grants = InstrumentUse, [each for each in actor.grants if each.role in ALLOWED[Action.USE_SEE]]
    covered = [_covered(SCOPE_OF_ROLE[grant.role], grant.scope_id) for grant in grants]
    every = select(one.id).join(Instrument, Instrument.id == one.instrument_id)
    if which.is_narrow:
        own = [one.user_id == actor.person_id, Reservation.booker_id == actor.person_id]
        asked = every.outerjoin(Reservation, Reservation.id == one.reservation_id)
        return asked.where(or_(*own, *(part for parts in covered for part in parts)))
    if any(part is _ALL for parts in covered for part in parts):
        return every
    booked = select(Reservation.id).where(Reservation.booker_id == actor.person_id)
    seen = [
        select(one.id).where(one.user_id == actor.person_id),
        select(one.id).where(one.reservation_id.in_(booked), *([] if which.state == VOID else [IS_ALIVE])),
        *(every.where(part) for parts in covered for part in parts),
    ]
    return select(one.id).where(one.id.in_(union(*seen)))


def _covered(kind: str, scope_id: int | None) -> list[ColumnElement[bool]]:
    """Which uses a role on a scope covers: one condition for each index that finds them."""
    one = InstrumentUse
    found: dict[str, list[ColumnElement[bool]]] = {
        "platform": [_ALL],
        "institution": [Instrument.institution_id == scope_id, one.institution_id == scope_id],
        "lab": [Instrument.lab_id == scope_id],
        "group": [one.group_id == scope_id],
    }
    return found.get(kind, [])


def is_customer(use_id: int, actor: Actor) -> bool:
    """Whether a run was made for the actor, among others."""
    one = RunCustomer
    mine = (one.use_id == use_id) & (one.person_id == actor.person_id)
    return db.session.execute(select(one.id).where(mine).limit(1)).first() is not None
