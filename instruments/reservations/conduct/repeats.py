"""The same fact recorded twice: what stands already of a reservation, or of a person on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select

from instruments.database import db
from instruments.errors import N_, Reason, Refusal
from instruments.people.models import Lab, Person
from instruments.reservations.conduct.models import Violation
from instruments.reservations.conduct.rules import IN_FORCE

MOST_SHOWN = 20


class StandsAlready(Refusal):
    """The same was recorded before, and stands; details carry `violation_id`, for the page."""

    status = 409
    title = N_("This is recorded already")


def standing_of(reservation_id: int) -> Sequence[Row[Any]]:
    """What stands of a reservation, the first recorded first. One statement."""
    return _standing(Violation.reservation_id == reservation_id)


def repeated(
    person_id: int, kind_id: int, reservation_id: int | None, happened_on: date, *, another: bool
) -> Row[Any] | None:
    """What stands already of this kind: of the same reservation, or of the person on the same day, where one of the two names
    no reservation and nobody says that it is another occurrence. To be asked under the lock of the kind."""
    one = Violation
    same: list[ColumnElement[bool]] = []
    if reservation_id is not None:
        same.append(one.reservation_id == reservation_id)
    if not another:
        of_day = and_(one.person_id == person_id, one.happened_on == happened_on)
        same.append(of_day if reservation_id is None else of_day & one.reservation_id.is_(None))
    return next(iter(_standing(one.kind_id == kind_id, or_(*same))), None) if same else None


def repeat_reason(found: Row[Any], reservation_id: int | None) -> Reason:
    """Who recorded it already, and when; and what to do where it may be another occurrence."""
    values = {
        "name": f"{found.name_en} / {found.name_zh}"
        if found.name_en and found.name_zh
        else found.name_en or found.name_zh,
        "when": found.recorded_at,
        "zone": found.zone,
        "day": found.happened_on,
    }
    if reservation_id is not None and found.reservation_id == reservation_id:
        sentence = N_("%(name)s recorded this kind of this reservation already, on %(when)s, and it stands.")
        return Reason("recorded_already", "kind_id", sentence, values)
    sentence = N_(
        "%(name)s recorded this kind of this person for %(day)s already, on %(when)s, and it stands."
    )
    remedy = N_("Say that it is another occurrence, if it is.")
    return Reason("recorded_that_day", "another", sentence, values, remedy)


def _standing(*which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    one = Violation
    return db.session.execute(
        select(
            one.id, one.lab_id, one.person_id, one.kind_id, one.kind_en, one.kind_zh, one.reservation_id, one.happened_on,
            one.recorded_by_id, one.recorded_at, one.appealed_at, one.decided_at, one.state, Person.name_en, Person.name_zh,
            Lab.zone, Lab.institution_id,
        )
        .join(Person, Person.id == one.recorded_by_id)
        .join(Lab, Lab.id == one.lab_id)
        .where(*which, one.state.in_(IN_FORCE))
        .order_by(one.id)
        .limit(MOST_SHOWN)
    ).all()  # fmt: skip
