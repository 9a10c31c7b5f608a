"""Hold sums of funds for things such as reservations: hold, raise, release, expire, settle.

Every deed here is done under the locks on its funds, taken by `lock` after those on instruments, groups and persons, in
ascending order; what is checked before the lock may come too late. The database refuses what does not fit, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, false, insert, or_, select, update

from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.funds.knowing import charger, known, taken_by
from instruments.funds.models import Fund as FundRow
from instruments.funds.models import FundHold
from instruments.funds.objecting import Fund, Wish, no_such_fund, objections
from instruments.funds.watching import watch
from instruments.journal.record import entry, record_many
from instruments.people.rights import Actor

Thing: TypeAlias = tuple[str, int]
_HOLD: Any = FundHold.__table__


@dataclass(frozen=True, slots=True)
class Wanted:
    """A sum that shall be held: of which fund, for which thing, for whose use; what it is for says the wish."""

    fund_id: int
    thing: Thing
    user: Actor
    wish: Wish
    expires_at: datetime | None = None

    @property
    def units(self) -> int:
        """The sum, in minor units; 0 where it is not known."""
        return self.wish.amount.units if self.wish.amount is not None else 0


def lock(fund_ids: Collection[int]) -> None:
    """Take the locks on these funds. SQLite has one writer, who holds the lock already."""
    if fund_ids and db.engine.dialect.name != "sqlite":
        mine = select(FundRow.id).where(FundRow.id.in_(fund_ids)).order_by(FundRow.id)
        db.session.execute(mine.with_for_update(key_share=True))


def hold_objections(wanted: Sequence[Wanted]) -> Iterator[Reason]:
    """Every reason against these holds, all together; without locks it may still come too late."""
    funds = known({each.fund_id for each in wanted})
    taken = _taken(wanted)
    before: dict[int, int] = {}
    for each in wanted:
        fund = funds.get(each.fund_id)
        if fund is None:
            yield no_such_fund()
            continue
        whose = charger(each.user, taken[each.user.person_id][fund.id] + before.get(fund.id, 0))
        yield from objections(_with(fund, before.get(fund.id, 0)), whose, each.wish)
        before[fund.id] = before.get(fund.id, 0) + each.units


def _taken(wanted: Sequence[Wanted]) -> Mapping[int, Mapping[int, int]]:
    numbers = {each.fund_id for each in wanted}
    return {person: taken_by(numbers, person) for person in {each.user.person_id for each in wanted}}


def _with(fund: Fund, units: int) -> Fund:
    """The fund as it is when so much more of it is held."""
    standing = fund.standing
    return replace(fund, standing=standing._replace(held=standing.held + units)) if units else fund


def hold(wanted: Sequence[Wanted], now: datetime, actor_id: int | None) -> list[int]:
    """Hold all of these or none, under the locks on their funds; the holds' numbers, 0 where nothing is to be held.

    Raises Refusal with every reason. What costs nothing holds nothing.
    """
    if reasons := list(hold_objections(wanted)):
        raise Refusal(reasons)
    numbers = [_insert(each, now) if each.units > 0 else 0 for each in wanted]
    _note(
        "fund.held", ((each.fund_id, each.thing, each.units) for each in wanted if each.units), now, actor_id
    )
    watch({each.fund_id for each in wanted}, now)
    return numbers


def _insert(wanted: Wanted, now: datetime, replaces_id: int | None = None) -> int:
    row = {
        "fund_id": wanted.fund_id,
        "thing_kind": wanted.thing[0],
        "thing_id": wanted.thing[1],
        "person_id": wanted.user.person_id,
        "amount_units": wanted.units,
        "made_at": now,
        "expires_at": wanted.expires_at,
        "replaces_id": replaces_id,
    }
    return int(db.session.execute(insert(_HOLD).values(row).returning(_HOLD.c.id)).scalar_one())


def raise_to(wanted: Wanted, now: datetime, actor_id: int | None) -> int:
    """Make what is held of a fund for a thing another sum, higher or lower, under the lock; the new hold's number.

    A fund that was blocked since still bears what was booked before, as far as it goes. Raises NotFound where nothing
    is held, or Refusal with every reason.
    """
    old = _pending([wanted.thing], wanted.fund_id)
    if not old:
        raise NotFound([Reason("no_hold", None, N_("Nothing is held of this fund for this."))])
    wish = replace(wanted.wish, replaced=old[0].amount_units, is_new=False)
    wanted = replace(wanted, wish=wish)
    if reasons := list(hold_objections([wanted])):
        raise Refusal(reasons)
    _resolve([old[0].id], "voided", now)
    number = _insert(wanted, now, old[0].id) if wanted.units > 0 else 0
    _note("fund.held", [(wanted.fund_id, wanted.thing, wanted.units)], now, actor_id)
    watch({wanted.fund_id}, now)
    return number


def held_for(things: Collection[Thing]) -> Sequence[Row[Any]]:
    """What is held for things now: rows (id, fund_id, thing_kind, thing_id, amount_units, person_id)."""
    return _pending(things)


def release(things: Collection[Thing], now: datetime, actor_id: int | None) -> int:
    """Give back all that is held for these things, as when a reservation is cancelled; how many holds.

    Takes the locks on their funds itself. Again changes nothing.
    """
    return _end(_pending(things), "voided", "fund.released", now, actor_id)


def settle(things: Collection[Thing], fund_ids: Collection[int], now: datetime, actor_id: int | None) -> None:
    """After what these things cost was posted on the accounts of these funds, under their locks: the holds are posted.

    Where a charge came to more than was held and the rest of the fund did not bear it, it stands in full, and the fund
    is overdrawn: blocked for new bookings until its budget covers it.
    """
    rows = _pending(things)
    _resolve([row.id for row in rows], "posted", now)
    _note("fund.settled", _told(rows), now, actor_id)
    watch({*fund_ids, *(row.fund_id for row in rows)}, now)


def expire(now: datetime) -> int:
    """Give back the holds whose time is over; how many."""
    rows = db.session.execute(
        _columns().where(_HOLD.c.state == "pending", _HOLD.c.expires_at <= now).order_by(_HOLD.c.id)
    ).all()
    return _end(rows, "expired", "fund.hold_expired", now, None)


def _columns() -> Any:
    hold_ = _HOLD.c
    return select(
        hold_.id, hold_.fund_id, hold_.thing_kind, hold_.thing_id, hold_.amount_units, hold_.person_id
    )


def _pending(things: Collection[Thing], fund_id: int | None = None) -> Sequence[Row[Any]]:
    condition, values = _among(things)
    found = _columns().where(_HOLD.c.state == "pending", condition).order_by(_HOLD.c.id)
    if fund_id is not None:
        found = found.where(_HOLD.c.fund_id == fund_id)
    return db.session.execute(found, values).all()


def _among(things: Collection[Thing]) -> tuple[Any, dict[str, Any]]:
    """The condition that a hold is for one of these things, and its parameters, however many they are."""
    by_kind: dict[str, list[int]] = {}
    for kind, number in things:
        by_kind.setdefault(kind, []).append(number)
    conditions, values = [false()], {}
    for name, (kind, numbers) in enumerate(sorted(by_kind.items())):
        conditions.append(
            (_HOLD.c.thing_kind == kind) & among(_HOLD.c.thing_id, _dialect(), f"numbers_{name}")
        )
        values[f"numbers_{name}"] = as_parameter(numbers, _dialect())
    return or_(*conditions), values


def _dialect() -> str:
    return db.engine.dialect.name


def _end(rows: Sequence[Row[Any]], state: str, deed: str, now: datetime, actor_id: int | None) -> int:
    lock({row.fund_id for row in rows})
    ended = _resolve([row.id for row in rows], state, now)
    gone = [row for row in rows if row.id in ended]
    _note(deed, _told(gone), now, actor_id)
    watch({row.fund_id for row in gone}, now)
    return len(gone)


def _resolve(numbers: Collection[int], state: str, now: datetime) -> set[int]:
    """Resolve those of the holds that still wait; which."""
    if not numbers:
        return set()
    change = (
        update(_HOLD)
        .where(among(_HOLD.c.id, _dialect()), _HOLD.c.state == "pending")
        .values(state=state, resolved_at=now)
        .returning(_HOLD.c.id)
    )
    return set(db.session.scalars(change, {"numbers": as_parameter(numbers, _dialect())}))


def _told(rows: Sequence[Row[Any]]) -> Iterator[tuple[int, Thing, int]]:
    for row in rows:
        yield row.fund_id, (row.thing_kind, row.thing_id), row.amount_units


def _note(deed: str, told: Iterable[tuple[int, Thing, int]], now: datetime, actor_id: int | None) -> None:
    record_many(
        entry(
            now=now,
            actor_id=actor_id,
            deed=deed,
            thing=("fund", fund_id),
            detail={"for": thing[0], "for_id": thing[1], "units": units},
        )
        for fund_id, thing, units in told
    )
