"""Charge what late cancellations, late changes and no-shows cost: by the prices that bound the reservation, once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce

from instruments.charges.fee_events import Event, charged, event_of
from instruments.charges.gathering import Bound, bound_of, funds_of, walls_of_labs, with_fund
from instruments.charges.gathering_rows import rows_among
from instruments.charges.posting import post_charges
from instruments.charges.pricing import NO_CLASS, Payer, share_of
from instruments.charges.settings import lock_books
from instruments.charges.states import NO_SHOW
from instruments.charges.taken_off import TakenOff, without
from instruments.charges.writing import Draft, line_row, share_row, write
from instruments.errors import Reason, Refusal
from instruments.funds.sharing import Bearer, share_out, shared_again
from instruments.rates.fees import GivenUp, Quoted, late_fee, no_show_fee
from instruments.rates.finding import Key, terms_of_many
from instruments.rates.lines import Line
from instruments.rates.terms import Terms
from instruments.rates.windows import Wall
from instruments.reservations.models import Reservation
from instruments.reservations.paying.binding import let_go
from instruments.timespan import Pair, clipped

_RESERVATION: Any = Reservation.__table__
_ALL = Decimal(100)


def charge_fees(found: Sequence[Event], now: datetime) -> list[int]:
    """Charge them, inside a deed; the numbers of the charges. What is free makes none."""
    if not found:
        return []
    lock_books({event.row.creditor_id for event in found})
    gone = charged([event.key for event in found])
    left = [event for event in found if event.key not in gone]
    made = _drafts(left)
    # What no use will be charged for holds nothing any longer, whether it costs a fee or not.
    let_go([event.row.id for event in left if event.row.state in ("released", "no_show")], now, None)
    drafts = [draft for draft in made if draft is not None]
    numbers = write(drafts, now)
    ready = [number for number, draft in zip(numbers, drafts, strict=True) if draft.shares]
    return post_charges(ready, now)


def for_payer(row: Any, payer: Payer, now: datetime, taken_off: Sequence[TakenOff] = ()) -> Draft:
    """What a fee (the row of its charge) comes to for who pays it instead, at the price of their class; less what was taken off.

    Raises Refusal where the prices that bound it say nothing for that class.
    """
    event = event_of(row.reservation_id, row.key.partition(":for:")[0], now)
    made = None if event is None else _drafts([event], {event.key: (payer,)}, taken_off)[0]
    if made is None:
        raise Refusal([Reason("no_price", None, NO_CLASS)])
    return made


def _drafts(
    found: Sequence[Event],
    named: Mapping[str, tuple[Payer, ...]] = MappingProxyType({}),
    taken_off: Sequence[TakenOff] = (),
) -> list[Draft | None]:
    """One for each, None where it is free or its prices say nothing. named: who pays instead, by key, of a single one of which
    something may be taken off."""
    bound = bound_of({event.row.id for event in found})
    funds = funds_of({fund for one in bound.values() for fund, _, _ in one.payers})
    paying = {event.key: named.get(event.key) or _payers(bound[event.row.id], funds) for event in found}
    keys: set[Key] = set()
    for event in found:
        one = bound[event.row.id]
        keys |= {(one.version_id, each, one.mode) for each in _classes(one, paying[event.key])}
    terms = terms_of_many(keys)
    spans = [event.lost for event in found]
    walls = walls_of_labs(
        {event.row.lab_id for event in found}, min(a for a, _ in spans), max(b for _, b in spans)
    )
    others = _others(found)
    made: list[Draft | None] = []
    for event in found:
        one = bound[event.row.id]
        payers, lines = paying[event.key], {}
        for each in _classes(one, payers):
            if holds := terms.get((one.version_id, each, one.mode)):
                line = _line(event, holds, walls[event.row.lab_id], others.get(event.key, ()))
                lines[each] = [line] if line is not None else []
        made.append(_draft(event, one, payers, lines, walls[event.row.lab_id], terms, taken_off))
    return made


def _payers(one: Bound, funds: Mapping[int, Any]) -> tuple[Payer, ...]:
    return tuple(with_fund(funds[fund], percent, each) for fund, percent, each in one.payers)


def _classes(one: Bound, payers: Sequence[Payer]) -> list[str]:
    return list(dict.fromkeys([payer.customer_class for payer in payers] or [one.customer_class]))


def _line(event: Event, terms: Terms, wall: Wall, others: Sequence[Pair]) -> Line | None:
    quoted = Quoted(terms.card, wall, event.lost, event.booked_at)
    given = GivenUp(event.at, event.kept, event.by_lab, tuple(others))
    if event.kind == NO_SHOW:
        return no_show_fee(terms.fees, quoted, given)
    return late_fee(terms.fees, quoted, given)


def _draft(
    event: Event,
    one: Bound,
    payers: Sequence[Payer],
    lines: Mapping[str, Sequence[Line]],
    wall: Wall,
    terms: Mapping[Key, Terms],
    taken_off: Sequence[TakenOff],
) -> Draft | None:
    """The charge of a fee; without shares where it is not known who pays: it waits for the lab to say so."""
    if not any(lines.values()):
        return None
    row, classes = event.row, _classes(one, payers)
    currency = terms[(one.version_id, classes[0], one.mode)].card.currency
    bearers = [Bearer(payer.percent, payer.customer_class) for payer in payers]
    shared = share_out(bearers or [Bearer(_ALL, classes[0])], lines, currency)
    if taken_off:
        weights = [Fraction(bearer.percent) for bearer in bearers] or [Fraction(1)]
        shared = shared_again(without(shared.lines, taken_off, currency), weights, currency)
    shares = [share_of(part, payers, row.creditor_id) for part in shared.parts] if payers else []
    values = {
        "key": event.key, "kind": event.kind, "reservation_id": row.id, "instrument_id": row.instrument_id,
        "lab_id": row.lab_id, "institution_id": row.creditor_id, "user_id": row.user_id, "group_id": row.group_id,
        "customer_class": classes[0], "version_id": one.version_id, "currency": currency,
        "total_units": shared.total.units,
        "service_on": datetime.fromtimestamp(event.lost[0], wall.zone).date().isoformat(),
    }  # fmt: skip
    return Draft(
        values,
        [line_row(place, line) for place, line in enumerate(shared.lines)],
        [share_row(place, share) for place, share in enumerate(shares)],
    )


def _others(found: Sequence[Event]) -> dict[str, list[Pair]]:
    """What others reserved of the time that was given up: they pay for it."""
    c = _RESERVATION.c
    start, end = (type_coerce(c[name], BigInteger) for name in ("starts_at", "held_until"))
    first, last = min(event.lost[0] for event in found), max(event.lost[1] for event in found)
    asked = select(c.id, c.instrument_id, start.label("start"), end.label("end")).where(
        c.live, c.state.in_(("confirmed", "done", "no_show")), start < last, end > first, start >= first - 31 * 86_400
    )  # fmt: skip
    by_thing: dict[int, list[tuple[int, int, int]]] = {}
    for row in rows_among(asked, c.instrument_id, {event.row.instrument_id for event in found}):
        by_thing.setdefault(row.instrument_id, []).append((row.id, row.start, row.end))
    return {
        event.key: clipped(
            [(a, b) for number, a, b in by_thing.get(event.row.instrument_id, ()) if number != event.row.id],
            *event.lost,
        )
        for event in found
    }
