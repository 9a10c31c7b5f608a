"""Reservations of the invented world: within hours, limits and capacity, as if its people had made them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import NamedTuple

from instruments.availability.opening import midnight
from instruments.demo.contents import Line, table
from instruments.demo.generator.approvals import Approvals
from instruments.demo.generator.chance import stream
from instruments.demo.generator.customers import Customer, Customers
from instruments.demo.generator.funds import SHOWN_HOUSE
from instruments.demo.generator.instruments import SHOWN_LAB, SHOWN_MODELS, Instruments
from instruments.demo.generator.openings import ZONE, Openings
from instruments.demo.generator.pieces import DAY, Pieces, lay, pieces_of
from instruments.demo.generator.places import Row
from instruments.reservations.limits import BookingRules
from instruments.timespan import Pair

SHOWN_POPULARITY = 8.0
HOUSE_POPULARITY = 15.0
"""The first institution has worked with the product for years, the others have begun to."""
USUAL_AHEAD_DAYS = 14


class MadeReservation(NamedTuple):
    """One row of the table of reservations, in the order of these columns; moments are UTC epoch seconds."""

    id: int
    instrument_id: int
    user_id: int
    booker_id: int
    institution_id: int
    group_id: int | None
    starts_at: int
    ends_at: int
    held_until: int
    state: str
    exclusive: bool
    purpose: str
    title: str
    shows_name: bool
    reason: str
    created_at: int
    changed_at: int
    version: int


@dataclass(frozen=True)
class _Calendar:
    """What reservations of one instrument are laid into."""

    instrument: Row
    shown: bool
    rules: BookingRules
    pieces: Pieces
    popularity: float


def make_reservations(
    customers: Customers,
    made: Instruments,
    openings: Openings,
    approvals: Approvals,
    anchor: date,
    count: int,
) -> Iterator[list[MadeReservation]]:
    """`count` reservations (fewer only when the open time is full), instrument by instrument."""
    calendars = sorted(
        _calendars(made, openings, anchor), key=lambda one: -one.popularity / one.pieces.weight
    )
    weight_left = sum(calendar.popularity for calendar in calendars)
    today = midnight(anchor, ZONE)
    number = 1
    left = count
    waiting: Counter[str] = Counter()
    for calendar in calendars:
        share = round(left * min(1.0, calendar.popularity / weight_left)) if weight_left > 0 else left
        weight_left -= calendar.popularity
        chance = stream("reservations", calendar.instrument["id"])
        closed = openings.places_closed.get(calendar.instrument["id"], 0)
        spans = _lanes(calendar, share, closed, chance)
        regulars = customers.regulars(calendar.instrument, calendar.shown)
        rows = []
        for span in spans:
            customer = customers.take(regulars, span, chance)
            row = _reservation(number, calendar, customer, span, today, chance)
            asked = None
            if row.state == "confirmed":
                asked = approvals.asked_at(row.institution_id, calendar.instrument, span, waiting)
            if asked is not None:
                row = row._replace(state="requested", created_at=asked, changed_at=asked, version=1)
            rows.append(row)
            number += 1
        left -= len(rows)
        yield rows


def _calendars(made: Instruments, openings: Openings, anchor: date) -> Iterator[_Calendar]:
    for row in made.rows:
        if row["status"] == "retired":
            continue
        rules = openings.limits[row["id"]]
        closed = openings.closed.get(row["id"], [])
        pieces = pieces_of(openings.shapes[row["id"]], rules, closed, row["commissioned_on"], anchor)
        if not pieces.pieces:
            continue
        shown = row["lab_id"] == SHOWN_LAB and made.models[row["id"]]["model"] in SHOWN_MODELS
        liked = stream("popularity", row["id"]).lognormvariate(0, 1.0) * (SHOWN_POPULARITY if shown else 1)
        if row["institution_id"] == SHOWN_HOUSE:
            liked *= HOUSE_POPULARITY
        yield _Calendar(row, shown, rules, pieces, liked * pieces.weight * row["capacity"] ** 0.5)


def _lanes(calendar: _Calendar, count: int, closed: int, chance: Random) -> list[Pair]:
    """Spans for as many at once as the instrument serves: each lane is free of overlaps."""
    capacity = calendar.instrument["capacity"] - closed
    spans: list[Pair] = []
    for lane in range(capacity):
        spans += lay(calendar.pieces, (count - len(spans)) // (capacity - lane), calendar.rules, chance)
    return spans


def _reservation(
    number: int, calendar: _Calendar, customer: Customer, span: Pair, today: int, chance: Random
) -> MadeReservation:
    start, end = span
    rules = calendar.rules
    created = _created(start, rules, today, chance)
    title = chance.choice(_TITLES[customer.purpose])["name_zh" if customer.chinese else "name_en"]
    state, reason, changed, version = "confirmed", "", created, 1
    fate = chance.random()
    if fate < 0.09:
        changed = chance.randint(created, max(created, min(start, today)))
        version = 2
    if fate < 0.05:
        state = "cancelled"
        reason = chance.choice(table("cancellations"))["reason_zh" if customer.chinese else "reason_en"]
    return MadeReservation(
        number,
        calendar.instrument["id"],
        customer.user_id,
        customer.booker_id,
        customer.institution_id,
        customer.group_id,
        start,
        end,
        end,
        state,
        calendar.instrument["capacity"] == 1,
        customer.purpose,
        title.replace("{number}", str(chance.randint(1, 9))),
        customer.shows_name,
        reason,
        created,
        changed,
        version,
    )


def _created(start: int, rules: BookingRules, today: int, chance: Random) -> int:
    """When it was booked: after the horizon opened, before the lead time, and before today."""
    latest = min(start - rules.lead, today)
    ahead = rules.horizon_days if start > today else min(rules.horizon_days, USUAL_AHEAD_DAYS)
    earliest = start - ahead * DAY
    if earliest >= latest:
        return latest
    return latest - int(chance.random() ** 2 * (latest - earliest))


def _titles() -> dict[str, list[Line]]:
    titles: dict[str, list[Line]] = {}
    for line in table("titles"):
        titles.setdefault(line["purpose"], []).append(line)
    return titles


_TITLES = _titles()
