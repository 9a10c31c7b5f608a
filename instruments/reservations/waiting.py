"""What waits for a lab's answer, soonest deadline first, what it answered, and what helps it to decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Row, Select, case, exists, func, or_, select, tuple_, type_coerce
from sqlalchemy.orm import aliased

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Institution, Lab, ResearchGroup
from instruments.people.rights import Actor, Role
from instruments.reservations.listing import whole
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.series_models import SeriesOccurrence

LATE = timedelta(hours=24)
SHOWN_DECISIONS = ("approved", "declined", "expired")
_PROPOSED = case((Approval.proposed_at.is_(None), 0), else_=1)
_DUE = type_coerce(Approval.due_at, BigInteger)
_DECIDED = type_coerce(Approval.decided_at, BigInteger)


def _requests(lab_id: int) -> Select[Any]:
    """Requests of a lab with all that a line of the queue says."""
    home, group = Institution.__table__.alias("of_user"), ResearchGroup.__table__.alias("served")
    return (
        whole()
        .add_columns(
            Approval.rule_id, Approval.circle, Approval.above_minutes, Approval.managers_only,
            Approval.own_together, Approval.asked_at, Approval.decided_at, _PROPOSED.label("is_proposed"),
            home.c.name_en.label("unit_en"), home.c.name_zh.label("unit_zh"),
            group.c.name_en.label("group_en"), group.c.name_zh.label("group_zh"),
        )
        .outerjoin(home, home.c.id == Reservation.institution_id)
        .outerjoin(group, group.c.id == Reservation.group_id)
        .where(Instrument.lab_id == lab_id)
    )  # fmt: skip


def _open() -> Any:
    return Approval.decision.is_(None) & (Reservation.state == "requested")


def follows_in_series() -> Any:
    """Whether an earlier request of the same series is open, too: one line of the queue stands for all of them."""
    link, its, earlier, asked = (
        SeriesOccurrence,
        aliased(SeriesOccurrence),
        aliased(Reservation),
        aliased(Approval),
    )
    return exists(
        select(1)
        .select_from(link)
        .join(its, (its.series_id == link.series_id) & (its.position < link.position))
        .join(earlier, earlier.id == its.reservation_id)
        .join(asked, asked.reservation_id == earlier.id)
        .where(
            link.reservation_id == Reservation.id,
            earlier.state == "requested",
            asked.decision.is_(None),
            asked.proposed_at.is_(None) == Approval.proposed_at.is_(None),
        )
        .correlate(Reservation, Approval)
    )


def waiting(lab_id: int, after: list[int] | None, limit: int) -> Sequence[Row[Any]]:
    """What waits for the lab, then what waits for who asked; one more than `limit` if there are. Of a series the first.

    after: [whether it was proposed, due, id] of the last of the page before.
    """
    found = _requests(lab_id).where(_open(), ~follows_in_series())
    if after is not None:
        found = found.where(tuple_(_PROPOSED, _DUE, Reservation.id) > tuple_(*after))
    return db.session.execute(found.order_by(_PROPOSED, _DUE, Reservation.id).limit(limit + 1)).all()


def answered(lab_id: int, after: list[int] | None, limit: int) -> Sequence[Row[Any]]:
    """What the lab answered or let expire, the latest first; one more than `limit` if there are.

    after: [decided, id] of the last of the page before.
    """
    found = _requests(lab_id).where(Approval.decision.in_(SHOWN_DECISIONS))
    if after is not None:
        found = found.where(tuple_(_DECIDED, Reservation.id) < tuple_(*after))
    return db.session.execute(found.order_by(_DECIDED.desc(), Reservation.id.desc()).limit(limit + 1)).all()


def one_waiting(lab_id: int, reservation_id: int) -> Row[Any] | None:
    """One open request of the lab; None when it is not, or no longer."""
    return db.session.execute(_requests(lab_id).where(_open(), Reservation.id == reservation_id)).first()


def requests_among(lab_id: int, reservation_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Those of these reservations that are open requests of the lab."""
    return db.session.execute(_requests(lab_id).where(_open(), Reservation.id.in_(reservation_ids))).all()


def count_waiting(lab_id: int) -> int:
    """How many requests wait for the lab."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Approval)
            .join(Reservation, Reservation.id == Approval.reservation_id)
            .join(Instrument, Instrument.id == Reservation.instrument_id)
            .where(Instrument.lab_id == lab_id, _open(), Approval.proposed_at.is_(None))
        )
        or 0
    )


@dataclass(frozen=True)
class Past:
    """What a person has used in a lab so far: how often, and how often it was cancelled, or within a day of the start.

    coming: how many confirmed bookings are not over yet.
    """

    used: int
    cancelled: int
    cancelled_late: int
    coming: int


def past_with(lab_id: int, user_id: int, now: datetime) -> Past:
    """The history of a person with a lab. One statement."""
    one = Reservation
    over = one.state.in_(("confirmed", "done", "released")) & (one.ends_at <= now)
    coming = (one.state == "confirmed") & (one.ends_at > now)
    cancelled = one.state == "cancelled"
    late = cancelled & (
        type_coerce(one.changed_at, BigInteger)
        > type_coerce(one.starts_at, BigInteger) - round(LATE.total_seconds())
    )
    row = db.session.execute(
        select(
            *(
                func.coalesce(func.sum(case((which, 1), else_=0)), 0)
                for which in (over, cancelled, late, coming)
            )
        )
        .select_from(one)
        .join(Instrument, Instrument.id == one.instrument_id)
        .where(one.user_id == user_id, Instrument.lab_id == lab_id)
    ).one()
    return Past(*row)


def labs_of(actor: Actor) -> Sequence[Row[Any]]:
    """The labs that this person runs: (id, name_en, name_zh)."""
    runs = (Role.LAB_MANAGER, Role.LAB_OPERATOR)
    numbers = {grant.scope_id for grant in actor.grants if grant.role in runs}
    if not numbers:
        return ()
    found = select(Lab.id, Lab.name_en, Lab.name_zh).where(Lab.id.in_(numbers)).order_by(Lab.id)
    return db.session.execute(found).all()


def waiting_for(actor: Actor) -> Sequence[Row[Any]]:
    """By lab that this person runs: how many requests wait for them, and the soonest deadline. One statement.

    Not those that they asked for, or that only managers decide where they are none: (lab_id, count, due).
    """
    managed = [grant.scope_id for grant in actor.grants if grant.role is Role.LAB_MANAGER]
    operated = [grant.scope_id for grant in actor.grants if grant.role is Role.LAB_OPERATOR]
    if not (managed or operated):
        return ()
    thing, me = Instrument, actor.person_id
    mine = or_(thing.lab_id.in_(managed), thing.lab_id.in_(operated) & Approval.managers_only.is_(False))
    return db.session.execute(
        select(thing.lab_id, func.count().label("count"), func.min(Approval.due_at).label("due"))
        .join(Reservation, Reservation.id == Approval.reservation_id)
        .join(thing, thing.id == Reservation.instrument_id)
        .where(
            _open(), Approval.proposed_at.is_(None), mine, Reservation.user_id != me, Reservation.booker_id != me
        )
        .group_by(thing.lab_id)
        .order_by(thing.lab_id)
    ).all()  # fmt: skip


def proposals_to(actor: Actor, limit: int) -> Sequence[Row[Any]]:
    """The reservations for which a lab has proposed another time to this person, soonest deadline first."""
    one, me = Reservation, actor.person_id
    return db.session.execute(
        whole()
        .where(_open(), Approval.proposed_at.is_not(None), or_(one.user_id == me, one.booker_id == me))
        .order_by(_DUE, one.id)
        .limit(limit)
    ).all()
