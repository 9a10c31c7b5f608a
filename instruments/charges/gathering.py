"""Read all that the charges of uses are made from: what was used, what binds them, who pays; many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from instruments.charges.gathering_rows import rows_among
from instruments.charges.models import UsePayer, UsePrice
from instruments.charges.pricing import Payer, ToPrice
from instruments.charges.subsidies import committed_terms, given_back_terms, reserved_terms
from instruments.funds.models import Fund
from instruments.funds.sharing import Terms
from instruments.people.models import Lab
from instruments.rates.card import Card
from instruments.rates.finding import Key, terms_of_many, zone_of
from instruments.rates.walls import day_kinds
from instruments.rates.windows import Wall
from instruments.reservations.price_models import ReservationPayer, ReservationPrice
from instruments.usage.priced import PricedUse, uses_over

_PRICE: Any = ReservationPrice.__table__
_PAYER: Any = ReservationPayer.__table__
_DECIDED: Any = UsePrice.__table__
_NAMED: Any = UsePayer.__table__
_FUND: Any = Fund.__table__
_LAB: Any = Lab.__table__

LONGEST = timedelta(days=32)
ALL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Uses with all that is known of them, and the cards that price them."""

    things: tuple[ToPrice, ...]
    terms: Mapping[Key, Card]

    def cards_of(self, thing: ToPrice) -> dict[str, Card]:
        """The cards of its version and mode, by the classes of its payers."""
        found: dict[str, Card] = {}
        for payer in thing.payers:
            card = self.terms.get((thing.version_id or 0, payer.customer_class, thing.mode))
            if card is not None:
                found[payer.customer_class] = card
        return found


def gather(use_ids: Collection[int]) -> Gathered:
    """These uses as far as they are confirmed or wait to be. A constant number of statements for each 2,000."""
    uses = uses_over(use_ids)
    bound = bound_of({use.reservation_id for use in uses if use.reservation_id is not None})
    named, decided = _named(use_ids), _decided(use_ids)
    funds = _funds(uses, bound, named)
    walls = _walls(uses)
    borne, paid = reserved_terms(bound), given_back_terms(use_ids) | committed_terms(use_ids)
    things = []
    for use in uses:
        payers = _payers(use, bound, named, funds)
        number = use.reservation_id or 0
        programmes = paid.get(use.use_id) or borne.get(number, ())
        things.append(_thing(use, bound.get(number), decided.get(use.use_id), payers, walls, programmes))
    keys = {
        (thing.version_id, payer.customer_class, thing.mode)
        for thing in things
        for payer in thing.payers
        if thing.version_id is not None
    }
    return Gathered(tuple(things), {key: terms.card for key, terms in terms_of_many(keys).items()})


@dataclass(slots=True)
class Bound:
    """What a reservation was bound to when it was booked."""

    version_id: int
    customer_class: str
    mode: str
    ceiling_units: int | None
    payers: list[tuple[int, Decimal, str]]


def _thing(
    use: PricedUse,
    bound: Bound | None,
    decided: int | None,
    payers: tuple[Payer, ...],
    walls: Mapping[int, Wall],
    programmes: tuple[Terms, ...],
) -> ToPrice:
    wall = walls[use.lab_id]
    version = decided or (bound.version_id if bound else use.version_id)
    return ToPrice(
        use_id=use.use_id, customer=use.customer, institution_id=use.creditor_id, lab_id=use.lab_id,
        instrument_id=use.instrument_id, reservation_id=use.reservation_id, user_id=use.user_id,
        group_id=use.group_id, service_on=_day(use.started_at, wall), use_version=use.version, use=use.use, wall=wall,
        mode=bound.mode if bound else use.mode, version_id=version, payers=payers,
        programmes=programmes, ceiling_units=bound.ceiling_units if bound else None,
        is_final=use.confirmed_at is not None,
    )  # fmt: skip


def _payers(
    use: PricedUse,
    bound: Mapping[int, Bound],
    named: Mapping[tuple[int, int], Sequence[Any]],
    funds: Mapping[int, Any],
) -> tuple[Payer, ...]:
    """Who pays: whoever was named afterwards, else those of the reservation, else the fund of a walk-up or run."""
    if rows := named.get((use.use_id, use.customer)):
        return tuple(_named_payer(row, funds) for row in rows)
    if found := bound.get(use.reservation_id or 0):
        return tuple(with_fund(funds[fund], percent, each) for fund, percent, each in found.payers)
    if use.fund_id is not None and use.customer_class is not None:
        return (with_fund(funds[use.fund_id], ALL, use.customer_class),)
    return ()


def with_fund(fund: Any, percent: Decimal, customer_class: str) -> Payer:
    """A fund (a row of `funds_of`) as who pays so many percent."""
    return Payer(
        percent,
        customer_class,
        fund.owner_institution_id,
        None,
        fund.group_id,
        fund.id,
        fund.kind,
        fund.institution_id,
        fund.currency,
    )


def _named_payer(row: Any, funds: Mapping[int, Any]) -> Payer:
    percent = Decimal(row.percent)
    if row.fund_id is not None:
        return with_fund(funds[row.fund_id], percent, row.customer_class)
    return Payer(percent, row.customer_class, row.payer_institution_id, row.payer_person_id)


def bound_of(reservation_ids: Collection[int]) -> dict[int, Bound]:
    """What these reservations were bound to; those without a price are left out. Two statements."""
    price, payer = _PRICE.c, _PAYER.c
    found = {
        row.reservation_id: Bound(row.version_id, row.customer_class, row.mode, row.ceiling_units, [])
        for row in rows_among(
            select(
                price.reservation_id, price.version_id, price.customer_class, price.mode, price.ceiling_units
            ),
            price.reservation_id,
            reservation_ids,
        )
    }
    asked = select(payer.reservation_id, payer.fund_id, payer.percent, payer.customer_class)
    for row in rows_among(
        asked.order_by(payer.reservation_id, payer.position), payer.reservation_id, reservation_ids
    ):
        if row.reservation_id in found:
            found[row.reservation_id].payers.append((row.fund_id, row.percent, row.customer_class))
    return found


def _named(use_ids: Collection[int]) -> dict[tuple[int, int], list[Any]]:
    found: dict[tuple[int, int], list[Any]] = {}
    asked = select(_NAMED).order_by(_NAMED.c.use_id, _NAMED.c.customer, _NAMED.c.position)
    for row in rows_among(asked, _NAMED.c.use_id, use_ids):
        found.setdefault((row.use_id, row.customer), []).append(row)
    return found


def _decided(use_ids: Collection[int]) -> dict[int, int]:
    rows = rows_among(select(_DECIDED.c.use_id, _DECIDED.c.version_id), _DECIDED.c.use_id, use_ids)
    return {row.use_id: row.version_id for row in rows}


def _funds(
    uses: Sequence[PricedUse],
    bound: Mapping[int, Bound],
    named: Mapping[tuple[int, int], Sequence[Any]],
) -> dict[int, Any]:
    """Every fund that any of them names."""
    numbers = {use.fund_id for use in uses} | {
        row.fund_id for rows in named.values() for row in rows
    } | {fund for one in bound.values() for fund, _, _ in one.payers}  # fmt: skip
    return funds_of(number for number in numbers if number is not None)


def funds_of(numbers: Iterable[int]) -> dict[int, Any]:
    """What has to be known of funds to charge them: rows (id, kind, institution_id, owner_institution_id, group_id, currency)."""
    fund = _FUND.c
    asked = select(
        fund.id, fund.kind, fund.institution_id, fund.owner_institution_id, fund.group_id, fund.currency
    )
    return {row.id: row for row in rows_among(asked, fund.id, list(numbers))}


def _walls(uses: Sequence[PricedUse]) -> dict[int, Wall]:
    if not uses:
        return {}
    first, last = min(use.started_at for use in uses), max(use.ended_at for use in uses)
    return walls_of_labs({use.lab_id for use in uses}, first, last)


def walls_of_labs(lab_ids: Collection[int], first: int, last: int) -> dict[int, Wall]:
    """The wall of each lab, good for the days between two UTC seconds. Two statements."""
    lab = _LAB.c
    labs = rows_among(select(lab.id, lab.institution_id, lab.zone), lab.id, lab_ids)
    days = day_kinds(
        {row.institution_id for row in labs}, _utc_day(first) - LONGEST, _utc_day(last) + LONGEST
    )
    return {row.id: Wall(zone_of(row.zone), days.get(row.institution_id, {})) for row in labs}


def _utc_day(moment: int) -> date:
    return datetime.fromtimestamp(moment, zone_of("UTC")).date()


def _day(moment: int, wall: Wall) -> date:
    return datetime.fromtimestamp(moment, wall.zone).date()
