"""Find uses: one by its number, and who may see, record or confirm it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select

from instruments.catalog import revision
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal, Stale
from instruments.people.companies import companies_among, tells_company
from instruments.people.rights import Action, Actor, Scope, may
from instruments.reservations.models import Reservation
from instruments.usage.kinds import RUNNING, VOID
from instruments.usage.models import InstrumentUse

_USE: Any = InstrumentUse.__table__
_COLUMNS = (
    *_USE.c, Instrument.lab_id, Instrument.institution_id.label("owner_id"), Reservation.booker_id,
    Reservation.ends_at.label("held_ends_at"),
)  # fmt: skip


def use_row(use_id: int, actor: Actor) -> Row[Any]:
    """One use with its instrument's `lab_id` and institution (`owner_id`). Raises NotFound when there is none, or none that
    the actor may know of."""
    row = _one(_USE.c.id == use_id)
    if row is None or not allowed(actor, Action.USE_SEE, row):
        raise NotFound([Reason("no_use", None, N_("There is no such use, or it is not yours to see."))])
    return row


def use_of(reservation_id: int) -> Row[Any] | None:
    """The use of a reservation that was not undone."""
    return _one((_USE.c.reservation_id == reservation_id) & (_USE.c.state != VOID))


def use_again(use_id: int) -> Row[Any]:
    """The use as it stands now, read under the lock."""
    row = _one(_USE.c.id == use_id)
    if row is None:
        raise NotFound([Reason("no_use", None, N_("There is no such use, or it is not yours to see."))])
    return row


def _one(which: Any) -> Row[Any] | None:
    return db.session.execute(
        select(*_COLUMNS)
        .join(Instrument, Instrument.id == _USE.c.instrument_id)
        .outerjoin(Reservation, Reservation.id == _USE.c.reservation_id)
        .where(which)
    ).first()


def running_on(instrument_id: int) -> list[Row[Any]]:
    """The uses that run on an instrument, the earliest first."""
    return list(
        db.session.execute(
            select(*_COLUMNS)
            .join(Instrument, Instrument.id == _USE.c.instrument_id)
            .outerjoin(Reservation, Reservation.id == _USE.c.reservation_id)
            .where(_USE.c.instrument_id == instrument_id, _USE.c.state == RUNNING)
            .order_by(_USE.c.started_at, _USE.c.id)
        )
    )


def running_count(instrument_id: int) -> int:
    """How many uses run on an instrument."""
    mine = (_USE.c.instrument_id == instrument_id) & (_USE.c.state == RUNNING)
    return db.session.scalar(select(func.count()).select_from(_USE).where(mine)) or 0


def allowed(actor: Actor, action: Action, row: Any) -> bool:
    """Whether the actor may do this to a use: as its user or booker, from the instrument's side or the user's."""
    people = frozenset({row.user_id, row.booker_id} - {None})
    groups = frozenset() if row.group_id is None else frozenset({row.group_id})
    if may(actor, action, Scope(row.owner_id, row.lab_id, frozenset(), people)):
        return True
    return action is Action.USE_SEE and may(actor, action, Scope(row.institution_id, None, groups, people))


def merged_companies(
    actor: Actor, rows: Iterable[Any], customers: Mapping[int, Sequence[Any]]
) -> dict[int, set[int]]:
    """By use, the companies of which the actor is not told which they are, among those of its user and its customers. One
    statement, mostly none."""
    asked = {
        row.id: set()
        if tells_company(actor, row, (row.user_id, row.booker_id))
        else {row.institution_id, *(each.institution_id for each in customers.get(row.id, ()))}
        for row in rows
    }
    companies = companies_among({number for some in asked.values() for number in some})
    return {number: some & companies for number, some in asked.items()}


def sees_payer(actor: Actor, row: Any) -> bool:
    """Whether the actor may know from which fund a use is paid: whoever may know what a reservation of it would cost, or sees
    the lab's income or what its user's side bears. Not the platform, which sees nobody's money."""
    groups = frozenset() if row.group_id is None else frozenset({row.group_id})
    people = frozenset({row.user_id, row.booker_id} - {None})
    lab, served = Scope(row.owner_id, row.lab_id, person_ids=people), Scope(row.institution_id, None, groups)
    sides = ((Action.RESERVATION_PRICE, lab), (Action.RESERVATION_PRICE, served),
             (Action.INCOME_SEE, lab), (Action.COSTS_SEE, served))  # fmt: skip
    return any(may(actor, action, scope) for action, scope in sides)


def is_staff(actor: Actor, row: Any) -> bool:
    """Whether the actor records uses for the lab."""
    return may(actor, Action.USE_CONFIRM, Scope(row.owner_id, row.lab_id))


def require(actor: Actor, action: Action, row: Any) -> None:
    """Raises Forbidden unless the actor may do this to the use or reservation."""
    if not allowed(actor, action, row):
        remedy = N_("Ask who uses the instrument, or the lab.")
        raise Forbidden(
            [Reason("forbidden", None, N_("You may look at this, but not change it."), {}, remedy)]
        )


def require_use_version(row: Any, version: int | None) -> None:
    """Raises Stale when the use is no longer what the actor saw."""
    if version is not None and row.version != version:
        sentence = N_("This use was changed since you opened it.")
        raise Stale([Reason("stale", None, sentence, {}, N_("Look at it again, then decide."))])


def refuse(
    code: str, sentence: str, remedy: str | None = None, field: str | None = None, **values: Any
) -> Refusal:
    """A refusal for one reason."""
    return Refusal([Reason(code, field, sentence, values, remedy)])


def lock_running(actor: Actor, use_id: int, version: int | None) -> Row[Any]:
    """A use that runs, for who may record it, under the lock of its instrument, inside a deed.

    Raises NotFound, Forbidden, Stale, or Refusal.
    """
    row = use_row(use_id, actor)
    require(actor, Action.USE_RECORD, row)
    revision.lock([row.instrument_id])
    row = use_again(use_id)
    require_use_version(row, version)
    if row.state != RUNNING:
        raise refuse("not_running", N_("This use is finished already."))
    return row


def lock_running_reserved(actor: Actor, use_id: int, version: int | None) -> Row[Any]:
    """The same of a use on a reservation."""
    row = lock_running(actor, use_id, version)
    if row.reservation_id is None:
        raise refuse("not_running", N_("This use is finished already."))
    return row
