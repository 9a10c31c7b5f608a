"""Look through what was recorded: one's own, a lab's, and the appeals that wait for somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.people.models import Lab, Person
from instruments.people.rights import ALLOWED, SCOPE_OF_ROLE, Action, Actor, Role
from instruments.reservations.conduct.deciders import without_deciders
from instruments.reservations.conduct.models import Violation
from instruments.reservations.conduct.recording import may_see, no_violation
from instruments.reservations.conduct.rules import IN_FORCE, STANDING
from instruments.reservations.models import Reservation

VIEWS = ("standing", "earlier")
MOST_NEEDS = 20


def _rows() -> Select[Any]:
    one, person, recorder, decider = Violation, Person, aliased(Person), aliased(Person)
    return (
        select(
            one.id, one.lab_id, one.person_id, one.kind_id, one.kind_en, one.kind_zh, one.reservation_id, one.happened_on,
            one.reason, one.recorded_by_id, one.recorded_at, one.expires_at, one.suspended_until, one.state,
            one.appealed_at, one.appeal, one.decided_by_id, one.decided_at, one.answer, one.version,
            person.name_en.label("person_en"), person.name_zh.label("person_zh"),
            recorder.name_en.label("recorder_en"), recorder.name_zh.label("recorder_zh"),
            decider.name_en.label("decider_en"), decider.name_zh.label("decider_zh"),
            Lab.institution_id, Lab.zone, Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"),
            Instrument.id.label("instrument_id"), Instrument.name_en.label("instrument_en"),
            Instrument.name_zh.label("instrument_zh"),
        )
        .join(person, person.id == one.person_id)
        .join(recorder, recorder.id == one.recorded_by_id)
        .join(Lab, Lab.id == one.lab_id)
        .outerjoin(decider, decider.id == one.decided_by_id)
        .outerjoin(Reservation, Reservation.id == one.reservation_id)
        .outerjoin(Instrument, Instrument.id == Reservation.instrument_id)
    )  # fmt: skip


def the_violation(actor: Actor, violation_id: int, now: datetime) -> Row[Any]:
    """One that the actor may see; raises NotFound for any other."""
    row = db.session.execute(_rows().where(Violation.id == violation_id)).first()
    if row is None or not may_see(actor, row, now):
        raise no_violation()
    return row


def mine(person_id: int, after: int | None, limit: int) -> Sequence[Row[Any]]:
    """What was recorded of a person, the newest first; after: the number of the row before; one more than asked for."""
    return _page(Violation.person_id == person_id, after, limit)


def of_lab(lab_id: int, view: str, now: datetime, after: int | None, limit: int) -> Sequence[Row[Any]]:
    """What a lab recorded, the newest first: what stands now, or what expired, was lifted or withdrawn."""
    stands = and_(Violation.state.in_(IN_FORCE), Violation.expires_at > now)
    return _page(and_(Violation.lab_id == lab_id, stands if view == "standing" else ~stands), after, limit)


def _page(which: ColumnElement[bool], after: int | None, limit: int) -> Sequence[Row[Any]]:
    found = _rows().where(which).order_by(Violation.id.desc()).limit(limit + 1)
    return db.session.execute(found if after is None else found.where(Violation.id < after)).all()


def suspended_now(person_id: int, now: datetime) -> Sequence[Row[Any]]:
    """The labs at which a person is suspended: (id, lab names, zone, suspended_until), the longest first. One statement."""
    one = Violation
    return db.session.execute(
        select(
            one.id, Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"), Lab.zone, one.suspended_until
        )
        .join(Lab, Lab.id == one.lab_id)
        .where(one.person_id == person_id, one.suspended_until > now, one.state.in_(IN_FORCE))
        .order_by(one.suspended_until.desc())
        .limit(MOST_NEEDS)
    ).all()


def appeals_for(actor: Actor, now: datetime) -> Sequence[Row[Any]]:
    """The appeals that wait for this person, the oldest first: (id, lab_en, lab_zh). None without a role; one statement, and
    for who runs the platform three more, for those that nobody of the lab or its institution can answer."""
    places: dict[str, list[int]] = {"lab": [], "institution": []}
    for grant in actor.grants:
        if grant.role in ALLOWED[Action.VIOLATION_DECIDE] and grant.scope_id is not None:
            places[SCOPE_OF_ROLE[grant.role]].append(grant.scope_id)
    found: list[Row[Any]] = []
    if any(places.values()):
        mine = or_(Lab.id.in_(places["lab"]), Lab.institution_id.in_(places["institution"]))
        found += db.session.execute(_waiting(actor).where(mine).limit(MOST_NEEDS)).all()
    if actor.has(Role.PLATFORM_ADMINISTRATOR):
        others = db.session.execute(
            _waiting(actor).where(Violation.id.not_in([row.id for row in found]))
        ).all()
        found += without_deciders(others, now)[:MOST_NEEDS]
    return found


def _waiting(actor: Actor) -> Select[Any]:
    """The appeals that nobody has answered, but those that concern the actor."""
    one, me = Violation, actor.person_id
    return (
        select(
            one.id, one.lab_id, Lab.institution_id, one.person_id, one.recorded_by_id,
            Lab.name_en.label("lab_en"), Lab.name_zh.label("lab_zh"),
        )
        .join(Lab, Lab.id == one.lab_id)
        .where(
            one.state == STANDING, one.appealed_at.is_not(None), one.person_id != me, one.recorded_by_id != me,
        )
        .order_by(one.appealed_at)
    )  # fmt: skip


def count_standing(lab_id: int, now: datetime) -> int:
    """How many of a lab's stand."""
    one = Violation
    mine = (one.lab_id == lab_id, one.state.in_(IN_FORCE), one.expires_at > now)
    return db.session.scalar(select(func.count()).select_from(one).where(*mine)) or 0
