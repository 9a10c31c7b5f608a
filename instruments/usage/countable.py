"""What can be counted of a use: the samples and items that its prices know by name, and how many were chosen at booking."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select

from instruments.database import db
from instruments.rates.card import COUNTED_UNITS, ITEM, SAMPLE, Card, Rate
from instruments.rates.finding import terms_of_many
from instruments.reservations.price_models import ReservationPrice
from instruments.usage.keeping import USE
from instruments.usage.models import RunCustomer, UseCount

_PRICE: Any = ReservationPrice.__table__
_CUSTOMER: Any = RunCustomer.__table__
_COUNT: Any = UseCount.__table__


class Booked(NamedTuple):
    """How many were chosen when it was booked: items and kinds of samples by code; samples: of the only kind there is."""

    counts: Mapping[str, Decimal]
    samples: int | None


def countable(use_ids: Collection[int]) -> dict[int, tuple[Rate, ...]]:
    """By use, what its prices count by a code of its own: items, and samples where there is more than one kind.

    Uses that no prices bind are left out: what they took is counted by codes that somebody types. A few statements.
    """
    return {number: by_code(card) for number, card in cards_of(use_ids).items()}


def cards_of(use_ids: Collection[int]) -> dict[int, Card]:
    """By use, the card that binds it; uses that no prices bind are left out. A few statements."""
    use, price, one = USE.c, _PRICE.c, _CUSTOMER.c
    rows = db.session.execute(
        select(
            use.id,
            func.coalesce(price.version_id, use.version_id).label("version"),
            func.coalesce(price.customer_class, use.customer_class, one.customer_class).label("customer"),
            func.coalesce(price.mode, use.mode).label("mode"),
        )
        .outerjoin(_PRICE, price.reservation_id == use.reservation_id)
        .outerjoin(_CUSTOMER, (one.use_id == use.id) & (one.position == 0))
        .where(use.id.in_(use_ids))
    ).all()
    keys = {row.id: (row.version, row.customer, row.mode) for row in rows if row.version and row.customer}
    terms = terms_of_many(keys.values())
    return {number: terms[key].card for number, key in keys.items() if key in terms}


def by_code(card: Card) -> tuple[Rate, ...]:
    """What a card counts by a code: of a single kind of sample their number says enough."""
    several = len(card.of(SAMPLE)) > 1
    return card.of(*COUNTED_UNITS) if several else card.of(ITEM)


def booked(reservation_id: int) -> Booked:
    """What was chosen with a reservation, which its use is taken to need until the lab says otherwise."""
    row = db.session.execute(
        select(_PRICE.c.version_id, _PRICE.c.customer_class, _PRICE.c.mode, _PRICE.c.counts).where(
            _PRICE.c.reservation_id == reservation_id
        )
    ).first()
    if row is None or not row.counts:
        return Booked({}, None)
    counts = {code: Decimal(number) for code, number in row.counts.items()}
    key = (row.version_id, row.customer_class, row.mode)
    found = terms_of_many([key]).get(key)
    kinds = found.card.of(SAMPLE) if found else ()
    samples = [counts[rate.code] for rate in kinds if rate.code in counts]
    whole = int(sum(samples)) if samples and sum(samples) == int(sum(samples)) else None
    if len(kinds) == 1 and whole is not None:
        counts = {code: number for code, number in counts.items() if code != kinds[0].code}
    return Booked(counts, whole)


def keep_counts(use_id: int, counts: Mapping[str, Decimal] | None) -> None:
    """Write down what was counted, in place of what was before; None leaves it."""
    if counts is None:
        return
    db.session.execute(delete(_COUNT).where(_COUNT.c.use_id == use_id))
    rows = [{"use_id": use_id, "code": code, "number": number} for code, number in counts.items() if number]
    if rows:
        db.session.execute(insert(_COUNT), rows)
