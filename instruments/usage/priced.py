"""Uses that are over as prices see them: what was reserved and used, what the lab owes, what was counted; many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, select, type_coerce

from instruments.availability.models import Closure
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.database.numbers import among, as_parameter
from instruments.rates.counting import Use
from instruments.reservations.models import Reservation
from instruments.timespan import Pair, clipped, merge
from instruments.usage.dividing import divided
from instruments.usage.facts import Customer
from instruments.usage.keeping import CORRECTION, SPAN, USE
from instruments.usage.kinds import BY_RULE, CONFIRMED, RESERVATION, WAITING
from instruments.usage.models import RunCustomer, UseCount
from instruments.usage.settling import Correction, Report, settle

_COUNT: Any = UseCount.__table__
_CUSTOMER: Any = RunCustomer.__table__
_RESERVATION: Any = Reservation.__table__
_CLOSURE: Any = Closure.__table__
AT_ONCE = 2000


def _seconds(table: Any, name: str) -> Any:
    return type_coerce(table.c[name], BigInteger)


class PricedUse(NamedTuple):
    """What one customer of a use that is over is charged for.

    customer: their place in an operator's run, 0 for the only one; use: what happened, as rates.pricing wants it;
    started_at: UTC seconds, the moment that counts for the date of service and, of a walk-up or run, for the version of
    the price; confirmed_at: of the last confirmation, which a correction makes anew, None while it waits for the lab.
    fund_id, version_id and customer_class are those of runs and of what a device reported without a reservation; a
    reservation's, and so a walk-up's, stand with its price.
    """

    use_id: int
    customer: int
    kind: str
    reservation_id: int | None
    instrument_id: int
    lab_id: int
    creditor_id: int
    user_id: int | None
    institution_id: int | None
    group_id: int | None
    mode: str
    fund_id: int | None
    version_id: int | None
    customer_class: str | None
    started_at: int
    ended_at: int
    confirmed_at: int | None
    version: int
    use: Use


def uses_over(use_ids: Collection[int]) -> list[PricedUse]:
    """These uses, as far as they are confirmed or wait to be, in the order of their numbers, each customer of a run on a row
    of its own.

    A constant number of statements for each 2,000: uses, spans, corrections, counts, customers, closures, and what others
    reserved of time that was given back.
    """
    numbers = sorted(set(use_ids))
    found: list[PricedUse] = []
    for first in range(0, len(numbers), AT_ONCE):
        found += _batch(numbers[first : first + AT_ONCE])
    return found


def _batch(numbers: Sequence[int]) -> list[PricedUse]:
    rows = _rows(numbers)
    evidence, corrections = _evidence(rows), _corrections(rows)
    counts, customers = _counts(numbers), _customers(numbers)
    downtimes, others = _downtimes(rows), _paid_by_others(rows)
    made: list[PricedUse] = []
    for row in rows:
        settled = settle(evidence.get(row.id, ()), corrections.get(row.id, ()), with_grades=False)
        reserved = (
            None if row.kind != RESERVATION or row.reserved is None else (row.reserved, row.reserved_end)
        )
        of_run = customers.get(row.id, ())
        whole = Use(
            sessions=tuple(settled.used),
            reserved=reserved,
            not_charged=tuple(merge([*settled.not_charged, *downtimes.get(row.id, ())])),
            paid_by_others=tuple(others.get(row.id, ())),
            ended_by_rule=row.ended_by == BY_RULE,
            counts=counts.get(row.id, {}),
            operator_minutes=row.operator_minutes,
            samples=_samples(row, of_run),
        )
        made += _by_customer(row, whole, of_run)
    return made


def _rows(numbers: Sequence[int]) -> Sequence[Any]:
    dialect = db.engine.dialect.name
    c = USE.c
    return db.session.execute(
        select(
            c.id, c.kind, c.reservation_id, c.instrument_id, Instrument.lab_id,
            Instrument.institution_id.label("creditor_id"), c.user_id, c.institution_id, c.group_id, c.mode, c.fund_id,
            c.version_id, c.customer_class, _seconds(USE, "started_at").label("start"),
            _seconds(USE, "ended_at").label("end"), _seconds(USE, "confirmed_at").label("confirmed"), c.version,
            c.ended_by, c.operator_minutes, c.samples, _seconds(USE, "reserved_from").label("reserved"),
            _seconds(USE, "reserved_until").label("reserved_end"), _seconds(_RESERVATION, "held_until").label("held"),
        )
        .join(Instrument, Instrument.id == c.instrument_id)
        .outerjoin(_RESERVATION, _RESERVATION.c.id == c.reservation_id)
        .where(among(c.id, dialect), c.state.in_((WAITING, CONFIRMED)))
        .order_by(c.id),
        {"numbers": as_parameter(numbers, dialect)},
    ).all()  # fmt: skip


def _among(statement: Any, column: Any, numbers: Iterable[int]) -> Any:
    dialect = db.engine.dialect.name
    return db.session.execute(
        statement.where(among(column, dialect)), {"numbers": as_parameter(list(numbers), dialect)}
    )


def _evidence(rows: Sequence[Any]) -> dict[int, list[Report]]:
    """What was recorded of each use up to its confirmation; what came later does not count."""
    confirmed = {row.id: row.confirmed for row in rows}
    ends = {row.id: row.end for row in rows}
    c = SPAN.c
    found: dict[int, list[Report]] = {}
    asked = select(
        c.use_id, c.layer, _seconds(SPAN, "started_at"), _seconds(SPAN, "ended_at"), c.grade, c.correction_id,
        _seconds(SPAN, "recorded_at"),
    )  # fmt: skip
    for number, layer, start, end, grade, correction, recorded in _among(asked, c.use_id, confirmed):
        if (until := confirmed[number]) is None or recorded <= until:
            report = Report(layer, start, ends[number] if end is None else end, grade, correction or 0)
            found.setdefault(number, []).append(report)
    return found


def _corrections(rows: Sequence[Any]) -> dict[int, list[Correction]]:
    found: dict[int, list[Correction]] = {}
    asked = select(CORRECTION.c.use_id, CORRECTION.c.id, CORRECTION.c.layer)
    for number, correction, layer in _among(asked, CORRECTION.c.use_id, [row.id for row in rows]):
        found.setdefault(number, []).append(Correction(correction, layer))
    return found


def _counts(numbers: Sequence[int]) -> dict[int, dict[str, Decimal]]:
    found: dict[int, dict[str, Decimal]] = {}
    asked = select(_COUNT.c.use_id, _COUNT.c.code, _COUNT.c.number)
    for number, code, counted in _among(asked, _COUNT.c.use_id, numbers):
        found.setdefault(number, {})[code] = counted
    return found


def _customers(numbers: Sequence[int]) -> dict[int, list[Any]]:
    c = _CUSTOMER.c
    found: dict[int, list[Any]] = {}
    asked = select(
        c.use_id,
        c.position,
        c.institution_id,
        c.group_id,
        c.person_id,
        c.fund_id,
        c.customer_class,
        c.samples,
        c.share,
    ).order_by(c.use_id, c.position)
    for row in _among(asked, c.use_id, numbers):
        found.setdefault(row.use_id, []).append(row)
    return found


def _downtimes(rows: Sequence[Any]) -> dict[int, list[Pair]]:
    """When the instrument of each use was shut for upkeep or out of order meanwhile, by the lab's calendar."""
    if not rows:
        return {}
    first, last = min(row.start for row in rows), max(row.end for row in rows)
    starts, ends = _seconds(_CLOSURE, "starts_at"), _seconds(_CLOSURE, "ends_at")
    shut = db.session.execute(
        select(_CLOSURE.c.instrument_id, _CLOSURE.c.lab_id, starts, ends).where(
            _CLOSURE.c.kind == "maintenance", _CLOSURE.c.units.is_(None), starts < last, ends > first
        )
    ).all()
    by_owner: dict[tuple[str, int], list[Pair]] = {}
    for instrument_id, lab_id, start, end in shut:
        owner = ("lab", lab_id) if instrument_id is None else ("instrument", instrument_id)
        by_owner.setdefault(owner, []).append((start, end))
    found = {}
    for row in rows if by_owner else ():
        spans = [*by_owner.get(("instrument", row.instrument_id), ()), *by_owner.get(("lab", row.lab_id), ())]
        if spans:
            found[row.id] = clipped(spans, row.start, row.end)
    return found


def _paid_by_others(rows: Sequence[Any]) -> dict[int, list[Pair]]:
    """What others reserved of the time that was given back before the reserved end."""
    given = {
        row.id: (row.instrument_id, row.held, row.reserved_end)
        for row in rows
        if row.reserved_end is not None and row.held is not None and row.held < row.reserved_end
    }
    if not given:
        return {}
    starts, ends, held = (_seconds(_RESERVATION, name) for name in ("starts_at", "ends_at", "held_until"))
    first, last = min(each[1] for each in given.values()), max(each[2] for each in given.values())
    asked = select(_RESERVATION.c.instrument_id, starts, ends).where(
        _RESERVATION.c.live, _RESERVATION.c.state.in_(("confirmed", "done", "no_show")), held > starts,
        starts >= first, starts < last,
    )  # fmt: skip
    things = {each[0] for each in given.values()}
    by_thing: dict[int, list[Pair]] = {}
    for thing, start, end in _among(asked, _RESERVATION.c.instrument_id, things):
        by_thing.setdefault(thing, []).append((start, end))
    return {
        number: spans
        for number, (thing, since, until) in given.items()
        if (spans := clipped(by_thing.get(thing, ()), since, until))
    }


def _samples(row: Any, customers: Sequence[Any]) -> int:
    """How many samples there were: as was said of the use, else those of its customers."""
    return sum(each.samples for each in customers) if row.samples is None else row.samples


def _by_customer(row: Any, whole: Use, customers: Sequence[Any]) -> list[PricedUse]:
    """A row for each customer; a use without customers of its own is its user's."""
    place = (row.instrument_id, row.lab_id, row.creditor_id)
    when = (row.start, row.end, row.confirmed, row.version)
    if not customers:
        who = (row.user_id, row.institution_id, row.group_id, row.mode)
        paid = (row.fund_id, row.version_id, row.customer_class)
        return [PricedUse(row.id, 0, row.kind, row.reservation_id, *place, *who, *paid, *when, whole)]
    named = [Customer(share=each.share, samples=each.samples) for each in customers]
    uses = divided(whole, named) if len(customers) > 1 else [whole]
    return [
        PricedUse(
            row.id, each.position, row.kind, row.reservation_id, *place,
            each.person_id, each.institution_id, each.group_id, row.mode,
            each.fund_id, row.version_id, each.customer_class, *when, use,
        )
        for each, use in zip(customers, uses, strict=True)
    ]  # fmt: skip
