"""Uses as figures see them: when somebody was there, what was effective, on what evidence, and for whom; many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, select, type_coerce

from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.reservations.models import LONGEST_SECONDS
from instruments.timespan import Pair
from instruments.usage.facts import Customer, weights
from instruments.usage.keeping import USE, settled_many
from instruments.usage.kinds import CONFIRMED, WAITING
from instruments.usage.models import RunCustomer
from instruments.usage.settling import Settled, graded_within, portions

_CUSTOMER: Any = RunCustomer.__table__
AT_ONCE = 20_000
# From its first to its last second, by all that may be reported of it.
LONGEST = 2 * LONGEST_SECONDS


class Served(NamedTuple):
    """One for whom an instrument was used: their institution, group and person where known, the effective time, their part
    of the used time by its evidence, and when it was."""

    institution_id: int | None
    group_id: int | None
    person_id: int | None
    effective: tuple[Pair, ...]
    samples: int
    evidence: tuple[tuple[Pair, str], ...]
    attended: tuple[Pair, ...]


class CountedUse(NamedTuple):
    """One use that is over, in UTC seconds; started, ended: by all that is known of it; reserved: the time reserved for it as
    it stood when it began, None without."""

    id: int
    instrument_id: int
    reservation_id: int | None
    started: int
    ended: int
    confirmed: int | None
    reserved: Pair | None
    attended: tuple[Pair, ...]
    evidence: tuple[tuple[Pair, str], ...]
    served: tuple[Served, ...]


def _seconds(name: str) -> Any:
    return type_coerce(USE.c[name], BigInteger)


def uses_counted(instrument_ids: Collection[int], first: int, last: int, now: datetime) -> list[CountedUse]:
    """The uses of these instruments that are over and lie, or were confirmed, within [first, last).

    A constant number of statements for each 20,000 uses: the uses, their corrections, spans and customers.
    """
    return _settled(_rows(instrument_ids, first, last), now)


def uses_served(
    group_id: int | None, institution_id: int | None, first: int, last: int, now: datetime, most: int
) -> list[CountedUse] | None:
    """The uses for a group, or else for people of an institution, that are over and lie within [first, last); None where they
    are more than this many. A constant number of statements for each 20,000: theirs, runs for several, and as above."""
    own = USE.c.group_id == group_id if group_id else USE.c.institution_id == institution_id
    one = _CUSTOMER.c
    theirs = one.group_id == group_id if group_id else one.institution_id == institution_id
    rows = {}
    for whose in (own, USE.c.id.in_(select(one.use_id).where(theirs))):
        asked = select(*_COLUMNS).where(whose, *_lies(first, last)).limit(most + 1)
        rows |= {row.id: row for row in db.session.execute(asked)}
    return None if len(rows) > most else _settled(list(rows.values()), now)


def _lies(first: int, last: int) -> tuple[Any, ...]:
    start, end = _seconds("started_at"), _seconds("ended_at")
    return first - LONGEST < start, start < last, end > first, USE.c.state.in_((WAITING, CONFIRMED))


def _settled(rows: Sequence[Any], now: datetime) -> list[CountedUse]:
    found: list[CountedUse] = []
    for begin in range(0, len(rows), AT_ONCE):
        batch = rows[begin : begin + AT_ONCE]
        limits = {row.id: row.confirmed for row in batch if row.confirmed is not None}
        settled = settled_many([row.id for row in batch], now, limits)
        customers = _customers([row.id for row in batch])
        found += [_counted(row, settled[row.id], customers.get(row.id, ())) for row in batch]
    return found


_COLUMNS = (
    USE.c.id, USE.c.instrument_id, USE.c.reservation_id, USE.c.user_id, USE.c.institution_id, USE.c.group_id,
    USE.c.samples, _seconds("started_at").label("start"), _seconds("ended_at").label("end"),
    _seconds("confirmed_at").label("confirmed"), _seconds("reserved_from").label("since"),
    _seconds("reserved_until").label("until"),
)  # fmt: skip


def _rows(instrument_ids: Collection[int], first: int, last: int) -> Sequence[Any]:
    dialect = db.engine.dialect.name
    start, end, confirmed = _seconds("started_at"), _seconds("ended_at"), _seconds("confirmed_at")
    c = USE.c
    lies, is_confirmed = (start < last) & (end >= first), (confirmed >= first) & (confirmed < last)
    return db.session.execute(
        select(*_COLUMNS)
        # Nothing is confirmed before it began, and that bounds what is looked through.
        .where(
            among(c.instrument_id, dialect),
            start < last,
            c.state.in_((WAITING, CONFIRMED)),
            lies | is_confirmed,
        )
        .order_by(c.instrument_id, c.started_at, c.id),
        {"numbers": as_parameter(list(instrument_ids), dialect)},
    ).all()


def _customers(use_ids: Sequence[int]) -> dict[int, list[Any]]:
    dialect = db.engine.dialect.name
    found: dict[int, list[Any]] = {}
    asked = select(_CUSTOMER).where(among(_CUSTOMER.c.use_id, dialect)).order_by(_CUSTOMER.c.position)
    for row in db.session.execute(asked, {"numbers": as_parameter(list(use_ids), dialect)}):
        found.setdefault(row.use_id, []).append(row)
    return found


def _counted(row: Any, settled: Settled, customers: Sequence[Any]) -> CountedUse:
    reserved = None if row.since is None else (row.since, row.until)
    return CountedUse(
        row.id, row.instrument_id, row.reservation_id, row.start, row.end, row.confirmed, reserved, tuple(settled.used),
        settled.graded, tuple(_served(row, settled, customers)),
    )  # fmt: skip


def _served(row: Any, settled: Settled, customers: Sequence[Any]) -> Iterator[Served]:
    """A use without customers of its own is its user's; a run is divided as entered, else by samples."""
    if not customers:
        effective = tuple(settled.effective)
        yield Served(
            row.institution_id, row.group_id, row.user_id, effective, row.samples or 0, settled.graded,
            tuple(settled.used),
        )  # fmt: skip
        return
    parts = weights([Customer(share=each.share, samples=each.samples) for each in customers])
    divided = zip(customers, portions(settled.effective, parts), portions(settled.used, parts), strict=True)
    for each, spans, used in divided:
        evidence = graded_within(settled.graded, used)
        yield Served(
            each.institution_id, each.group_id, each.person_id, tuple(spans), each.samples, evidence, tuple(used)
        )  # fmt: skip
