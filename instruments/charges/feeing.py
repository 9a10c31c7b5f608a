"""Charge what late cancellations, late changes and no-shows cost: by the prices that bound the reservation, once each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, or_, select, type_coerce

from instruments.catalog.models import Instrument
from instruments.charges.gathering import bound_of, funds_of, walls_of_labs, with_fund
from instruments.charges.gathering_rows import rows_among
from instruments.charges.models import Charge
from instruments.charges.posting import post_charges
from instruments.charges.pricing import Payer, share_of
from instruments.charges.settings import lock_books
from instruments.charges.states import LATE, NO_SHOW
from instruments.charges.writing import Draft, line_row, share_row, write
from instruments.database import db
from instruments.funds.sharing import Bearer, share_out
from instruments.journal.models import JournalEntry
from instruments.people.holders import people_with
from instruments.people.models import Lab
from instruments.people.rights import Role
from instruments.people.signing import today
from instruments.rates.fees import GivenUp, Quoted, late_fee, no_show_fee
from instruments.rates.finding import Key, terms_of_many
from instruments.rates.lines import Line
from instruments.rates.terms import Terms
from instruments.rates.windows import Wall
from instruments.reservations.models import Approval, Reservation
from instruments.reservations.paying.binding import let_go
from instruments.reservations.price_models import ReservationPrice
from instruments.timespan import Pair, clipped

_RESERVATION: Any = Reservation.__table__
_PRICE: Any = ReservationPrice.__table__
_INSTRUMENT: Any = Instrument.__table__
_LAB: Any = Lab.__table__
_ENTRY: Any = JournalEntry.__table__
_APPROVAL: Any = Approval.__table__
_CHARGE: Any = Charge.__table__
CANCELLED, MOVED, RELEASED = "reservation.cancelled", "reservation.moved", "reservation.released"
STAFF = frozenset({Role.LAB_MANAGER, Role.LAB_OPERATOR})
# How far back is looked: the longest reservation, and the month in which it was given up.
BACK = timedelta(days=75)
_ALL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Event:
    """Time that was given up: when, by whom, which, and what of it was kept; booked_at: when it was last booked."""

    key: str
    kind: str
    row: Any
    lost: Pair
    kept: Pair | None
    at: int
    booked_at: int
    by_lab: bool


def events(now: datetime) -> list[Event]:
    """What was given up and is over, so that it is known who else paid for the time; not charged yet. Few statements."""
    rows = _reservations(now)
    histories = _histories(row.id for row in rows if row.version > 1)
    withdrawn = _withdrawn([row.id for row in rows if row.state == "cancelled"])
    staff = people_with(STAFF, {row.lab_id for row in rows}, today(now))
    found = [
        event
        for row in rows
        for event in _events_of(row, histories.get(row.id, ()), withdrawn, staff.get(row.lab_id, frozenset()))
        if event.lost[1] <= now.timestamp()
    ]
    charged = _charged([event.key for event in found])
    return [event for event in found if event.key not in charged]


def charge_fees(found: Sequence[Event], now: datetime) -> list[int]:
    """Charge them, inside a deed; the numbers of the charges. What is free makes none."""
    if not found:
        return []
    lock_books({event.row.creditor_id for event in found})
    charged = _charged([event.key for event in found])
    left = [event for event in found if event.key not in charged]
    made = _drafts(left)
    # What no use will be charged for holds nothing any longer, whether it costs a fee or not.
    let_go([event.row.id for event in left if event.row.state in ("released", "no_show")], now, None)
    drafts = [draft for draft in made if draft is not None]
    numbers = write(drafts, now)
    ready = [number for number, draft in zip(numbers, drafts, strict=True) if draft.shares]
    return post_charges(ready, now)


def _reservations(now: datetime) -> Sequence[Any]:
    """Priced reservations of late that were given up in part or whole, or that nobody came to."""
    c = _RESERVATION.c
    start, end = (type_coerce(c[name], BigInteger) for name in ("starts_at", "ends_at"))
    return db.session.execute(
        select(
            c.id, c.instrument_id, c.user_id, c.booker_id, c.group_id, c.state, c.version, start.label("start"),
            end.label("end"), type_coerce(c.created_at, BigInteger).label("created"), _INSTRUMENT.c.lab_id,
            _INSTRUMENT.c.institution_id.label("creditor_id"), _LAB.c.zone,
        )
        .join(_PRICE, _PRICE.c.reservation_id == c.id)
        .join(_INSTRUMENT, _INSTRUMENT.c.id == c.instrument_id)
        .join(_LAB, _LAB.c.id == _INSTRUMENT.c.lab_id)
        .where(
            c.starts_at >= now - BACK, c.starts_at <= now + BACK,
            or_(c.state.in_(("cancelled", "no_show")), c.version > 1),
        )
        .order_by(c.id)
    ).all()  # fmt: skip


def _histories(reservation_ids: Iterable[int]) -> dict[int, list[Any]]:
    entry = _ENTRY.c
    asked = (
        select(
            entry.id, entry.thing_id, entry.deed, entry.actor_id, entry.detail,
            type_coerce(entry.at, BigInteger).label("at"),
        )
        .where(entry.thing_kind == "reservation", entry.deed.in_((CANCELLED, MOVED, RELEASED)))
        .order_by(entry.id)
    )  # fmt: skip
    found: dict[int, list[Any]] = {}
    for row in rows_among(asked, entry.thing_id, list(reservation_ids)):
        found.setdefault(row.thing_id, []).append(row)
    return found


def _withdrawn(reservation_ids: Collection[int]) -> set[int]:
    """Requests that were taken back before the lab had agreed: nothing was given up."""
    asked = select(_APPROVAL.c.reservation_id).where(_APPROVAL.c.decision == "withdrawn")
    return {row.reservation_id for row in rows_among(asked, _APPROVAL.c.reservation_id, reservation_ids)}


def _events_of(
    row: Any, history: Iterable[Any], withdrawn: Collection[int], staff: Collection[int]
) -> Iterator[Event]:
    booked_at, given_back = row.created, None
    for entry in history:
        by_lab = entry.actor_id not in (row.user_id, row.booker_id) and entry.actor_id in staff
        if entry.deed == MOVED and "from" in entry.detail:
            (start, end), to = entry.detail["from"], tuple(entry.detail["to"])
            yield Event(f"fee:{row.id}:{entry.id}", LATE, row, (start, end), to, entry.at, booked_at, by_lab)
            booked_at = entry.at
        elif entry.deed == CANCELLED and row.id not in withdrawn:
            yield Event(
                f"fee:{row.id}:{entry.id}", LATE, row, (row.start, row.end), None, entry.at, booked_at, by_lab
            )
        elif entry.deed == RELEASED:
            given_back = (entry, by_lab)
    if row.state == "released" and given_back is not None and row.created < row.start:
        # Given back once it had begun, unused: nobody cancels later. A walk-up that is taken back was never reserved.
        entry, by_lab = given_back
        yield Event(
            f"fee:{row.id}:{entry.id}", LATE, row, (row.start, row.end), None, entry.at, booked_at, by_lab
        )
    if row.state == "no_show":
        yield Event(
            f"fee:{row.id}:no_show", NO_SHOW, row, (row.start, row.end), None, row.end, booked_at, False
        )


def _charged(keys: Collection[str]) -> set[str]:
    found: set[str] = set()
    wanted = list(keys)
    for first in range(0, len(wanted), 500):
        asked = select(_CHARGE.c.key).where(_CHARGE.c.key.in_(wanted[first : first + 500]))
        found |= set(db.session.scalars(asked))
    return found


def _drafts(found: Sequence[Event]) -> list[Draft | None]:
    bound = bound_of({event.row.id for event in found})
    funds = funds_of({fund for one in bound.values() for fund, _, _ in one.payers})
    keys: set[Key] = set()
    for one in bound.values():
        keys |= {(one.version_id, each, one.mode) for each in _classes(one)}
    terms = terms_of_many(keys)
    spans = [event.lost for event in found]
    walls = walls_of_labs(
        {event.row.lab_id for event in found}, min(a for a, _ in spans), max(b for _, b in spans)
    )
    others = _others(found)
    made: list[Draft | None] = []
    for event in found:
        one = bound[event.row.id]
        payers = tuple(with_fund(funds[fund], percent, each) for fund, percent, each in one.payers)
        lines = {}
        for each in _classes(one):
            if holds := terms.get((one.version_id, each, one.mode)):
                line = _line(event, holds, walls[event.row.lab_id], others.get(event.key, ()))
                lines[each] = [line] if line is not None else []
        made.append(_draft(event, one, payers, lines, walls[event.row.lab_id], terms))
    return made


def _classes(one: Any) -> list[str]:
    return list(dict.fromkeys([each for _, _, each in one.payers] or [one.customer_class]))


def _line(event: Event, terms: Terms, wall: Wall, others: Sequence[Pair]) -> Line | None:
    quoted = Quoted(terms.card, wall, event.lost, event.booked_at)
    given = GivenUp(event.at, event.kept, event.by_lab, tuple(others))
    if event.kind == NO_SHOW:
        return no_show_fee(terms.fees, quoted, given)
    return late_fee(terms.fees, quoted, given)


def _draft(
    event: Event,
    one: Any,
    payers: Sequence[Payer],
    lines: Mapping[str, Sequence[Line]],
    wall: Wall,
    terms: Mapping[Key, Terms],
) -> Draft | None:
    """The charge of a fee; without shares where it is not known who pays: it waits for the lab to say so."""
    if not any(lines.values()):
        return None
    row, classes = event.row, _classes(one)
    currency = terms[(one.version_id, classes[0], one.mode)].card.currency
    bearers = [Bearer(payer.percent, payer.customer_class) for payer in payers]
    shared = share_out(bearers or [Bearer(_ALL, classes[0])], lines, currency)
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
